"""The unigram language model tokenizer: of all ways to cut a text into tokens, the likeliest.

Each token has a probability, whatever stands beside it; a cut's is the product of its tokens':

    log p(cut) = sum of log p(token),    encode(text) = the cut of the largest log p

A text of n characters has up to 2^(n - 1) cuts; Viterbi finds the best in one pass, for the best cut up to a place is
the best cut up to where its last token begins, and that token. A character that no token holds costs `PENALTY` nats
more than the unlikeliest token, so that it is used only where nothing else fits; neighbours of this kind are written as
one unknown token, or as their bytes where the vocabulary has them (byte fallback).

Kudo 2018, "Subword Regularization" (arXiv 1804.10959); used by T5, ALBERT, XLM-R and mBART.

Worked example: "abc" as a + bc costs 1 + 2.5, as ab + c 3 + 1, as a + b + c 1 + 2 + 1.

>>> model = Unigram((b"<unk>", b"a", b"b", b"c", b"ab", b"bc"), np.array([0, -1, -2, -1, -3, -2.5]), unknown=0)
>>> model.encode(b"abc", np.array([0, 3])).ids.tolist()
[1, 5]
>>> found = model.encode("aé!b".encode(), np.array([0, 5]))  # é and ! are one unknown token
>>> found.ids.tolist(), found.starts.tolist(), found.ends.tolist()
([1, 0, 2], [0, 1, 4], [1, 4, 5])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.tokenizer import Pieces
from explorer.stack.tokenization.trie import Trie

PENALTY = 10.0
"""Nats that an unknown character costs beyond the unlikeliest token: sentencepiece's and tokenizers' number."""
FARTHEST = 100_000.0
"""Where a long piece's sum is taken away from it and what follows, as sentencepiece 0.2.3 does."""


@dataclass(frozen=True, eq=False)
class Unigram:
    """A vocabulary with a log-probability for each token; `encode` finds the best cut of each piece."""

    tokens: Sequence[bytes]
    """As they are matched and as they are written; b"" for an id that no text gives."""
    log_probabilities: Float[np.ndarray, " token"]
    unknown: int
    byte_fallback: Sequence[int] | None = None
    """The ids of the 256 bytes, which stand for characters that no token holds."""
    single: bool = True
    """Sums are kept in single precision, as in sentencepiece: it decides between cuts that are nearly as good."""
    fuses: bool = True
    """Unknown characters side by side are one token; with byte fallback, none is left."""

    def __post_init__(self) -> None:
        if len(self.log_probabilities) != len(self.tokens):
            raise ValueError(f"{len(self.tokens)} tokens have {len(self.log_probabilities)} log-probabilities")
        if self.byte_fallback is not None and len(self.byte_fallback) != 256:
            raise ValueError(f"byte fallback needs 256 tokens, not {len(self.byte_fallback)}")

    @cached_property
    def trie(self) -> Trie:
        """The tokens that a text is matched against: all but the unknown one and the bytes'."""
        return Trie.of(self.tokens, without=(self.unknown, *(self.byte_fallback or ())))

    @cached_property
    def unknown_log_probability(self) -> float:
        """What a character costs that no token holds."""
        known = [i for i in np.unique(self.trie.nodes[:, 2]).tolist() if i >= 0]
        return float(min(self.log_probabilities[known], default=0.0)) - PENALTY

    @cached_property
    def _scores(self) -> Float[np.ndarray, " token"]:
        """The log-probabilities as they are added up."""
        return self.log_probabilities.astype(np.float32 if self.single else np.float64)

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        """The best cut of each piece. Of equally good ones, the one whose last token that differs is longest."""
        kind = self._scores.dtype.type
        found = best_cuts(
            np.frombuffer(data, np.uint8),
            np.ascontiguousarray(cuts, np.int64),
            self.trie.nodes,
            self._scores,
            np.zeros(int(np.diff(cuts).max(initial=0)) + 1, kind),
            kind(self.unknown_log_probability),
            -1 if self.byte_fallback is not None else self.unknown,
            self.fuses,
        )
        if self.byte_fallback is None:
            return Pieces(*found)
        return _as_bytes(data, Pieces(*found), np.array(self.byte_fallback, np.int64))


def _as_bytes(data: bytes, found: Pieces, bytes_ids: Int[np.ndarray, " 256"]) -> Pieces:
    """Each unknown token written as its bytes."""
    lengths = np.where(found.ids < 0, found.ends - found.starts, 1)
    source = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(source)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    starts = found.starts[source] + within
    unknown = found.ids[source] < 0
    written = bytes_ids[np.frombuffer(data + b"\0", np.uint8)[starts]]
    return Pieces(
        np.where(unknown, written, found.ids[source]), starts, np.where(unknown, starts + 1, found.ends[source])
    )


@compiled
def best_cuts(data, cuts, nodes, scores, best, unknown_score, unknown, fuses):  # pragma: no cover - compiled
    """Viterbi from left to right, then back along the tokens that lead to each piece's end."""
    longest = len(best)
    begins, tokens = np.zeros(longest, np.int32), np.zeros(longest, np.int32)
    ids = np.empty(len(data), np.int32)
    starts, ends = np.empty(len(data), np.int64), np.empty(len(data), np.int64)
    count = 0
    for piece in range(len(cuts) - 1):
        low = cuts[piece]
        size = cuts[piece + 1] - low
        begins[: size + 1] = -1
        best[0] = 0.0
        at, farthest = 0, 0
        while at < size:
            first = data[low + at]
            width = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
            step = 1  # bytes of this character that are there
            while step < width and at + step < size and data[low + at + step] & 0xC0 == 0x80:
                step += 1
            if best[at] < -FARTHEST:  # begin to count anew, so that single precision is precise enough
                offset = best[at]
                for later in range(at, farthest + 1):
                    best[later] -= offset
            here, whole, node, end = best[at], False, 0, at
            while end < size:
                child = nodes[node, 0] + data[low + end]
                if nodes[child, 1] != node:
                    break
                node, end = child, end + 1
                token = nodes[node, 2]
                if token >= 0:
                    score = here + scores[token]
                    if begins[end] < 0 or score > best[end]:
                        best[end], begins[end], tokens[end] = score, at, token
                    whole, farthest = whole or end == at + step, max(farthest, end)
            if not whole:
                farthest = max(farthest, at + step)
                score = here + unknown_score
                if begins[at + step] < 0 or score > best[at + step]:
                    best[at + step], begins[at + step], tokens[at + step] = score, at, -1
            at += step
        top, end = count, size
        while end > 0:
            begin, token = begins[end], tokens[end]
            if token < 0 and fuses and count > top and ids[count - 1] == unknown and starts[count - 1] == low + end:
                starts[count - 1] = low + begin
            else:
                ids[count] = token if token >= 0 else unknown
                starts[count], ends[count] = low + begin, low + end
                count += 1
            end = begin
        ids[top:count] = ids[top:count][::-1].copy()
        starts[top:count] = starts[top:count][::-1].copy()
        ends[top:count] = ends[top:count][::-1].copy()
    return ids[:count].astype(np.int64), starts[:count].copy(), ends[:count].copy()
