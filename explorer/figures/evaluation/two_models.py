"""Two models item by item: what flips, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.corpora.minimal_pairs import NOUNS, Pair
from explorer.figures.payload import Payload
from explorer.stack.evaluation.paired_tests import bootstrap, flips, items_needed, mcnemar
from explorer.stack.evaluation.standard_errors import Interval, around, clustered_error, interval, standard_error


@dataclass(frozen=True, kw_only=True)
class ScoreBounds:
    """A mean with its bounds of 95 %; parts of one. None where they are not known."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class PairItem:
    """One item, read by both."""

    prefix: str
    right: str
    wrong: str
    first: float
    """log p(right) - log p(wrong), in nats: above nought is right."""
    second: float


@dataclass(frozen=True, kw_only=True)
class PairedVerdict:
    """The test of all items."""

    first: ScoreBounds
    second: ScoreBounds
    difference: ScoreBounds
    """Second less first, by items drawn anew."""
    clustered: ScoreBounds
    """The same with the items of one subject as one cluster."""
    error: float
    clustered_error: float
    both: int
    neither: int
    only_first: int
    only_second: int
    p: float
    """McNemar's, exact."""
    needed: int | None
    """Items that would show this difference in 80 of 100 tests."""


@dataclass(frozen=True, kw_only=True)
class TwoModels(Payload):
    """Two contestants on the items read so far."""

    first: str
    second: str
    items: tuple[PairItem, ...]
    total: int
    clusters: int
    verdict: PairedVerdict | None
    """None until both have read all."""
    given: bool
    """Whether the page gives the second: the other run, or what it has changed in the weights. The control has no say
    then."""
    wrong: str
    """Why there is no second contestant; nothing else is shown then."""


def bounds(made: Interval) -> ScoreBounds:
    known = made.low == made.low  # not NaN
    return ScoreBounds(mean=made.mean, low=made.low if known else None, high=made.high if known else None)


def verdict(items: Sequence[Pair], first: Sequence[float], second: Sequence[float]) -> PairedVerdict:
    a, b = (torch.tensor([float(margin > 0) for margin in each]) for each in (first, second))
    clusters = torch.tensor([item.subject for item in items])
    found = flips(a, b)
    n = len(items)
    mean, error = float((b - a).double().mean()), clustered_error(b - a, clusters)
    return PairedVerdict(
        first=bounds(interval(a)),
        second=bounds(interval(b)),
        difference=bounds(bootstrap(a, b, torch.Generator().manual_seed(0))),
        clustered=bounds(around(mean, error)),
        error=standard_error(b - a),
        clustered_error=error,
        both=found.both,
        neither=found.neither,
        only_first=found.only_first,
        only_second=found.only_second,
        p=mcnemar(found.only_first, found.only_second),
        needed=items_needed(found.only_first / n, found.only_second / n),
    )


def two_models(
    names: tuple[str, str],
    items: Sequence[Pair],
    first: Sequence[float],
    second: Sequence[float],
    tested: PairedVerdict | None = None,
    given: bool = False,
    wrong: str = "",
) -> TwoModels:
    read = zip(items, first, second, strict=False)
    return TwoModels(
        first=names[0],
        second=names[1],
        items=tuple(
            PairItem(prefix=item.prefix, right=item.right, wrong=item.wrong, first=a, second=b) for item, a, b in read
        ),
        total=len(items),
        clusters=len(NOUNS),
        verdict=tested,
        given=given,
        wrong=wrong,
    )
