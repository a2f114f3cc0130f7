"""A text's lattice under the real unigram vocabulary or one that is trained here, its draws, and the training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

import numpy as np
from jaxtyping import Float

from explorer.corpora import passages
from explorer.experiments.tokenization import sentencepiece_peer
from explorer.experiments.tokenization.sentencepiece_peer import Peer
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization.normalization import in_turn
from explorer.stack.tokenization.text import Aligned, utf8, well_formed
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.unigram_lattice import Cut, Lattice, lattice
from explorer.stack.tokenization.unigram_training import Event, Trained, log_likelihood, train, words_of
from explorer.stack.worst import worst

Vocabulary = Literal["xlmr", "trained"]
VOCABULARIES: tuple[Vocabulary, ...] = ("xlmr", "trained")
LONGEST = 40
"""Characters of a text that is drawn, before it is normalized and after."""
LISTED = 5_000
"""Cuts that are listed one by one, to be summed as the forward sum's yardstick."""
ALL = "all"
SMALLEST = 200
"""Tokens that are trained here at least."""


@dataclass(frozen=True)
class Passage:
    """A text that lies in this repository, to train on."""

    name: str
    title: str
    text: str


@lru_cache(maxsize=1)
def texts() -> Mapping[str, Passage]:
    """The passages by kind, and all of them."""
    kinds = {p.kind: Passage(p.kind, p.title, "\n".join(e.text for e in p.excerpts)) for p in passages.read()}
    return {ALL: Passage(ALL, "All six kinds", "\n".join(each.text for each in kinds.values())), **kinds}


