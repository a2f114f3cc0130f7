"""Which changes of the routing are tried, and how far a token depends on an expert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.tracing import ForbidExpert, ForceExpert, Trace, UseExperts
from explorer.tracing.changes.routing_edits import RoutingEdit
from explorer.tracing.probes.counterfactuals import Counterfactual

Do = Literal["forbid", "force"]
#: where a change acts: one token in one layer, all tokens in it, one token in all layers, everywhere
SCOPES = ("here", "layer", "token", "all")
#: experts of a layer that are tried; a model with more of them is asked about the likeliest
ROWS = 16


def place(scope: str, layer: int, pos: int) -> tuple[int | None, int | None]:
    """The layer and position that a change in this scope names; None stands for all.

    >>> [place(scope, 3, 12) for scope in SCOPES]
    [(3, 12), (3, None), (None, 12), (None, None)]
    """
    return (layer if scope in ("here", "layer") else None), (pos if scope in ("here", "token") else None)


def edit(do: Do, scope: str, layer: int, pos: int, expert: int) -> RoutingEdit:
    return (ForbidExpert if do == "forbid" else ForceExpert)(*place(scope, layer, pos), expert)


def in_scope(
    values: Float[Tensor, "layer pos expert"], scope: str, layer: int, pos: int
) -> Float[Tensor, "layers places expert"]:
    """What of a router's values lies where a change in this scope acts."""
    at, token = place(scope, layer, pos)
    values = values if at is None else values[at : at + 1]
    return values if token is None else values[:, token : token + 1]


@dataclass(frozen=True)
class Use:
    """How the run uses one expert where a change acts."""

    weight: float | None
    """The selected token's, where the scope holds one layer."""
    in_layers: int
    """In how many of the scope's layers the selected token takes it."""
    in_places: int
    """How many of the scope's tokens, counted once a layer, take it."""


def uses(weights: Float[Tensor, "layer pos expert"], scope: str, layer: int, pos: int) -> tuple[Use, ...]:
    """One for each expert.

    >>> import torch
    >>> weights = torch.tensor([[[0.7, 0.3, 0.0], [0.0, 0.4, 0.6]]])  # one layer, two tokens, three experts
    >>> uses(weights, "layer", 0, 1)[1:]
    (Use(weight=0.4000000059604645, in_layers=1, in_places=2), Use(weight=0.6000000238418579, in_layers=1, in_places=1))
    """
    taken = in_scope(weights, scope, layer, pos) > 0
    at, _ = place(scope, layer, pos)
    own = weights[:, pos] if at is None else weights[at : at + 1, pos]  # layers expert
    return tuple(
        Use(
            None if at is None else float(own[0, expert]),
            int((own[:, expert] > 0).sum()),
            int(taken[..., expert].sum()),
        )
        for expert in range(weights.shape[-1])
    )


@dataclass(frozen=True)
class Taken:
    """An expert that a token takes."""

    layer: int
    expert: int
    weight: float
    place: int
    """0 for the layer's first choice."""


def taken(weights: Float[Tensor, "layer pos expert"], pos: int) -> list[Taken]:
    """The experts of one token, layer by layer, the greatest weight first.

    >>> import torch
    >>> taken(torch.tensor([[[0.25, 0.0, 0.75]]]), 0)
    [Taken(layer=0, expert=2, weight=0.75, place=0), Taken(layer=0, expert=0, weight=0.25, place=1)]
    """
    found = []
    for layer, row in enumerate(weights[:, pos]):
        order = row.argsort(descending=True, stable=True)[: int((row > 0).sum())].tolist()
        found += [Taken(layer, expert, float(row[expert]), place) for place, expert in enumerate(order)]
    return found


def tried(logits: Float[Tensor, "layer pos expert"], scope: str, layer: int, pos: int) -> list[int]:
    """The experts whose change is run: all, or, of more than `ROWS`, those that the router finds likeliest here."""
    experts = logits.shape[-1]
    if experts <= ROWS:
        return list(range(experts))
    share = in_scope(logits, scope, layer, pos).double().softmax(-1).amax((0, 1))  # expert
    return sorted(share.topk(ROWS).indices.tolist())


