"""Acceptance over held-out texts as a picture: by kind, by place in the draft, by its length and by temperature."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.inference.decoding.held_out_texts import OverTexts, over_texts
from explorer.experiments.inference.decoding.speculative import ROWS
from explorer.experiments.inference.decoding.speculative_corpus import GAMMA, RACED, Corpus, Drafting, TextDrafted
from explorer.experiments.timing import compare
from explorer.figures.inference.decoding.drafts_worth import DraftWorth, worth
from explorer.figures.inference.decoding.speculative import SpecSettings
from explorer.figures.payload import Payload
from explorer.figures.timings import TimesAsLong
from explorer.stack.inference.decoding.speculative_sampling import expected_tokens

#: Standard deviations of a share's interval.
WIDE = 2


@dataclass(frozen=True, kw_only=True)
class KindAccepted:
    """One kind of text."""

    kind: str
    texts: int
    alpha: OverTexts
    """Mean sum of min(p, q), at the temperature that was asked for."""
    decided: int
    kept: int
    """Of the drafted tokens that were decided on."""
    tokens: tuple[float, ...]
    """Counted a pass, for gamma = 1, 2, .."""


@dataclass(frozen=True, kw_only=True)
class DraftPlace:
    """The n-th token of a draft."""

    decided: int
    """Rounds that came so far."""
    kept: int
    low: float
    high: float
    """Of the share kept."""
    overlap: float
    """Mean sum of min(p, q) where it was decided on; NaN where it never was."""


@dataclass(frozen=True, kw_only=True)
class CorpusBeside:
    """The same of the other run's model, as far as it reads: its races are left out."""

    blocks: int
    n_layers: int
    alpha: OverTexts
    by_kind: tuple[OverTexts, ...]
    """Alpha, in the order of this model's."""
    counted: tuple[OverTexts, ...]
    by_temperature: tuple[OverTexts, ...]


@dataclass(frozen=True, kw_only=True)
class SpeculativeCorpus(Payload, SpecSettings):
    """What is known so far."""

    alpha: OverTexts
    by_kind: tuple[KindAccepted, ...]
    places: tuple[DraftPlace, ...]
    counted: tuple[OverTexts, ...]
    """Tokens a pass, for gamma = 1, 2, .."""
    expected: tuple[float, ...]
    """The same by formula, from alpha."""
    temperatures: tuple[float, ...]
    by_temperature: tuple[OverTexts, ...]
    speed: DraftWorth | None
    """By formula, from alpha and what the parts took in the races."""
    raced_gammas: tuple[int, ...]
    raced: tuple[TimesAsLong, ...]
    """How many times as fast as plain decoding, text by text."""
    rounds: int
    texts: int
    of_texts: int
    races: int
    of_races: int
    texts_each: int
    base: CorpusBeside | None


def corpus_beside(made: Corpus, settings: SpecSettings) -> CorpusBeside:
    at, kinds = made.temperatures.index(settings.temperature), dict.fromkeys(text.kind for text in made.texts)
    by_kind = (over_texts([text.alphas[at] for text in made.texts if text.kind == kind]) for kind in kinds)
    return CorpusBeside(
        blocks=settings.blocks,
        n_layers=settings.n_layers,
        alpha=_alpha(made, at),
        by_kind=tuple(by_kind),
        counted=_counted(made),
        by_temperature=_by_temperature(made),
    )


def _alpha(made: Corpus, at: int) -> OverTexts:
    """At one of the temperatures."""
    return over_texts([text.alphas[at] for text in made.texts])


def _counted(made: Corpus) -> tuple[OverTexts, ...]:
    return tuple(over_texts([tokens(text.rounds, gamma) for text in made.texts]) for gamma in range(1, GAMMA + 1))


def _by_temperature(made: Corpus) -> tuple[OverTexts, ...]:
    return tuple(_alpha(made, n) for n in range(len(made.temperatures)))


def corpus(made: Corpus, settings: SpecSettings, each: int, base: CorpusBeside | None = None) -> SpeculativeCorpus:
    """`each`: texts of every kind that were asked for."""
    at, gammas = made.temperatures.index(settings.temperature), range(1, GAMMA + 1)
    alpha = _alpha(made, at)
    rounds = [one for text in made.texts for one in text.rounds]
    kinds = dict.fromkeys(text.kind for text in made.texts)
    return SpeculativeCorpus(
        **vars(settings),
        alpha=alpha,
        by_kind=tuple(_kind(kind, [text for text in made.texts if text.kind == kind], at) for kind in kinds),
        places=tuple(place(rounds, n) for n in gammas),
        counted=_counted(made),
        expected=tuple(expected_tokens(alpha.mean, gamma) for gamma in gammas),
        temperatures=made.temperatures,
        by_temperature=_by_temperature(made),
        speed=_speed(made, settings.draft, alpha.mean),
        raced_gammas=RACED,
        raced=_raced(made),
        rounds=len(rounds),
        texts=len(made.texts),
        of_texts=made.of_texts,
        races=len(made.raced),
        of_races=made.of_raced,
        texts_each=each,
        base=base,
    )


def _kind(kind: str, texts: Sequence[TextDrafted], at: int) -> KindAccepted:
    rounds = [one for text in texts for one in text.rounds]
    return KindAccepted(
        kind=kind,
        texts=len(texts),
        alpha=over_texts([text.alphas[at] for text in texts]),
        decided=sum(one.decided for one in rounds),
        kept=sum(one.kept for one in rounds),
        tokens=tuple(tokens(rounds, gamma) for gamma in range(1, GAMMA + 1)),
    )


def tokens(rounds: Sequence[Drafting], gamma: int) -> float:
    """Tokens a pass, had every round drafted `gamma` tokens at most: those kept, and the model's own."""
    return statistics.fmean(min(one.kept, gamma) + 1 for one in rounds)


def place(rounds: Sequence[Drafting], n: int) -> DraftPlace:
    """The n-th token of the drafts, counting from 1."""
    overlaps = [one.overlap[n - 1] for one in rounds if one.decided >= n]
    kept = sum(one.kept >= n for one in rounds)
    low, high = wilson(kept, len(overlaps))
    return DraftPlace(
        decided=len(overlaps),
        kept=kept,
        low=low,
        high=high,
        overlap=statistics.fmean(overlaps) if overlaps else math.nan,
    )


def wilson(kept: int, of: int) -> tuple[float, float]:
    """The interval of a share (Wilson 1927): two standard deviations, and never outside of 0 to 1.

    >>> [round(end, 3) for end in wilson(5, 10)], [round(end, 3) for end in wilson(10, 10)]
    ([0.233, 0.767], [0.714, 1.0])
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not of:
        return 0.0, 1.0
    share, square = kept / of, WIDE**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = WIDE * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _speed(made: Corpus, draft: str, alpha: float) -> DraftWorth | None:
    if not made.raced:
        return None
    costs = [text.drafted / text.step for text in made.raced]
    passes = [[1.0, *(taken / text.step for taken in text.passes)] for text in made.raced]
    assert len(passes[0]) == len(ROWS)
    return worth(draft, alpha, costs, passes, GAMMA)


def _raced(made: Corpus) -> tuple[TimesAsLong, ...]:
    plain = [text.plain for text in made.raced]
    found = []
    for at in range(len(RACED) if plain else 0):
        ratio = compare([text.tokens[at] for text in made.raced], plain)
        found.append(TimesAsLong(median=ratio.median, low=ratio.low, high=ratio.high, clear=ratio.clear))
    return tuple(found)
