"""Two guards side by side: curves, what is flagged at a stated rate of false alarms, disguises, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.safety.guard_texts import BETWEEN, Text, labels
from explorer.experiments.safety.guards import RATES, Found, Tried
from explorer.figures.payload import Payload
from explorer.stack.evaluation.calibration import reliability
from explorer.stack.evaluation.standard_errors import Interval, wilson
from explorer.stack.safety.roc import area_interval, difference, roc

#: Of the calibration.
BINS = 5
BY_SENTENCE = "between others, by sentence"
NAMES = {"minilm": "MiniLM’s embedding", "stream": "The model’s own stream"}


@dataclass(frozen=True, kw_only=True)
class GuardShare(Payload):
    """A share with its interval of 95 %, in which texts of one template count as one."""

    share: float
    low: float
    high: float
    texts: int
    templates: int


@dataclass(frozen=True, kw_only=True)
class GuardArea(Payload):
    """The area under an ROC curve, or a difference of two, with its interval of 95 %."""

    area: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class GuardFlags(Payload):
    """What is flagged of one form of the texts."""

    form: str
    caught: GuardShare
    """Of the forbidden."""
    false: GuardShare
    """Of the harmless."""


@dataclass(frozen=True, kw_only=True)
class GuardAt(Payload):
    """A guard at one threshold."""

    rate: int
    """Percent of the harmless validation texts that may reach it."""
    threshold: float
    """Log-odds."""
    flags: tuple[GuardFlags, ...]


@dataclass(frozen=True, kw_only=True)
class GuardForm(Payload):
    form: str
    area: GuardArea
    example: str


@dataclass(frozen=True, kw_only=True)
class GuardTrial(Payload):
    """One guard on the test texts."""

    kind: str
    name: str
    depth: int
    l2: float
    steps: int
    false_rate: Float[Tensor, " step"]
    true_rate: Float[Tensor, " step"]
    forms: tuple[GuardForm, ...]
    """The plain test texts first."""
    at: tuple[GuardAt, ...]
    confidence: Float[Tensor, " bin"]
    """What the texts of each bin are said to be, NaN where it is empty."""
    accuracy: Float[Tensor, " bin"]
    count: tuple[int, ...]
    ece: float
    depths: tuple[int, ...]
    by_depth: tuple[float, ...]
    """Areas on the validation texts."""


@dataclass(frozen=True, kw_only=True)
class GuardsRoc(Payload):
    """Both guards, before or behind the model."""

    side: str
    trials: tuple[GuardTrial, ...]
    done: bool
    train: int
    validation: int
    test: int
    templates: int
    """Of the test."""
    n_layers: int
    apart: GuardArea | None
    """MiniLM's area less the stream's on the same texts."""


def guards_roc(found: Found, n_layers: int) -> GuardsRoc:
    made, both = found.texts, len(found.tried) == len(NAMES)
    return GuardsRoc(
        side=made.side,
        trials=tuple(_trial(found, each) for each in found.tried.values()),
        done=both,
        train=len(made.train),
        validation=len(made.validation),
        test=len(made.test),
        templates=_templates(made.test),
        n_layers=n_layers,
        apart=_apart(found) if both else None,
    )


def flagged(texts: Sequence[Text], flags: Sequence[bool]) -> GuardShare:
    """The share of some texts that a guard flags."""
    n, templates = len(texts), _templates(texts)
    share = sum(flags) / n
    made = wilson(share * templates, templates)
    return GuardShare(share=share, low=made.low, high=made.high, texts=n, templates=templates)


def _templates(texts: Sequence[Text]) -> int:
    return len({each.template for each in texts})


def _trial(found: Found, tried: Tried) -> GuardTrial:
    made, trained = found.texts, tried.trained
    forms: dict[str, tuple[Sequence[Text], Float[Tensor, " _"]]] = {"plain": (made.test, tried.test)}
    forms |= {name: (made.forms[name], scores) for name, scores in tried.forms.items()}
    if made.parts:
        forms[BY_SENTENCE] = made.forms[BETWEEN], tried.by_sentence
    curve, truth = roc(*_split(made.test, tried.test)), labels(made.test)
    bins = reliability(tried.test.sigmoid(), truth, BINS)
    return GuardTrial(
        kind=trained.kind,
        name=NAMES[trained.kind],
        depth=trained.depth,
        l2=trained.l2,
        steps=trained.guard.steps,
        false_rate=curve.false_rate,
        true_rate=curve.true_rate,
        forms=tuple(
            GuardForm(form=name, area=_area(texts, scores), example=texts[0].judged)
            for name, (texts, scores) in forms.items()
        ),
        at=tuple(_at(rate, trained.threshold(made, rate / 100), forms) for rate in RATES),
        confidence=bins.confidence,
        accuracy=bins.accuracy,
        count=tuple(bins.count.tolist()),
        ece=bins.ece,
        depths=tuple(trained.by_depth),
        by_depth=tuple(trained.by_depth.values()),
    )


def _at(rate: int, threshold: float, forms: dict[str, tuple[Sequence[Text], Float[Tensor, " _"]]]) -> GuardAt:
    flags = []
    for name, (texts, scores) in forms.items():
        over = (scores >= threshold).tolist()
        bad, good = (
            flagged(
                [each for each in texts if each.harmful == kind],
                [yes for each, yes in zip(texts, over, strict=True) if each.harmful == kind],
            )
            for kind in (True, False)
        )
        flags.append(GuardFlags(form=name, caught=bad, false=good))
    return GuardAt(rate=rate, threshold=threshold, flags=tuple(flags))


def _split(texts: Sequence[Text], scores: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (or whatever else there is one of a text) of the forbidden, and of the harmless."""
    truth = labels(texts) > 0
    return scores[truth], scores[~truth]


def _area(texts: Sequence[Text], scores: Float[Tensor, " text"]) -> GuardArea:
    draws = tuple(_templates([each for each in texts if each.harmful == kind]) for kind in (True, False))
    return _bounds(area_interval(*_split(texts, scores), (draws[0], draws[1])))


def _apart(found: Found) -> GuardArea:
    one, other = (found.tried[kind].test for kind in ("minilm", "stream"))
    texts, names = found.texts.test, sorted({each.template for each in found.texts.test})
    numbers = torch.tensor([names.index(each.template) for each in texts])
    (a, x), (b, y) = _split(texts, one), _split(texts, other)
    clusters = _split(texts, numbers)
    return _bounds(difference((a, b), (x, y), clusters))


def _bounds(made: Interval) -> GuardArea:
    return GuardArea(area=made.mean, low=made.low, high=made.high)
