"""A text's lattice as it is drawn, cuts that were drawn from it, and a training round by round."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from explorer.experiments.tokenization.unigram_lattice import Draws, Found, Share, Vocabulary
from explorer.figures.payload import Payload
from explorer.stack.tokenization.unigram_pruning import Removed
from explorer.stack.tokenization.unigram_training import Event, Pruned, Round, Seeded, Trained

NAMED = 18
"""Pieces of a pruning that are named at each end."""


@dataclass(frozen=True, kw_only=True)
class UnigramSettings:
    """What is chosen."""

    vocabulary: Vocabulary
    published: str
    """What the published vocabulary has, and what it costs to fetch."""
    passage: str
    size: int
    least: int
    """Tokens that a vocabulary of this passage needs."""


@dataclass(frozen=True, kw_only=True)
class LatticePiece:
    """A token that fits the text; places in characters."""

    start: int
    end: int
    text: str
    score: float
    share: float
    """Probability that a cut uses it, over all cuts."""
    unknown: bool
    """A character that no token holds."""


@dataclass(frozen=True, kw_only=True)
class LatticeCut:
    """A way to cut the text: numbers of pieces."""

    pieces: tuple[int, ...]
    score: float
    share: float


@dataclass(frozen=True, kw_only=True)
class UnigramLatticeLattice(Payload):
    settings: UnigramSettings
    n_tokens: int
    typed: str
    reason: str
    """Why there is nothing to draw; empty where there is."""
    note: str
    """What was done to the text first; empty where nothing was."""
    letters: tuple[str, ...]
    pieces: tuple[LatticePiece, ...]
    best: tuple[float | None, ...]
    """Log-probability of the best cut up to the end of each letter; None where no cut ends."""
    cuts: tuple[LatticeCut, ...]
    """The likeliest first."""
    n_cuts: float
    others: float
    """Share of all cuts but those."""


@dataclass(frozen=True, kw_only=True)
class DrawnCut:
    """A cut, its expected share, and how often it came."""

    pieces: tuple[str, ...]
    expected: float
    error: float
    """Standard error of a share that is counted in so many draws."""
    here: int
    library: int


@dataclass(frozen=True, kw_only=True)
class UnigramLatticeDraws(Payload):
    text: str
    reason: str
    alpha: float
    draws: int
    seed: int
    library: str
    cuts: tuple[DrawnCut, ...]
    others: DrawnCut | None
    distinct: int
    tokens: float
    """Of a drawn cut, on average."""
    best_tokens: int
    """Of Viterbi's cut."""


@dataclass(frozen=True, kw_only=True)
class TrainingRound:
    number: int
    pieces: int
    dropped: int
    bits: float
    """Of a character: the words' log-likelihood before the round, the other way up."""
    tokens: float
    """Of all words, on average over all cuts."""


@dataclass(frozen=True, kw_only=True)
class RemovedPiece:
    text: str
    loss: float
    """Nats a token."""


@dataclass(frozen=True, kw_only=True)
class TrainingPruning:
    after: int
    """The round before it."""
    pieces: int
    gone: int
    nearly: tuple[RemovedPiece, ...]
    """The greatest losses: what nearly stayed."""
    useless: tuple[str, ...]
    """In no best cut: what nobody misses."""
    n_useless: int


@dataclass(frozen=True, kw_only=True)
class UnigramLatticeTraining(Payload):
    settings: UnigramSettings
    characters: int
    """Of the passage's words, with the space before each."""
    words: int
    seeds: int
    singles: int
    """Of the seeds, single characters."""
    rounds: tuple[TrainingRound, ...]
    prunings: tuple[TrainingPruning, ...]
    done: bool
    reason: str
    bits: float | None
    """Of a character, when it is done."""
    library_bits: float | None
    learned: tuple[str, ...]
    """The likeliest tokens of two characters and more."""


def _places(data: bytes) -> np.ndarray:
    """Characters before each byte."""
    starts = (np.frombuffer(data, np.uint8) & 0xC0) != 0x80
    return np.concatenate([[0], np.cumsum(starts)])


