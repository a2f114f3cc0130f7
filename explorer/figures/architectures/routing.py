"""Where each token went: the experts of every position and layer, how the router came to them, how evenly they work.

Layers are numbered as in the trace; a model may have a router in some of its layers only (`routed_layers`). A trace
keeps what the router itself said; what interventions made of it before the choice is worked out again by `steered`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.transformer.balancing import Balance, load_balancing
from explorer.stack.transformer.router import Routing, softmax_top_k
from explorer.stack.worst import worst
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.changes.interventions import by_site
from explorer.tracing.trace import Trace

if TYPE_CHECKING:
    from explorer.zoo.model import Model


def routed_layers(model: Model) -> list[int]:
    """The layers that have a router."""
    firing = anatomy(model.bridge).firing
    return [at for at in range(model.dims.n_layers) if hooks.found(firing, at, "expert_weights") is not None]


# ---- who was visited -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Routes:
    """The experts that were used, heaviest first; -1 and weight 0 in a slot that a token left empty."""

    indices: Int[Tensor, "layer pos slot"]
    weights: Float[Tensor, "layer pos slot"]


def routes(weights: Float[Tensor, "layer pos expert"]) -> Routes:
    """
    >>> found = routes(torch.tensor([[[0.0, 0.3, 0.7], [0.0, 0.0, 1.0]]]))
    >>> found.indices.tolist()
    [[[2, 1], [2, -1]]]
    """
    used = max(1, int((weights > 0).sum(-1).max()))
    top, indices = weights.topk(used, dim=-1)
    return Routes(indices=indices.where(top > 0, -1), weights=top)


@dataclass(frozen=True, kw_only=True)
class RoutedText(Payload):
    """A text's routes, in the layers that have a router."""

    layers: list[int]
    n: int
    n_experts: int
    k: int
    """Experts of a token, as the model has it."""
    indices: Int[Tensor, "layer pos slot"]
    weights: Float[Tensor, "layer pos slot"]


def sum_error(weights: Float[Tensor, "layer pos expert"]) -> float:
    """The largest departure of a token's weights from a sum of 1."""
    return float((weights.double().sum(-1) - 1).abs().max())


# ---- how the router came to it ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Steered:
    """What the choice was made from, interventions included."""

    logits: Float[Tensor, "layer pos expert"]
    """-inf where an intervention shut an expert out."""
    k: Int[Tensor, "layer pos"]
    """Experts that each token might use."""

    @property
    def used(self) -> Int[Tensor, "layer pos"]:
        """How many it must then have used: k, or all that were left to it."""
        return torch.minimum(self.k, self.logits.isfinite().sum(-1))


def steered(trace: Trace) -> Steered:
    """The router's logits and its k after the run's interventions on routing, in their order."""
    assert trace.router_logits is not None
    logits = trace.router_logits.clone()
    k = torch.full(logits.shape[:2], trace.dims.experts_per_token, dtype=torch.long)
    for (site, layer), edits in by_site(trace.key.interventions, trace.dims.n_layers).items():
        for edit in edits if site == "routing" else ():
            at = getattr(edit, "position", None)
            rows = slice(None) if at is None else slice(at, at + 1)
            logits[layer], k[layer] = edit.logits(logits[layer], rows), edit.count(k[layer], rows)
    return Steered(logits, k)


def chosen(
    logits: Float[Tensor, "pos expert"], k: Int[Tensor, " pos"], renormalise: bool = True
) -> Float[Tensor, "pos expert"]:
    """Each expert's weight by `softmax_top_k`, zero where it is not used.

    >>> chosen(torch.tensor([[4.0, 3.0, 2.0]]).log(), torch.tensor([2]))
    tensor([[0.5714, 0.4286, 0.0000]])
    """
    out = torch.zeros_like(logits)
    for each in k.unique().tolist():
        rows = k == each
        made = softmax_top_k(logits[rows], each, renormalise)
        out[rows] = torch.zeros_like(logits[rows]).scatter(-1, made.indices, made.weights)
    return out


def rule_error(trace: Trace, layers: list[int]) -> float:
    """The explorer's own softmax and top-k on this run's logits, renormalised where the model does it, against the
    weights in use."""
    assert trace.expert_weights is not None
    steer, again = steered(trace), trace.dims.experts_renormalised
    made = (chosen(steer.logits[at], steer.k[at], again) - trace.expert_weights[at] for at in layers)
    return worst(float(each.abs().max()) for each in made)


