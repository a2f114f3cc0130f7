"""Which pieces of a unigram vocabulary are missed least.

Without piece x each of its uses would be written by the second-best cut of x. What the words' log-probability falls by
is estimated from the counts alone, with n pieces in that cut:

    loss(x) = p(x) (log p(x) - sum over y of log((uses(y) + uses(x)) / (all uses + (n - 1) uses(x))))

Worked example: "ab" is used 2 times of 10; as a and b, used 4 and 4, it would be written with 6/12 each.

>>> vocabulary = Vocabulary.of((b"", b"a", b"b", b"ab"), np.log([1, 0.4, 0.4, 0.2]))
>>> left, removed = pruned(vocabulary, Words.of({b"a": 4, b"b": 4, b"ab": 2}), target=2)
>>> left.pieces, removed[0].piece, bool(np.isclose(removed[0].loss, 0.2 * (np.log(0.2) - 2 * np.log(6 / 12))))
((b'', b'a', b'b'), b'ab', True)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.stack.tokenization.unigram_expectation import alternatives
from explorer.stack.tokenization.unigram_vocabulary import UNKNOWN, Vocabulary, Words

SHRINKING = 0.75
"""What a pruning leaves: sentencepiece's number."""
GOES, STAYS, COMPARED = range(3)


@dataclass(frozen=True)
class Removed:
    piece: bytes
    loss: float
    """Nats a token, as estimated; 0 where no best cut used it."""


def pruned(vocabulary: Vocabulary, words: Words, target: int) -> tuple[Vocabulary, tuple[Removed, ...]]:
    """Three quarters of the pieces, but not fewer than `target`; those that went, the greatest loss first."""
    kind, losses = _losses(vocabulary, words)
    room = max(target, int(SHRINKING * (len(vocabulary.pieces) - 1)))
    kept = kind == STAYS
    order = np.argsort(-np.where(kind == COMPARED, losses, -np.inf), kind="stable")
    compared = order[: int((kind == COMPARED).sum())]
    kept[compared[: max(room - int(kept.sum()), 0)]] = True
    gone = [*compared[max(room - int((kind == STAYS).sum()), 0) :].tolist(), *np.flatnonzero(kind == GOES).tolist()]
    removed = tuple(Removed(vocabulary.pieces[i], float(losses[i])) for i in gone if i != UNKNOWN)
    return vocabulary.keeping(kept, vocabulary.scores), removed


def _losses(vocabulary: Vocabulary, words: Words) -> tuple[Int[np.ndarray, " piece"], Float[np.ndarray, " piece"]]:
    """What becomes of each piece, and its loss: what a token's log-probability falls by without it."""
    size = len(vocabulary.pieces)
    used = vocabulary.best_uses(words)
    total = used.sum()
    ids, bounds, found = _without_itself(vocabulary)
    counts = np.diff(bounds)
    owner = np.repeat(np.arange(size), counts)
    seen = np.maximum(used, 1e-9)  # what no best cut uses goes, whatever its loss
    written = np.log(seen[ids] + seen[owner]) - np.log(total + seen[owner] * (counts[owner] - 1))
    losses = used / total * (np.log(seen / total) - np.bincount(owner, written, minlength=size))
    # Without another way to be written it stays; written better without itself, or never written, it goes.
    kind = np.where(counts == 0, STAYS, COMPARED)
    kind[(used == 0) | (found > vocabulary.scores)] = GOES
    kind[UNKNOWN] = GOES
    return kind, losses


def reachable(vocabulary: Vocabulary) -> Vocabulary:
    """Without the pieces that are written better by others, and so are in no best cut."""
    _, _, found = _without_itself(vocabulary)
    return vocabulary.keeping(found <= vocabulary.scores, vocabulary.scores)


def _without_itself(
    vocabulary: Vocabulary,
) -> tuple[Int[np.ndarray, " other"], Int[np.ndarray, " bound"], Float[np.ndarray, " piece"]]:
    """How each piece is best written by others: their ids, where each piece's begin, their log-probability."""
    bounds = np.cumsum([0, *(len(piece) for piece in vocabulary.pieces)])
    data = np.frombuffer(b"".join(vocabulary.pieces), np.uint8)
    return alternatives(data, bounds, vocabulary.trie.nodes, vocabulary.scores)
