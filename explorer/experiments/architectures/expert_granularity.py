"""Fine-grained and shared experts, live: four decoders of the same work a token, trained on the same windows.

    dense     one feed-forward, k w wide
    coarse    n experts, w wide, of which a token visits k
    fine      m n experts, w / m wide, of which it visits m k
    shared    the same with s of them visited by all: it visits s and m k - s of m n - s routed ones

All have k w hidden neurons a token; the three mixtures have n w in all. Only the routers differ, which have a row for
each routed expert. Texts are read as bytes, so that the experts are most of so small a decoder.

Dai et al. 2024, DeepSeekMoE (arXiv 2401.06066).

>>> [(name, c.n_experts, c.k, c.n_shared, c.d_mlp) for name, c in configs(Asked()).items()]
[('dense', 0, 0, 0, 128), ('coarse', 8, 2, 0, 64), ('fine', 32, 8, 0, 16), ('shared', 31, 7, 1, 16)]
>>> combinations(configs(Asked())["coarse"]), combinations(configs(Asked())["fine"])
(28, 10518300)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.compat.transformers import run_experts_by
from explorer.experiments import shelf_course, side_by_side
from explorer.experiments.shelf_course import Bytes
from explorer.experiments.side_by_side import in_turns, settings_of, windows
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.transformer.balancing import router_losses
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward

#: The four, in the order in which they are trained.
DENSE, COARSE, FINE, SHARED = ARMS = ("dense", "coarse", "fine", "shared")
#: Peak learning rate; the balancing loss's weight, of a loss that is 1 when all experts are visited alike.
PEAK, BALANCE = 5e-3, 0.1
N_LAYERS, D_MODEL, D_EXPERT, BYTES, ROWS = 2, 64, 64, 256, 8
#: Windows of each kind of text that are held out.
HELD = 16
#: Times that all are measured on the way, after the beginning.
MEASURED = 6


@dataclass(frozen=True)
class Asked:
    """What a person chooses."""

    n_experts: int = 8
    k: int = 2
    m: int = 4
    """Parts that an expert is cut into."""
    n_shared: int = 1
    steps: int = 120
    seeds: int = 5
    """Trainings of each, with other weights and windows."""
    texts: str = "texts"
    seed: int = 0


def configs(asked: Asked) -> dict[str, DecoderConfig]:
    """The four decoders."""
    n, k, m, s = asked.n_experts, asked.k, asked.m, asked.n_shared
    base = DecoderConfig(
        N_LAYERS, D_MODEL, n_heads=4, n_kv_heads=4, d_head=D_MODEL // 4, d_mlp=k * D_EXPERT, d_vocab=BYTES,
        n_ctx=shelf_course.N_CTX, tied=False,
    )  # fmt: skip
    narrow = replace(base, d_mlp=D_EXPERT // m, n_experts=m * n, k=m * k)
    return {
        DENSE: base,
        COARSE: replace(base, d_mlp=D_EXPERT, n_experts=n, k=k),
        FINE: narrow,
        SHARED: replace(narrow, n_experts=m * n - s, k=m * k - s, n_shared=s),
    }


def combinations(config: DecoderConfig) -> int:
    """Sets of routed experts that a token may visit in one block."""
    return math.comb(config.n_experts, config.k)


@dataclass(eq=False)
class Arm(side_by_side.Arm):
    """One training of one decoder."""

    seed: int = 0
    load: Float[Tensor, "layer expert"] | None = None
    """Shares of the held-out bytes' pairs that each routed expert got when last measured; rows sum to 1."""

    @torch.no_grad()
    def measure(self, course: WindowCourse) -> None:
        super().measure(course)
        if self.model.config.n_experts:
            self.load = router_losses(self.model.routings(windows(course)[:, :-1])).load


@dataclass(frozen=True, eq=False)
class Granularity:
    """All trainings so far."""

    asked: Asked
    course: WindowCourse
    """The windows of the first seed."""
    arms: list[Arm]
    bytes_per_step: int
    sample: Int[Tensor, "row pos"]
    """Windows held out."""
    by_frequency: float
    """Held-out loss of guessing each byte by how often it occurs."""

    @property
    def done(self) -> bool:
        wanted = self.asked.seeds * len(ARMS)
        return len(self.arms) == wanted and all(arm.steps_measured[-1:] == [self.asked.steps] for arm in self.arms)