def smallest(passage: str) -> int:
    """How many tokens a vocabulary of this passage needs: its characters and the unknown one, rounded up."""
    characters = len(set(texts()[passage].text) - {"\n"} | {" "}) + 1
    return max(SMALLEST, -(-characters // 50) * 50)


@lru_cache(maxsize=6)
def training(passage: str, size: int) -> tuple[Event, ...]:
    """All events of the training of so many tokens on a passage."""
    return tuple(train(words_of(texts()[passage].text), size))


@lru_cache(maxsize=6)
def by_the_library(passage: str, size: int) -> float | None:
    """The log-likelihood of a passage's words under what sentencepiece's own trainer learns; None where it refuses."""
    text = texts()[passage].text
    try:
        return log_likelihood(sentencepiece_peer.trained(text, size), words_of(text))
    except RuntimeError:
        return None


def model_of(vocabulary: Vocabulary, passage: str, size: int, progress: Progress = silent) -> Unigram:
    """The real vocabulary (fetched when first asked for), or the one trained on the passage."""
    if vocabulary == "trained":
        last = training(passage, size)[-1]
        assert isinstance(last, Trained), "a training ends with its model"
        return last.model
    from explorer.zoo import tokenizers

    model = tokenizers.load("xlmr", progress).model
    assert isinstance(model, Unigram), "XLM-R's is a unigram model"
    return model


@lru_cache(maxsize=3)
def peer_of(vocabulary: Vocabulary, passage: str, size: int) -> Peer:
    """sentencepiece on the same vocabulary."""
    return Peer(model_of(vocabulary, passage, size))


@dataclass(frozen=True)
class Prepared:
    """A text as the model is given it."""

    text: str
    shortened: bool
    """Whether it was longer than what is drawn."""


def prepared(vocabulary: Vocabulary, typed: str) -> Prepared:
    """The text normalized as the vocabulary wants it: a space before it, none doubled; by XLM-R's table too."""
    text = well_formed(typed)
    cut = text[:LONGEST]
    if vocabulary == "trained":
        words = [word for word in cut.replace("\n", " ").replace("▁", " ").split(" ") if word]
        data = utf8(" " + " ".join(words)) if words else b""
    else:
        from explorer.zoo import tokenizers

        made = tokenizers.load("xlmr")
        data = in_turn((*made.first, *made.normalizers), Aligned(utf8(cut))).data if cut.strip() else b""
    normal = data.decode("utf-8", "replace")
    return Prepared(normal[: LONGEST + 1], len(text) > LONGEST or len(normal) > LONGEST + 1)


@dataclass(frozen=True, eq=False)
class Found:
    """The lattice of a text and its best cuts, and what else says the same."""

    lattice: Lattice
    best: tuple[Cut, ...]
    best_apart: int
    """Pieces in which Viterbi's cut and the library's differ."""
    scores_apart: float
    """The largest difference between the log-probabilities of the best cuts here and in the library."""
    listed: float | None
    """The sum over all cuts, listed one by one; None where they are too many."""
    solved_apart: float
    """The largest difference of the sum, and of the pieces' shares, from those of `solved`."""


def found(model: Unigram, peer: Peer, text: str, n: int) -> Found:
    """The lattice and its `n` best cuts, and the library's."""
    made = lattice(model, text.encode())
    best = tuple(made.n_best(n))
    data = text.encode()
    ours = model.encode(data, np.array([0, len(data)]))
    here = [data[a:b].decode("utf-8", "replace") for a, b in zip(ours.starts, ours.ends, strict=True)]
    theirs = peer.pieces(text)
    apart = sum(a != b for a, b in zip(here, theirs, strict=False)) + abs(len(here) - len(theirs))
    scores = peer.n_best(text, n)
    gaps = [abs(cut.log_probability - score) for cut, score in zip(best, scores, strict=False)]
    differ = float("inf") if len(scores) != len(best) else worst(0.0, *gaps)
    every = None
    if made.cuts <= LISTED:
        every = float(np.logaddexp.reduce([cut.log_probability for cut in made.best_first()]))
    total, shares = solved(made)
    off = worst(abs(made.total - total), float(np.abs(made.marginals - shares).max()))
    return Found(made, best, apart, differ, every, off)


def solved(made: Lattice) -> tuple[float, Float[np.ndarray, " edge"]]:
    """The log of the sum over all cuts, and each piece's share of it, by numpy's solver: with A the pieces'
    probabilities from place to place, (I - A)^-1 is I + A + A^2 + ..., the sums over all paths.

    Each byte is given a factor, so that no long text's sum is too small for float64; all cuts have as many bytes.
    """
    n = len(made.data)
    factor = -float(made.best[-1]) / n
    steps = np.zeros((n + 1, n + 1))
    np.add.at(steps, (made.starts, made.ends), np.exp(made.scores + factor * (made.ends - made.starts)))
    paths = np.linalg.inv(np.eye(n + 1) - steps)
    whole = paths[0, n]
    shares = paths[0, made.starts] * steps[made.starts, made.ends] * paths[made.ends, n] / whole
    return float(np.log(whole)) - factor * n, shares


@dataclass(frozen=True)
class Share:
    """A cut, what share of all draws it should have, and how often it came."""

    pieces: tuple[str, ...]
    expected: float
    here: int
    library: int


@dataclass(frozen=True)
class Draws:
    shares: tuple[Share, ...]
    """Of the likeliest cuts."""
    others: Share
    distinct: int
    """Different cuts that came here."""
    tokens: float
    """Of a cut, on average over the draws here."""


def drawn(model: Unigram, peer: Peer, text: str, *, draws: int, alpha: float, seed: int, rows: int) -> Draws:
    """So many cuts drawn here and by the library, and the share that each should have."""
    made = lattice(model, text.encode())
    came = made.sample(draws, alpha, np.random.default_rng(seed))
    here = Counter(fused(made, edges) for edges in came)
    library = peer.draws(text, draws, alpha, seed + 1)
    total = float(made.sums(alpha)[-1])
    shares: dict[tuple[str, ...], float] = {}
    for cut in islice(made.best_first(), rows):
        pieces = fused(made, cut.edges)
        shares[pieces] = shares.get(pieces, 0.0) + float(np.exp(alpha * cut.log_probability - total))
    listed = tuple(Share(pieces, share, here[pieces], library[pieces]) for pieces, share in shares.items())
    rest = Share(
        (),
        max(1 - sum(shares.values()), 0.0),
        draws - sum(each.here for each in listed),
        draws - sum(each.library for each in listed),
    )
    return Draws(listed, rest, len(here), sum(map(len, came)) / draws)


def fused(made: Lattice, edges: tuple[int, ...]) -> tuple[str, ...]:
    """A cut as its pieces' text; unknown characters side by side are one, as the tokenizer writes them."""
    pieces: list[str] = []
    before = False
    for edge in edges:
        unknown = bool(made.unknown[edge])
        if unknown and before:
            pieces[-1] += made.piece(edge)
        else:
            pieces.append(made.piece(edge))
        before = unknown
    return tuple(pieces)


def farthest(counted: Float[np.ndarray, " row"], expected: Float[np.ndarray, " row"], draws: int) -> float:
    """How many standard errors a counted share is off at most, of the rows that should come five times or more.

    >>> farthest(np.array([60.0, 40.0]), np.array([0.5, 0.5]), 100)  # a standard error is 5
    2.0
    """
    enough = ~((expected * draws < 5) | ((1 - expected) * draws < 5))  # NaN too
    if not enough.any():
        return 0.0
    error = np.sqrt(expected[enough] * (1 - expected[enough]) * draws)
    return float(np.max(np.abs(counted[enough] - expected[enough] * draws) / error))