class Drawing(NamedTuple):
    letters: tuple[str, ...]
    pieces: tuple[LatticePiece, ...]
    best: tuple[float | None, ...]
    cuts: tuple[LatticeCut, ...]


def drawing(found: Found) -> Drawing:
    """The lattice's letters, pieces and cuts."""
    made = found.lattice
    before = _places(made.data)
    pieces = tuple(
        LatticePiece(
            start=int(before[start]),
            end=int(before[end]),
            text=made.piece(edge),
            score=score,
            share=share,
            unknown=unknown,
        )
        for edge, (start, end, score, share, unknown) in enumerate(
            zip(
                made.starts.tolist(),
                made.ends.tolist(),
                made.scores.tolist(),
                made.marginals.tolist(),
                made.unknown.tolist(),
                strict=True,
            )
        )
    )
    ends = np.append(np.flatnonzero(np.diff(before))[1:], len(made.data))
    best = tuple(value if math.isfinite(value) else None for value in made.best[ends].tolist())
    cuts = tuple(
        LatticeCut(pieces=cut.edges, score=cut.log_probability, share=math.exp(cut.log_probability - made.total))
        for cut in found.best
    )
    return Drawing(tuple(made.data.decode("utf-8", "replace")), pieces, best, cuts)


def drawn(share: Share, draws: int) -> DrawnCut:
    error = math.sqrt(max(share.expected * (1 - share.expected), 0.0) / draws)
    return DrawnCut(pieces=share.pieces, expected=share.expected, error=error, here=share.here, library=share.library)


def rows(found: Draws, draws: int) -> tuple[DrawnCut, ...]:
    return tuple(drawn(share, draws) for share in found.shares)


def told(
    settings: UnigramSettings, words: Mapping[bytes, int], events: Sequence[Event], reason: str = "",
    library_bits: float | None = None,
) -> UnigramLatticeTraining:  # fmt: skip
    """A training so far, as it is shown."""
    seeded = next((each for each in events if isinstance(each, Seeded)), Seeded(0, 0))
    last = events[-1] if events else None
    characters = characters_of(words)
    tokens = last.model.tokens if isinstance(last, Trained) else ()
    learned = [token.decode("utf-8", "replace") for token in tokens]
    return UnigramLatticeTraining(
        settings=settings,
        characters=characters,
        words=sum(words.values()),
        seeds=seeded.pieces,
        singles=seeded.characters,
        rounds=tuple(
            TrainingRound(
                number=each.number,
                pieces=each.pieces,
                dropped=each.dropped,
                bits=bits(each.log_likelihood, characters),
                tokens=each.tokens,
            )
            for each in events
            if isinstance(each, Round)
        ),
        prunings=tuple(_pruning(each) for each in events if isinstance(each, Pruned)),
        done=isinstance(last, Trained),
        reason=reason,
        bits=bits(last.log_likelihood, characters) if isinstance(last, Trained) else None,
        library_bits=library_bits,
        learned=tuple(token for token in learned if len(token) > 1)[: 3 * NAMED],
    )


def characters_of(words: Mapping[bytes, int]) -> int:
    """Of all words, each as often as it occurs.

    >>> characters_of({"é".encode(): 3, b"to": 1})
    5
    """
    return sum(len(word.decode()) * times for word, times in words.items())


def bits(log_likelihood: float, characters: int) -> float:
    """Of a character.

    >>> bits(-math.log(8), 3)
    1.0
    """
    return -log_likelihood / math.log(2) / characters


def _pruning(event: Pruned) -> TrainingPruning:
    compared = [each for each in event.removed if each.loss > 0]
    rest = [each for each in event.removed if each.loss <= 0]
    return TrainingPruning(
        after=event.number,
        pieces=event.pieces,
        gone=len(event.removed),
        nearly=tuple(_named(each) for each in compared[:NAMED]),
        useless=tuple(_named(each).text for each in rest[:NAMED]),
        n_useless=len(rest),
    )


def _named(removed: Removed) -> RemovedPiece:
    return RemovedPiece(text=removed.piece.decode("utf-8", "replace"), loss=removed.loss)
