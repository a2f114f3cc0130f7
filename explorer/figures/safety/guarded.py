"""A person's own text before the guards, and between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.safety.guard_cost import Costs
from explorer.experiments.safety.guard_texts import Texts
from explorer.experiments.safety.guarded import Guarded
from explorer.experiments.safety.guards import RATES, Trained
from explorer.experiments.safety.own_text import OwnText
from explorer.figures.payload import Payload
from explorer.figures.safety.guards import NAMES


@dataclass(frozen=True, kw_only=True)
class GuardJudge(Payload):
    """A guard with its thresholds."""

    kind: str
    name: str
    depth: int
    thresholds: dict[str, float]
    """Log-odds, by the percentage of false alarms on the validation texts."""


@dataclass(frozen=True, kw_only=True)
class OwnJudged(Payload):
    """What one guard says of the text, in log-odds."""

    judge: GuardJudge
    whole: float
    sentences: Float[Tensor, " sentence"]
    moved: Float[Tensor, " word"]
    """How much each word adds: the whole's score less that without the word."""


@dataclass(frozen=True, kw_only=True)
class GuardsOwn(Payload):
    text: str
    sentences: tuple[str, ...]
    words: tuple[str, ...]
    gaps: tuple[str, ...]
    """What stands before each word, and what is left behind the last that is judged."""
    judged: tuple[OwnJudged, ...]


@dataclass(frozen=True, kw_only=True)
class GuardVerdict(Payload):
    side: str
    judge: GuardJudge
    score: float


@dataclass(frozen=True, kw_only=True)
class GuardsAround(Payload):
    request: str
    answer: str
    verdicts: tuple[GuardVerdict, ...]
    done: bool


@dataclass(frozen=True, kw_only=True)
class GuardTime(Payload):
    """Milliseconds a request."""

    case: str
    median: float
    p95: float


@dataclass(frozen=True, kw_only=True)
class GuardsCost(Payload):
    times: tuple[GuardTime, ...]
    requests: int
    depth: int
    added: float
    """Median milliseconds that the stream's guard adds to the first token."""
    added_low: float
    added_high: float
    """The middle half of the requests."""


def judge(of: Trained, learnt: Texts) -> GuardJudge:
    return GuardJudge(
        kind=of.kind,
        name=NAMES[of.kind],
        depth=of.depth,
        thresholds={str(rate): of.threshold(learnt, rate / 100) for rate in RATES},
    )


def guards_own(made: OwnText) -> GuardsOwn:
    ends = [0, *(each.span[1] for each in made.words)]
    starts = [*(each.span[0] for each in made.words), len(made.text)]
    return GuardsOwn(
        text=made.text,
        sentences=tuple(made.text[start:end] for start, end in made.sentences),
        words=tuple(each.word for each in made.words),
        gaps=tuple(made.text[end:start] for end, start in zip(ends, starts, strict=True)),
        judged=tuple(
            OwnJudged(
                judge=judge(each.trained, made.learnt),
                whole=each.whole,
                sentences=each.sentences,
                moved=each.whole - each.without,
            )
            for each in made.heard.values()
        ),
    )


def guards_around(made: Guarded) -> GuardsAround:
    return GuardsAround(
        request=made.request,
        answer=made.answer,
        verdicts=tuple(
            GuardVerdict(side=side, judge=judge(each.trained, each.learnt), score=each.score)
            for (side, _), each in made.verdicts.items()
        ),
        done=made.done,
    )


def guards_cost(made: Costs, depth: int) -> GuardsCost:
    low, median, high = (1e3 * float(np.quantile(made.added, q)) for q in (0.25, 0.5, 0.75))
    return GuardsCost(
        times=tuple(
            GuardTime(case=each.case, median=1e3 * each.quantile(0.5), p95=1e3 * each.quantile(0.95))
            for each in made.cases
        ),
        requests=len(made.added),
        depth=depth,
        added=median,
        added_low=low,
        added_high=high,
    )