def granularity(asked: Asked, progress: Progress = silent) -> Iterator[Granularity]:
    """Seed after seed, all four step by step in turns. Raises NotApplicableError where the texts cannot be had."""
    arms: list[Arm] = []
    first: WindowCourse | None = None
    each, total = len(ARMS) * asked.steps, len(ARMS) * asked.steps * asked.seeds
    for number in range(asked.seeds):
        seed = asked.seed + number
        course = _course(asked, seed, progress)
        first = first or course
        arms += _arms(asked, seed, course)
        batches = course.batches
        guessing = side_by_side.by_frequency(course, BYTES)
        made = Granularity(asked, first, arms, batches.n_ctx * batches.rows, windows(course)[:, :-1], guessing)

        def tell(done: int, before: int = number * each) -> None:
            progress("Training steps", before + done, total)

        for _ in in_turns(arms[-len(ARMS) :], course, asked.steps, MEASURED, tell):
            yield made


def beginning(asked: Asked, progress: Progress = silent) -> tuple[list[Arm], WindowCourse]:
    """The four of the first seed before their first step, and what they read."""
    course = _course(asked, asked.seed, progress)
    return _arms(asked, asked.seed, course), course


def _course(asked: Asked, seed: int, progress: Progress) -> WindowCourse:
    return shelf_course.course(Bytes(), asked.texts, seed, progress, rows=ROWS, measured=HELD)


def _arms(asked: Asked, seed: int, course: WindowCourse) -> list[Arm]:
    return [_arm(name, config, seed, asked, course) for name, config in configs(asked).items()]


def _arm(name: str, config: DecoderConfig, seed: int, asked: Asked, course: WindowCourse) -> Arm:
    model = Decoder(config).initialise(torch.Generator().manual_seed(seed))
    # The loss of a block is k when all are visited alike: divided by k, so that more visits are not weighed more.
    weights = {"balance": BALANCE / config.k} if config.n_experts else {}
    return Arm(name, model, replace(settings_of(PEAK, asked.steps, course), weights=weights), seed=seed)


def sparse_of(model: Decoder, layer: int) -> SparseFeedForward:
    """A block's feed-forward layer of a mixture."""
    found = model.blocks[layer].get_submodule("mlp")
    assert isinstance(found, SparseFeedForward)
    return found


@torch.no_grad()
def library_error(model: Decoder, ids: Int[Tensor, "row pos"]) -> float:
    """What the first block's shared and routed experts write, against HunYuan's layer of transformers, which has both
    and the same router, on the same weights: the largest difference."""
    from transformers import HunYuanMoEV1Config
    from transformers.models.hunyuan_v1_moe.modeling_hunyuan_v1_moe import HunYuanMoEV1MLP, HunYuanMoEV1Moe

    layer, seen, c = sparse_of(model, 0), [], model.config
    assert layer.shared is not None
    handle = layer.register_forward_hook(lambda _module, given, made: seen.append((given[0], made)))
    try:
        model(ids)
    finally:
        handle.remove()
    [(x, y)] = seen
    config = HunYuanMoEV1Config(
        hidden_size=c.d_model, intermediate_size=c.d_mlp, num_experts=c.n_experts, moe_topk=c.k, hidden_act="silu"
    )
    run_experts_by(config, "eager")
    theirs = HunYuanMoEV1Moe(config, 0)
    config.intermediate_size = c.n_shared * c.d_mlp
    theirs.shared_mlp = HunYuanMoEV1MLP(config)
    gate, up = layer.shared.gate_in[0].chunk(2)
    theirs.load_state_dict({
        "gate.wg.weight": layer.router, "experts.gate_up_proj": layer.experts.gate_in,
        "experts.down_proj": layer.experts.out, "shared_mlp.gate_proj.weight": gate,
        "shared_mlp.up_proj.weight": up, "shared_mlp.down_proj.weight": layer.shared.out[0],
    })  # fmt: skip
    return float((theirs(x) - y).abs().max())
