"""What a mixture's experts write, made anew from the weights: the router's logits, each expert's output, its part.

A layer writes y = sum of w_e E_e(x). An expert's part of it is the length of w_e E_e along y, as a share of y's own:

    part_e = w_e E_e . y / |y|^2,    and the parts of a token sum to 1

A weight says how much is asked of an expert, a part what came of it: an expert of little output adds little however it
is weighted, and one that writes against the others has a part below 0.

Outputs (2, 0) with weight 1/2 and (0, 1) with weight 1/2: y = (1, 1/2), parts 4/5 and 1/5.

>>> parts(torch.tensor([[1.0, 0.0], [0.0, 0.5]])).tolist()
[0.800000011920929, 0.20000000298023224]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward
from explorer.stack.worst import worst
from explorer.tracing.changes.interventions import AblateMLP
from explorer.tracing.trace import Trace

#: Floating-point operations up to which the experts of a whole text are run again: some tenth of a second.
MOST_FLOPS = 1e10


def parts(weighted: Float[Tensor, "used d_model"]) -> Float[Tensor, " used"]:
    """Of each weighted output: its length along their sum, as a share of the sum's."""
    total = weighted.sum(0)
    return weighted @ total / total.square().sum().clamp_min(1e-30)


def _sparse(decoder: Decoder, layer: int) -> tuple[Block, SparseFeedForward]:
    block = decoder.blocks[layer]
    if not isinstance(block, Block) or not isinstance(block.mlp, SparseFeedForward):
        raise NotApplicableError(f"Layer {layer} has no experts.")
    return block, block.mlp


def cut_off(trace: Trace, layer: int) -> bool:
    """An intervention has taken away what this layer would add."""
    return any(isinstance(each, AblateMLP) and each.layer == layer for each in trace.key.interventions)


@torch.inference_mode()
def logits_error(trace: Trace, decoder: Decoder, layer: int) -> float:
    """Router logits made anew from the stream (norm, then W_r), against this run's, relative to the largest.

    Raises NotApplicableError where the explorer's own decoder has no experts in this layer.
    """
    assert trace.router_logits is not None
    block, mlp = _sparse(decoder, layer)
    again = F.linear(block.ln2(trace.resid_mid[layer]), mlp.router)
    return float((again - trace.router_logits[layer]).abs().max() / trace.router_logits[layer].abs().max())


@dataclass(frozen=True)
class Outputs:
    """What each expert that a token used gave it, the heaviest weight first."""

    experts: Int[Tensor, " used"]
    lengths: Float[Tensor, " used"]
    """Of each expert's output before its weight."""
    parts: Float[Tensor, " used"]
    cosine: float | None
    """Between the two heaviest experts' outputs: 1 if they say the same. None with one expert."""


@torch.inference_mode()
def outputs(trace: Trace, decoder: Decoder, layer: int, position: int) -> tuple[Outputs, float]:
    """The outputs, and the error of their weighted sum against what the layer added, relative to its largest number.

    Raises NotApplicableError where the explorer's own decoder has no experts in this layer.
    """
    assert trace.expert_weights is not None
    block, mlp = _sparse(decoder, layer)
    weights = trace.expert_weights[layer, position]
    experts = weights.argsort(descending=True)[: int((weights > 0).sum())]
    x = block.ln2(trace.resid_mid[layer, position : position + 1])  # 1 d_model
    each = torch.cat([mlp.experts.one(int(e), x) for e in experts])  # used d_model
    weighted = weights[experts, None] * each
    added = trace.resid_post[layer, position] - trace.resid_mid[layer, position]
    if layer in trace.edits:
        added = added - trace.edits[layer][position]
    cosine = float(F.cosine_similarity(each[0], each[1], dim=0)) if len(experts) > 1 else None
    error = float((weighted.sum(0) - added).abs().max() / added.abs().max().clamp_min(1e-12))
    return Outputs(experts, each.norm(dim=-1), parts(weighted), cosine), error


@dataclass(frozen=True)
class Contributions:
    """Of all tokens in some layers."""

    part: Float[Tensor, "layer pos expert"]
    """0 where an expert is not used."""
    error: float
    """The experts' weighted sum against what each layer added to the stream, relative to its largest number. Layers
    whose output an intervention takes away are left out."""


@torch.inference_mode()
def contributions(trace: Trace, decoder: Decoder, layers: list[int]) -> Contributions | None:
    """None where running the experts again would take long.

    Raises NotApplicableError where the explorer's own decoder has no experts in one of these layers.
    """
    assert trace.expert_weights is not None
    weights, made, error = trace.expert_weights[layers], [], 0.0
    c, used = decoder.config, int((weights > 0).sum())
    if 6.0 * used * c.d_model * c.d_mlp > MOST_FLOPS:
        return None
    added = trace.mlp_out
    for of, layer in zip(weights, layers, strict=True):  # of: pos expert
        block, mlp = _sparse(decoder, layer)
        x, total = block.ln2(trace.resid_mid[layer]), torch.zeros_like(trace.resid_mid[layer])
        token, expert = (of > 0).nonzero(as_tuple=True)
        each = torch.empty(len(token), x.shape[1])  # pair d_model
        for one in expert.unique().tolist():
            mine = expert == one
            each[mine] = mlp.experts.one(one, x[token[mine]]) * of[token[mine], one, None]
        total.index_add_(0, token, each)
        along = (each * total[token]).sum(-1) / total.square().sum(-1).clamp_min(1e-30)[token]
        made.append(torch.zeros_like(of).index_put((token, expert), along))
        if not cut_off(trace, layer):
            size = added[layer].abs().max().clamp_min(1e-12)
            error = worst(error, float((total - added[layer]).abs().max() / size))
    return Contributions(torch.stack(made), error)
