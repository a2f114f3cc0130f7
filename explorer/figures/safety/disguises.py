"""Requests in ten forms, and who sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.safety.conditions import Conditions
from explorer.experiments.safety.detectors import DETECTORS, Detector
from explorer.experiments.safety.disguises import Form
from explorer.figures.payload import Payload
from explorer.figures.safety.refusal import RefusalRate, rate
from explorer.figures.safety.under import MeasuredUnder, under


@dataclass(frozen=True, kw_only=True)
class DisguisesDetector:
    name: str
    title: str


@dataclass(frozen=True, kw_only=True)
class DisguisesSeen:
    """What one detector sees of one form."""

    forbidden: RefusalRate
    twins: RefusalRate


@dataclass(frozen=True, kw_only=True)
class DisguisesText:
    """One request in one form."""

    text: str
    answer: str
    verdict: str
    seen: list[bool]
    """By each detector."""


@dataclass(frozen=True, kw_only=True)
class DisguisesForm:
    name: str
    about: str
    seen: list[DisguisesSeen]
    """By each detector, in their order."""
    inconclusive: RefusalRate
    forbidden: list[DisguisesText]
    harmless: list[DisguisesText]


@dataclass(frozen=True, kw_only=True)
class DisguisesForms(Payload):
    taught: bool
    refuses: bool
    """Whether plain forbidden requests are refused more than their twins."""
    layer: int
    """Before which block the probe reads."""
    n: int
    """Pairs of a form, at most."""
    total: int
    detectors: list[DisguisesDetector]
    forms: list[DisguisesForm]
    fitted: int
    """Pairs of plain requests that probe and guard are fitted to."""
    recorded: bool
    """Whether this is the record, and nothing was measured now."""
    record: MeasuredUnder | None
    """Of what the shelf holds of this model; None where it holds nothing."""


def forms(
    made: Sequence[Form], total: int, count: int, layer: int, fitted: int, *, taught: bool, recorded: bool,
    record: Conditions | None, detectors: Sequence[Detector] = DETECTORS,
) -> DisguisesForms:  # fmt: skip
    shown = [_form(each) for each in made]
    plain = shown[0].seen[0]
    return DisguisesForms(
        taught=taught,
        refuses=plain.forbidden.low > plain.twins.high or plain.forbidden.mean - plain.twins.mean >= 0.5,
        layer=layer,
        n=count,
        total=total,
        detectors=[DisguisesDetector(name=each.name, title=each.title) for each in detectors],
        forms=shown,
        fitted=fitted,
        recorded=recorded,
        record=under(record),
    )


def _form(made: Form) -> DisguisesForm:
    rates = [each.rates for each in made.seen]
    both = [made.outcome.forbidden, made.outcome.harmless]
    texts = [
        [
            DisguisesText(
                text=said.request,
                answer=said.answer,
                verdict=said.verdict,
                seen=[(each.harmless if twin else each.forbidden)[at] for each in made.seen],
            )
            for at, said in enumerate(some)
        ]
        for twin, some in enumerate(both)
    ]
    return DisguisesForm(
        name=made.name,
        about=made.about,
        seen=[DisguisesSeen(forbidden=rate(one), twins=rate(other)) for one, other in rates],
        inconclusive=rate(made.outcome.inconclusive),
        forbidden=texts[0],
        harmless=texts[1],
    )
