"""What a training needs on the card that needs most, by part, in bytes.

    weights      2 a parameter, 16 bits
    gradients    4, summed in float32
    optimizer    12: float32 weights and both moments of Adam
    activations  what a block keeps for its backward, per token, in bytes, without dropout, with attention that
                 writes no scores; s is t with sequence parallelism, else 1:
                 8 d/s + 2 (q + 2 kv + z)/t + (3 or 2) · 2 ff/t        two norms' inputs and outputs, q k v, z, the MLP
                 with dropout, GELU and 4d: 10 d/s + 24 d/t + 5 a l/t  (Korthikanti et al. 2022, arXiv 2205.05198)
                 recomputed: 2 d/s
    working      what lives for a moment: one block that is computed again, the logits and their gradients

Weights are split over tensor and pipeline ranks, experts over expert ranks as well; ZeRO (Rajbhandari et al. 2019,
arXiv 1910.02054) splits the optimizer (1), gradients (2) and weights (3) over all that would hold copies. The first
stage of a 1F1B pipeline of p keeps p micro-batches, with v chunks p (1 + (p - 1)/(pv)); DualPipe p + 1, and weights
twice.

Worked example: what ZeRO leaves of 16 + 2 bytes a parameter, on 64 ranks.

>>> from explorer.stack.parallelism.planning.model import MODELS
>>> [round(sum(states(1e9, 1e9, 64, zero)[part] for part in STATES) / 1e9, 3) for zero in (0, 1, 2, 3)]
[18.0, 6.188, 2.25, 0.281]
>>> plan = Plan(tp=8, pp=2, dp=4, batch=512, length=8192)
>>> {part: round(each / 1e9, 1) for part, each in needed(MODELS["Llama 3 70B"], plan).items()}
{'weights': 8.8, 'gradients': 17.6, 'optimizer': 13.2, 'activations': 22.5, 'working': 0.0}
"""

from __future__ import annotations

from math import ceil

from explorer.stack.parallelism.planning.model import Model
from explorer.stack.parallelism.planning.plan import Plan

WEIGHT, GRADIENT, OPTIMIZER = 2.0, 4.0, 12.0
STATES = ("weights", "gradients", "optimizer")
PARTS = (*STATES, "activations", "working")


def states(weights: float | int, shared_by_all: float | int, replicas: float | int, zero: int) -> dict[str, float]:
    """Of so many weights of a rank, of which `shared_by_all` have `replicas` copies."""
    own = weights if replicas <= 1 else weights - shared_by_all + shared_by_all / replicas
    return {
        "weights": WEIGHT * (own if zero >= 3 else weights),
        "gradients": GRADIENT * (own if zero >= 2 else weights),
        "optimizer": OPTIMIZER * (own if zero >= 1 else weights),
    }


def kept_by_a_token(model: Model, plan: Plan, sparse: bool = False) -> float:
    """Bytes of one token in one block, on one rank."""
    d, t = model.d_model, plan.tp
    s = t if plan.sequence else 1
    if plan.recompute == "full":
        return 2 * d / s
    core = 0.0 if plan.flash or plan.recompute == "selective" else 5 * model.heads * plan.length / t
    if model.dropout:
        return 10 * d / s + 24 * d / t + core
    ranks = model.latent or (0, 0, 0)
    q, z = model.heads * model.d_head, model.heads * model.d_value
    kv = q + z if model.latent else 2 * model.kv_heads * model.d_head
    attention = 8 * d / s + 2 * (q + kv + z) / t + 2 * sum(ranks) + core
    wide = (3 if model.gated else 2) * 2
    if not sparse:
        return attention + wide * model.d_ff / t
    routed = model.k * (2 * 2 * d / s + wide * model.d_expert / t)
    return attention + routed + wide * model.shared * model.d_expert / t


def in_flight(plan: Plan) -> float:
    """Micro-batches that the first stage keeps, each of all its blocks."""
    if plan.dual:
        return min(plan.microbatches, plan.pp + 1.0)
    spread = 1 + (plan.pp - 1) / (plan.pp * plan.chunks) if plan.chunks > 1 else 1.0
    return min(plan.microbatches, plan.pp * spread)


def blocks_of_a_rank(model: Model, plan: Plan) -> tuple[float, float]:
    """Blocks of the first rank, and of the fullest."""
    full = ceil((model.layers + plan.ends) / plan.pp)
    return (full - plan.ends / 2 if plan.pp > 1 else float(full)), float(full)


def weights_of_a_rank(model: Model, plan: Plan) -> tuple[float, float]:
    """Parameters on the first stage: those that every copy holds, and the routed experts."""
    first, _ = blocks_of_a_rank(model, plan)
    share = first / model.layers
    tables = 2 if plan.pp == 1 and not model.tied else 1
    plain = share * model.block_weights / plan.tp + tables * model.embedding / plan.tp
    return plain, share * model.expert_weights / (plan.tp * plan.ep)


def needed(model: Model, plan: Plan) -> dict[str, float]:
    """Bytes by part."""
    twice = 2 if plan.dual else 1
    plain, experts = weights_of_a_rank(model, plan)
    first = states(plain * twice, plain * twice, plan.replicas, plan.zero)
    routed = states(experts * twice, experts * twice, plan.replicas / plan.ep, plan.zero)
    blocks, _ = blocks_of_a_rank(model, plan)
    sparse = min(blocks, model.sparse_layers) if model.experts else 0.0
    kept = (blocks - sparse) * kept_by_a_token(model, plan) + sparse * kept_by_a_token(model, plan, sparse=True)
    return {
        **{part: first[part] + routed[part] for part in STATES},
        "activations": kept * plan.tokens * in_flight(plan),
        "working": _working(model, plan),
    }


def _working(model: Model, plan: Plan) -> float:
    again = 0.0
    if plan.recompute == "full":
        whole = Plan(**{**vars(plan), "recompute": "none" if plan.flash else "selective"})
        again = kept_by_a_token(model, whole, sparse=bool(model.experts)) * plan.tokens
    logits = 6 * plan.tokens * model.d_vocab / plan.tp  # 16 bits, and float32 in the loss
    # the last stage has the logits, and then fewer micro-batches than the first
    return again + (logits if plan.pp == 1 else max(logits - _freed(model, plan), 0.0))


def _freed(model: Model, plan: Plan) -> float:
    """What the last stage keeps less than the first."""
    blocks, _ = blocks_of_a_rank(model, plan)
    return kept_by_a_token(model, plan) * plan.tokens * blocks * max(in_flight(plan) - 1, 0)