def count_exceptions(trace: Trace, layers: list[int]) -> int:
    """Routes that used more or fewer experts than the rule allows them."""
    assert trace.expert_weights is not None
    return int(((trace.expert_weights[layers] > 0).sum(-1) != steered(trace).used[layers]).sum())


@dataclass(frozen=True)
class Decision:
    """One token before one router."""

    routing: Routing
    """Of one token: axes [1 expert] and [1 slot]."""
    kept: float
    """Probability of those that were chosen."""
    margin: float | None
    """Logits between the last expert chosen and the first that was not. None if none was left."""
    runner_up: int | None
    entropy: float
    """Of the probabilities, bits; log2 of the number of experts when the router has no preference."""

    @property
    def probs(self) -> Float[Tensor, " expert"]:
        return self.routing.scores[0]


def decide(logits: Float[Tensor, " expert"], k: int) -> Decision:
    """
    >>> one = decide(torch.tensor([4.0, 3.0, 2.0, 1.0]).log(), 2)
    >>> round(one.kept, 3), one.runner_up, round(one.margin, 4), round(one.entropy, 3)  # ln 3 - ln 2
    (0.7, 2, 0.4055, 1.846)
    """
    routing = softmax_top_k(logits[None], k)
    order = logits.argsort(descending=True, stable=True).tolist()
    left = int(logits.isfinite().sum())
    taken = min(k, left)
    return Decision(
        routing=routing,
        kept=float(routing.scores[0, order[:taken]].sum()),
        margin=float(logits[order[taken - 1]] - logits[order[taken]]) if taken < left else None,
        runner_up=order[taken] if taken < left else None,
        entropy=float(torch.special.entr(routing.scores[0].double()).sum() / math.log(2)),
    )


# ---- how evenly they work --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """How the visits of some tokens fall on the experts, layer by layer."""

    tokens: int
    share: Float[Tensor, "layer expert"]
    """Share of all visits; a row sums to 1. f of the balancing loss is this times the visits of a token."""
    P: Float[Tensor, "layer expert"]
    """Mean probability; a row sums to 1."""
    balance: Float[Tensor, " layer"]
    """n * sum(f P): k for an even router."""

    @property
    def even(self) -> Float[Tensor, " layer"]:
        """How many evenly used experts would be as spread out: exp of the shares' entropy."""
        return torch.special.entr(self.share).sum(-1).exp()


@dataclass(frozen=True, kw_only=True)
class RoutingMatrix(RoutedText):
    """The experts of every token, and how the layer's work is shared."""

    contribution: Float[Tensor, "layer pos slot"] | None
    """Of each used expert: its part of what the layer wrote (`routing_outputs`). None where it is not worked out."""
    share: Float[Tensor, "layer expert"]
    even: Float[Tensor, " layer"]
    balance: Float[Tensor, " layer"]


def load(logits: Float[Tensor, "layer pos expert"], used: Bool[Tensor, "layer pos expert"]) -> Load:
    """From what the choice was made from, and who was visited.

    >>> logits = torch.tensor([[[3.0, 1.0], [1.0, 3.0]]]).log()
    >>> found = load(logits, torch.tensor([[[True, False], [False, True]]]))
    >>> found.share.tolist(), found.P.tolist(), found.balance.tolist(), [round(float(e), 6) for e in found.even]
    ([[0.5, 0.5]], [[0.5, 0.5]], [1.0], [2.0])
    """
    probs = logits.softmax(-1).nan_to_num(0.0)
    f, P = used.float().mean(1), probs.mean(1)  # layer expert
    share = f / f.sum(-1, keepdim=True).clamp_min(1e-12)
    return Load(used.shape[1], share, P, used.shape[2] * (f * P).sum(-1))


def load_of(trace: Trace, layers: list[int]) -> Load:
    """That of a run's own text."""
    assert trace.expert_weights is not None
    return load(steered(trace).logits[layers], trace.expert_weights[layers] > 0)


def balance_error(trace: Trace, layers: list[int]) -> float | None:
    """`load_balancing` on the run's probabilities and choices, against `Load.balance`; None where tokens used unequal
    numbers of experts, which that function does not take."""
    assert trace.expert_weights is not None
    used = (trace.expert_weights[layers] > 0).sum(-1)
    if int(used.min()) != int(used.max()):
        return None
    logits, found = steered(trace).logits, load_of(trace, layers)
    off = 0.0
    for row, at in enumerate(layers):
        indices = trace.expert_weights[at].topk(int(used.max()), dim=-1).indices
        made: Balance = load_balancing(logits[at].softmax(-1), indices)
        off = worst(off, abs(float(made.loss - found.balance[row])))
    return off