def counts(experts: int, trained: int) -> list[int]:
    """Numbers of experts a token that are tried.

    >>> counts(8, 2)
    [1, 2, 3, 4, 5, 6, 7, 8]
    >>> counts(64, 6)
    [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
    """
    if experts <= ROWS:
        return list(range(1, experts + 1))
    powers = {p for i in range(experts.bit_length()) for p in (1 << i, 3 << i >> 1) if 1 <= p <= experts}
    return sorted({*powers, trained, experts})


def kept_share(logits: Float[Tensor, "layer pos expert"], k: int) -> float:
    """Mean share of the router's probability that lies on the k likeliest experts.

    >>> import torch
    >>> round(kept_share(torch.tensor([[[2.0, 1.0, 0.0]]]), 2), 3)
    0.91
    """
    return float(logits.double().softmax(-1).topk(k, -1).values.sum(-1).mean())


def divergence(before: Float[Tensor, " d_vocab"], after: Float[Tensor, " d_vocab"]) -> float:
    """KL(before || after) in nats, float64, as it comes out: rounding may take a zero below zero."""
    p, q = before.double().log_softmax(-1), after.double().log_softmax(-1)
    return float((p.exp() * (p - q)).sum())


@dataclass(frozen=True, kw_only=True)
class ChangedRun:
    """One changed run, against the run's logits at the same position."""

    edit: str
    kl: float
    """KL(run || changed) of the next token, nats."""
    target: float
    """Change of the target's log-probability."""
    p: float
    ids: list[int]
    """The likeliest next tokens."""
    probabilities: list[float]
    loss: float
    """NaN for a single token."""


def numbers(made: Counterfactual, before: Float[Tensor, " d_vocab"], target: int, k: int) -> ChangedRun:
    log_p = made.logits.double().log_softmax(-1)
    top = log_p.topk(k)
    return ChangedRun(
        edit="" if made.edit is None else made.edit.text,
        kl=max(divergence(before, made.logits), 0.0),
        target=float(log_p[target] - before.double().log_softmax(-1)[target]),
        p=float(log_p[target].exp()),
        ids=top.indices.tolist(),
        probabilities=top.values.exp().tolist(),
        loss=made.loss,
    )


def experts_used(trace: Trace, layer: int | None) -> int | None:
    """How many experts a token takes in the run, if that is one number in all of these layers."""
    assert trace.expert_weights is not None
    used: Int[Tensor, "layer pos"] = (trace.expert_weights > 0).sum(-1)
    most = (
        used.amax(1) if layer is None else used[layer : layer + 1].amax(1)
    )  # a forced token has fewer, and keeps them
    return int(most[0]) if bool((most == most[0]).all()) else None


def count_edit(layer: int | None, k: int) -> RoutingEdit:
    return UseExperts(layer, k)


# ---- what is drawn ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked(Payload):
    """What is asked, and of which run."""

    expert: int
    """The expert that is changed: where none is chosen, the one that the panel shows by itself."""
    position: int
    layer: int
    target: int
    tokens: int
    prompt: int
    experts: int
    layers: int
    trained: int
    """Experts of a token, as the model has it."""
    stack: list[str]
    """The run's interventions."""


@dataclass(frozen=True, kw_only=True)
class ExpertRow(ChangedRun):
    """One expert forbidden or forced; in the first row, the run as it is, none."""

    expert: int | None = None
    weight: float | None = None
    in_layers: int = 0
    in_places: int = 0


@dataclass(frozen=True, kw_only=True)
class CounterfactualTable(Asked):
    do: Do
    scope: str
    rows: list[ExpertRow]
    before: float
    """The target's probability in the run as it is."""
    selected: int | None
    """The selected block, where the view has opened on another: the one whose expert the token needs most."""


@dataclass(frozen=True, kw_only=True)
class NeededExpert(ChangedRun):
    """One of the selected token's experts, forbidden to it."""

    layer: int
    expert: int
    weight: float
    place: int


@dataclass(frozen=True, kw_only=True)
class NeededExperts(Asked):
    cells: list[NeededExpert]
    top: int
    """The likeliest next token of the run as it is."""


@dataclass(frozen=True, kw_only=True)
class CountRow(ChangedRun):
    """Another number of experts a token; in the first row, the run as it is, none."""

    k: int | None = None
    kept: float | None = None
    """Share of the router's probability that lies on these."""


@dataclass(frozen=True, kw_only=True)
class CounterfactualCounts(Asked):
    where: str
    rows: list[CountRow]
    own: int | None
    """Experts a token of the run as it is; None where it is not one number."""
