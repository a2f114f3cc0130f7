"""What a unigram training works on: distinct words with their counts, and pieces with their log-probabilities.

>>> words = Words.of({b"abb": 3, b"b": 1})
>>> vocabulary = Vocabulary.of((b"", b"a", b"b", b"ab"), np.log([1, 0.5, 0.25, 0.25]))
>>> vocabulary.best_uses(words).tolist()  # abb is ab b
[0.0, 0.0, 4.0, 3.0]
>>> uses, likelihood = vocabulary.uses(words)
>>> uses.round(3).tolist(), round(likelihood, 3)  # a third of all cuts of abb, by their probability, are a b b
([0.0, 1.0, 5.0, 2.0], -8.488)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from explorer.stack.tokenization.trie import Trie
from explorer.stack.tokenization.unigram import PENALTY, best_cuts
from explorer.stack.tokenization.unigram_expectation import expected_uses

UNKNOWN = 0


@dataclass(frozen=True, eq=False)
class Words:
    """Distinct words end to end, and how often each occurs."""

    data: bytes
    cuts: Int[np.ndarray, " cut"]
    counts: Float[np.ndarray, " word"]

    @classmethod
    def of(cls, words: Mapping[bytes, int]) -> Words:
        lengths = [len(word) for word in words]
        return cls(b"".join(words), np.cumsum([0, *lengths]), np.array(list(words.values()), np.float64))


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Pieces in training. Id 0 is what no piece holds."""

    pieces: tuple[bytes, ...]
    scores: Float[np.ndarray, " piece"]
    trie: Trie
    unknown_score: float

    @classmethod
    def of(cls, pieces: tuple[bytes, ...], scores: Float[np.ndarray, " piece"], trie: Trie | None = None) -> Vocabulary:
        worst = float(scores[1:].min(initial=0.0))
        return cls(pieces, scores, trie or Trie.of(pieces), worst - PENALTY)

    def __len__(self) -> int:
        return len(self.pieces)

    def keeping(self, kept: Bool[np.ndarray, " piece"], scores: Float[np.ndarray, " piece"]) -> Vocabulary:
        kept = kept.copy()
        kept[UNKNOWN] = True
        pieces = tuple(piece for piece, stays in zip(self.pieces, kept.tolist(), strict=True) if stays)
        # A trie whose pieces are mostly gone is walked for nothing.
        held = int((self.trie.nodes[:, 2] >= 0).sum())
        trie = self.trie.keeping(kept) if 2 * len(pieces) > held else Trie.of(pieces)
        return Vocabulary.of(pieces, scores[kept], trie)

    def uses(self, words: Words) -> tuple[Float[np.ndarray, " piece"], float]:
        """How often each piece is used, on average over all cuts, and the words' log-likelihood."""
        data = np.frombuffer(words.data, np.uint8)
        return expected_uses(data, words.cuts, words.counts, self.trie.nodes, self.scores, self.unknown_score)

    def best_uses(self, words: Words) -> Float[np.ndarray, " piece"]:
        """How often each piece is used in the words' best cuts."""
        data, unknown = np.frombuffer(words.data, np.uint8), np.float64(self.unknown_score)
        room = np.zeros(int(np.diff(words.cuts).max(initial=0)) + 1)
        ids, starts, _ = best_cuts(data, words.cuts, self.trie.nodes, self.scores, room, unknown, UNKNOWN, True)
        word = np.searchsorted(words.cuts, starts, side="right") - 1
        used = np.bincount(ids, words.counts[word], minlength=len(self.pieces)).astype(np.float64)
        used[UNKNOWN] = 0
        return used
