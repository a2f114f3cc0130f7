"""The refusal direction by layer and position, and what taking it out or putting it in does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.safety.changing import Effect
from explorer.experiments.safety.finding import Found, Probed, Selection
from explorer.experiments.safety.holding import Holding
from explorer.experiments.safety.recording import Counted, Recorded, Taught
from explorer.figures.payload import Payload
from explorer.figures.safety.under import MeasuredUnder, under
from explorer.stack.safety.answers import Rate
from explorer.stack.safety.critique_gap import gap
from explorer.stack.safety.refusal_direction import Candidate


@dataclass(frozen=True, kw_only=True)
class RefusalRate:
    """A rate with Wilson's interval of 95 %."""

    count: int
    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class RefusalProbe:
    """Held-out accuracies at one layer."""

    layer: int
    logistic: float
    mass_mean: float
    control_known: float
    control: float


@dataclass(frozen=True, kw_only=True)
class RefusalCandidate:
    """A direction that was tried."""

    layer: int
    position: int
    ablated: float
    induced: float
    kl: float
    why: str
    """Why it is not taken; empty where it may be."""


@dataclass(frozen=True, kw_only=True)
class RefusalDirection(Payload):
    taught: bool
    """Whether the shelf's adapter is worn."""
    pairs: int
    held: int
    tokens: list[int]
    """Of the template, behind the request."""
    apart: Float[Tensor, "layer position"]
    """How far held-out requests of both kinds lie apart along the direction: d', in standard deviations."""
    length: Float[Tensor, "layer position"]
    """Of the direction, by the mean length of the stream there."""
    forbidden_score: float
    harmless_score: float
    """Mean log-odds that the answer begins as a refusal does; held-out requests."""
    first: list[int]
    probes: list[RefusalProbe]
    tried: list[RefusalCandidate]
    tried_on: int
    recorded: bool
    """Whether selection was read from what was measured before."""
    best_layer: int
    best_position: int
    """Of what is selected, from the prompt's end; the most apart where nothing is left."""
    refuses: bool


@dataclass(frozen=True, kw_only=True)
class RefusalMoved:
    """By how much a condition moves a share, request by request, with its interval of 95 %."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class RefusalPlace:
    layer: int
    position: int
    """From the prompt's end."""


@dataclass(frozen=True, kw_only=True)
class RefusalEffect:
    """One condition: rates of both kinds, and what it costs."""

    name: str
    way: str
    strength: float
    forbidden: RefusalRate
    twins: RefusalRate
    inconclusive: RefusalRate
    kl: float
    kl_first: float
    perplexity: float
    moved: RefusalMoved | None
    """Of the forbidden requests where something is taken out, of the twins where it is added; None of the unchanged
    decoder, and where requests were not kept one by one."""


@dataclass(frozen=True, kw_only=True)
class RefusalAnswer:
    """One pair's answers under one condition."""

    condition: int
    """Which of the effects."""
    forbidden: str
    forbidden_is: str
    harmless: str
    harmless_is: str


@dataclass(frozen=True, kw_only=True)
class RefusalPair:
    forbidden: str
    harmless: str
    answers: list[RefusalAnswer]


@dataclass(frozen=True, kw_only=True)
class RefusalTaught:
    """Refusals of all held-out pairs."""

    name: str
    """"base", "adapter"; "small": SFT on a smaller set; "sft" and "dpo": on a wider one."""
    forbidden: RefusalRate
    twins: RefusalRate


@dataclass(frozen=True, kw_only=True)
class RefusalRecorded(Payload):
    """All lists are empty for a model of which nothing was recorded."""

    taught: list[RefusalTaught]
    effects: list[RefusalEffect]
    layer: int
    position: int
    tried: int
    """Directions."""
    why: str
    """Why the published selection takes none of them; empty where it takes this one."""
    span: list[RefusalPlace]
    """Of the directions that are taken out together; empty where that was not measured."""
    held: RefusalPlace | None
    """Of the direction that is held at the level of harmless text; None where that was not measured."""
    held_why: str
    """Why the selection takes none to be held; empty where it takes this one."""
    record: MeasuredUnder | None


@dataclass(frozen=True, kw_only=True)
class RefusalEffects(Payload):
    taught: bool
    layer: int
    position: int
    strength: float
    n: int
    total: int
    """Conditions in all."""
    effects: list[RefusalEffect]
    recorded_layer: int
    """Of the direction that the shelf keeps; -1 where it keeps none."""
    pairs: list[RefusalPair]
    refuses: bool
    base: str
    """By which model fluency is measured: "the model before it was taught" or "this model"."""


def rate(made: Rate) -> RefusalRate:
    """With its interval."""
    at = made.interval
    return RefusalRate(count=made.count, n=made.n, mean=at.mean, low=at.low, high=at.high)


def apart(made: Found) -> Float[Tensor, "layer position"]:
    """d' of the held-out texts' projections: the means' difference by the pooled standard deviation."""
    unit = made.directions / made.directions.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    yes, no = ((each.x.double() * unit).sum(-1) for each in (made.held_forbidden, made.held_harmless))
    pooled = ((yes.var(0) + no.var(0)) / 2).sqrt()
    return ((yes.mean(0) - no.mean(0)) / pooled.clamp(min=1e-12)).float()


def gate(forbidden: float, harmless: float) -> bool:
    """Whether a refusal is there to be found: forbidden requests are likelier refused than not at the first token, and
    their twins are less likely so.

    >>> gate(3.0, -2.0), gate(-4.0, -4.2), gate(2.0, 2.0)
    (True, False, False)
    """
    return forbidden > 0 and forbidden - harmless > 1


