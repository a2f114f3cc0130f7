"""How a unigram vocabulary is learned: begin with far too many pieces, and take away those that are missed least.

    seeds          every stretch that occurs twice, from the words' suffix array
    two rounds of  E: how often each piece is used on average over all cuts, each by its probability
                   M: its probability is exp(digamma(uses) - digamma(all uses)); used less than 1/2, it goes
    prune          a piece's loss is what the words' log-probability falls by when each of its uses is written by its
                   second-best cut; of the sorted pieces the best three quarters stay
    ... again, until 1.1 times the size is reached; the likeliest stay, and every single character

Digamma in place of the logarithm takes about 1/2 from each count, which a sparse Dirichlet prior does too: rare pieces
lose most. Kudo 2018 (arXiv 1804.10959); Liang, Klein 2007, "Structured Bayesian Nonparametric Models with Variational
Inference". Words are all that it sees, each with its count: no piece lies across two.

The training is told as it goes, one event a step; stopping is to ask for no more.

>>> events = list(train({b" low": 5, b" lower": 2, b" newest": 6, b" widest": 3}, size=14))
>>> [type(event).__name__ for event in events]
['Seeded', 'Round', 'Round', 'Pruned', 'Trained']
>>> model = events[-1].model
>>> [model.tokens[i].decode() for i in model.encode(b" lowest", np.array([0, 7])).ids]
[' low', 'e', 's', 't']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from explorer.stack.tokenization.text import utf8
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.unigram_pruning import Removed, pruned, reachable
from explorer.stack.tokenization.unigram_seeds import LONGEST, Seeds, seeds
from explorer.stack.tokenization.unigram_vocabulary import UNKNOWN, Vocabulary, Words

SURPLUS, LEAST_USES, ROUNDS = 1.1, 0.5, 2
"""Where the last pruning stops, what a piece must be used, rounds before a pruning: sentencepiece's numbers."""


@dataclass(frozen=True)
class Seeded:
    pieces: int
    characters: int
    """How many of them are single characters, which all stay to the end."""


@dataclass(frozen=True)
class Round:
    """One round of EM."""

    number: int
    pieces: int
    """Before it."""
    dropped: int
    """Pieces that it used less than half a time."""
    log_likelihood: float
    """Of all words, summed over all their cuts, with the probabilities before the round; nats."""
    tokens: float
    """Of all words, on average over their cuts."""


@dataclass(frozen=True)
class Pruned:
    number: int
    pieces: int
    """After it."""
    removed: tuple[Removed, ...]
    """The greatest loss first: the pieces that nearly stayed."""


@dataclass(frozen=True, eq=False)
class Trained:
    model: Unigram
    log_likelihood: float


Event = Seeded | Round | Pruned | Trained


def words_of(text: str) -> Counter[bytes]:
    """The words of a text, each with a space before it, as SentencePiece cuts a text into words by default."""
    return Counter(utf8(" " + word) for line in text.split("\n") for word in line.split(" ") if word)


def train(words: Mapping[bytes, int], size: int, longest: int = LONGEST, seed_limit: int = 0) -> Iterator[Event]:
    """Learn `size` tokens, the unknown one among them. Raises ValueError where the characters alone are more."""
    found = seeds(words, seed_limit or max(100_000, 8 * size), longest)
    if found.characters + 1 > size:
        raise ValueError(f"{size} tokens do not hold the text's {found.characters} characters and the unknown token")
    yield Seeded(len(found.pieces), found.characters)
    stock = Words.of(words)
    vocabulary = _seeded(found)
    number = 0
    while True:
        for _ in range(ROUNDS):
            number += 1
            vocabulary, told = _round(vocabulary, stock, number)
            yield told
        vocabulary, removed = pruned(vocabulary, stock, int(size * SURPLUS))
        yield Pruned(number, len(vocabulary) - 1, removed)
        if len(vocabulary) - 1 <= int(size * SURPLUS):
            break
    model = _final(reachable(vocabulary), found, size)
    yield Trained(model, log_likelihood(model, words))


def log_likelihood(model: Unigram, words: Mapping[bytes, int]) -> float:
    """Of all words, summed over all cuts of each; nats."""
    scores = model.log_probabilities.astype(np.float64)
    return Vocabulary(tuple(model.tokens), scores, model.trie, model.unknown_log_probability).uses(Words.of(words))[1]


def _seeded(found: Seeds) -> Vocabulary:
    pieces = (b"", *found.pieces)
    return Vocabulary.of(pieces, np.log(np.append([found.scores.sum()], found.scores) / found.scores.sum()))


def _round(vocabulary: Vocabulary, words: Words, number: int) -> tuple[Vocabulary, Round]:
    expected, likelihood = vocabulary.uses(words)
    kept = expected >= LEAST_USES
    kept[UNKNOWN] = False
    counted = digamma(np.append(np.maximum(expected, LEAST_USES), expected[kept].sum()))
    scores = np.where(kept, counted[:-1] - counted[-1], 0.0)
    told = Round(number, len(kept) - 1, int((~kept[1:]).sum()), likelihood, float(expected[1:].sum()))
    return vocabulary.keeping(kept, scores), told


def digamma(x: Float[np.ndarray, " _"]) -> Float[np.ndarray, " _"]:
    """The derivative of the logarithm of the gamma function, for numbers above 0.

    >>> digamma(np.array([1.0, 0.5])).round(6).tolist()  # minus Euler's constant; that and 2 log 2 less
    [-0.577216, -1.96351]
    """
    below = sum(1 / (x + step) for step in range(7))
    x = x + 7
    # The asymptotic series: log x - 1/2x - the Bernoulli numbers' terms.
    return np.log(x) - 1 / (2 * x) - 1 / (12 * x**2) + 1 / (120 * x**4) - 1 / (252 * x**6) - below


def _final(vocabulary: Vocabulary, found: Seeds, size: int) -> Unigram:
    """Every single character, then the likeliest pieces, in the order of their probability."""
    scores = dict(zip(vocabulary.pieces[1:], vocabulary.scores[1:].tolist(), strict=True))
    least = min(scores.values(), default=0.0)
    chosen: dict[bytes, float] = {}
    for rank, character in enumerate(found.pieces[: found.characters]):
        # One that EM dropped is as unlikely as the unlikeliest piece; the frequent ones a little less.
        chosen[character] = scores.get(character, least + 1e-4 * (found.characters - rank))
    for piece in sorted(scores, key=lambda one: (-scores[one], one)):
        if len(chosen) + 1 >= size:
            break
        chosen.setdefault(piece, scores[piece])
    tokens = sorted(chosen, key=lambda one: (-chosen[one], one))
    return Unigram((b"", *tokens), np.array([0.0, *(chosen[token] for token in tokens)]), UNKNOWN)


def retold(event: Event, most: int) -> Event:
    """An event with its list of removed pieces cut to the first `most`, to be kept or sent."""
    return replace(event, removed=event.removed[:most]) if isinstance(event, Pruned) else event