def direction(
    made: Found, probes: Sequence[Probed], selection: Selection, *, taught: bool, recorded: bool
) -> RefusalDirection:
    found, length = apart(made), made.directions.norm(dim=-1)
    mean = torch.cat([made.forbidden.x, made.harmless.x]).double().norm(dim=-1).mean(0)
    forbidden, harmless = made.scores
    layer, position = _best(selection, found)
    return RefusalDirection(
        taught=taught,
        pairs=len(made.forbidden.x),
        held=len(made.held_forbidden.x),
        tokens=list(made.tokens),
        apart=found,
        length=(length / mean).float(),
        forbidden_score=forbidden,
        harmless_score=harmless,
        first=list(made.first),
        probes=[RefusalProbe(**vars(each)) for each in probes],
        tried=[_candidate(each, selection.n_layers) for each in selection.tried],
        tried_on=selection.requests,
        recorded=recorded,
        best_layer=layer,
        best_position=position,
        refuses=gate(forbidden, harmless),
    )


def _best(selection: Selection, found: Float[Tensor, "layer position"]) -> tuple[int, int]:
    if best := selection.best:
        return best.layer, best.position
    allowed = found[: max(int(len(found) * 0.8), 1)]
    at = int(allowed.argmax())
    return at // found.shape[1], at % found.shape[1] - found.shape[1]


def _candidate(each: Candidate, n_layers: int) -> RefusalCandidate:
    return RefusalCandidate(**vars(each), why=each.discarded(n_layers) or "")


def effect(made: Effect, first: Effect) -> RefusalEffect:
    """What was measured just now. first: the unchanged decoder's."""
    flags = [
        [[said.verdict == "refused" for said in kind] for kind in (each.outcome.forbidden, each.outcome.harmless)]
        for each in (made, first)
    ]
    return RefusalEffect(
        name=made.name, way=made.way, strength=made.strength, forbidden=rate(made.outcome.refused),
        twins=rate(made.outcome.over_refused), inconclusive=rate(made.outcome.inconclusive), kl=made.kl,
        kl_first=made.kl_first, perplexity=made.perplexity, moved=_moved(made.way, flags[0], flags[1]),
    )  # fmt: skip


def counted(made: Counted, first: Counted) -> RefusalEffect:
    """What was recorded. first: of the unchanged decoder."""
    flags = [
        [[flag == "1" for flag in kind] for kind in (each.forbidden_each, each.twins_each)] for each in (made, first)
    ]
    return RefusalEffect(
        name=made.name, way=made.way, strength=made.strength, forbidden=rate(Rate(made.forbidden_refused, made.n)),
        twins=rate(Rate(made.twins_refused, made.n)), inconclusive=rate(Rate(made.inconclusive, 2 * made.n)),
        kl=made.kl, kl_first=made.kl_first, perplexity=made.perplexity, moved=_moved(made.way, flags[0], flags[1]),
    )  # fmt: skip


def _moved(way: str, flags: list[list[bool]], first: list[list[bool]]) -> RefusalMoved | None:
    """flags, first: of forbidden requests, of twins."""
    if way == "unchanged" or len(flags[0]) < 2:
        return None
    at = 1 if way == "added" else 0
    found = gap(flags[at], first[at])
    return RefusalMoved(mean=found.mean, low=found.low, high=found.high)


def recorded(taught: Mapping[str, Taught], made: Recorded | None, n_layers: int) -> RefusalRecorded:
    """What the shelf holds of a taught refusal."""
    return RefusalRecorded(
        taught=[
            RefusalTaught(name=name, forbidden=rate(taught[name].forbidden), twins=rate(taught[name].twins))
            for name in ("base", "adapter", "small", "sft", "dpo")
            if name in taught
        ],
        effects=[counted(each, made.effects[0]) for each in made.effects] if made else [],
        layer=made.layer if made else -1,
        position=made.position if made else 0,
        tried=len(made.tried) if made else 0,
        why=_why(made, n_layers) if made else "",
        held=RefusalPlace(layer=made.holding.layer, position=made.holding.position) if made and made.holding else None,
        held_why=_why(made.holding, n_layers) if made and made.holding else "",
        span=[RefusalPlace(layer=layer, position=position) for layer, position in made.span] if made else [],
        record=under(made.conditions) if made else None,
    )


def _why(made: Recorded | Holding, n_layers: int) -> str:
    own = [each for each in made.tried if (each.layer, each.position) == (made.layer, made.position)]
    return (own[0].discarded(n_layers) or "") if own else ""


def pairs(effects: Sequence[Effect], shown: int) -> list[RefusalPair]:
    """The first pairs with their answers under each condition."""
    first = effects[0].outcome
    return [
        RefusalPair(
            forbidden=first.forbidden[at].request,
            harmless=first.harmless[at].request,
            answers=[
                RefusalAnswer(
                    condition=which,
                    forbidden=each.outcome.forbidden[at].answer,
                    forbidden_is=each.outcome.forbidden[at].verdict,
                    harmless=each.outcome.harmless[at].answer,
                    harmless_is=each.outcome.harmless[at].verdict,
                )
                for which, each in enumerate(effects)
            ],
        )
        for at in range(min(shown, len(first.forbidden)))
    ]


def refusing(effects: Sequence[RefusalEffect]) -> bool:
    """Whether the unchanged model refuses forbidden requests: the interval's lower end is above its twins' upper."""
    if not effects:
        return False
    first = effects[0]
    return first.forbidden.low > first.twins.high and not math.isnan(first.forbidden.low)
