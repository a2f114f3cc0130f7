"""Byte-level BPE, fast: the tokens of pieces by a vocabulary's merges.

>>> model = BytePairs((*(bytes([byte]) for byte in range(256)), b"lo", b"low"))
>>> model.encode(b"lowlo", np.array([0, 5])).ids.tolist()
[257, 256]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from explorer.stack.tokenization.tokenizer import Pieces


@dataclass(frozen=True)
class BytePairs:
    """A byte-level vocabulary and its merges."""

    tokens: Sequence[bytes]
    """What each id stands for; b"" for an id that no text can give (a special token's, a hole's)."""
    merges: Int[np.ndarray, "merge 3"] | None = None
    """Left id, right id and the id that they become, in the order in which they were learned (tokenizer.json). None:
    any two neighbours merge that form a token, the one of lowest id first (tiktoken's ranks)."""
    whole_first: bool = True
    """A piece that is a token is that token, even where no merges lead to it: tiktoken; Llama 3 ("ignore_merges")."""

    @cached_property
    def _ids(self) -> dict[bytes, int]:
        return {token: i for i, token in reversed(list(enumerate(self.tokens))) if token}

    @cached_property
    def _pairs(self) -> dict[tuple[int, int], tuple[int, int]]:
        if self.merges is not None:
            return {(a, b): (rank, made) for rank, (a, b, made) in enumerate(self.merges.tolist())}
        ids, found = self._ids, {}
        for token, made in ids.items():
            for at in range(1, len(token)):
                if token[:at] in ids and token[at:] in ids:
                    found[ids[token[:at]], ids[token[at:]]] = (made, made)
        return found

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        """The tokens of all pieces. A byte that is no token falls out before anything merges (SmolLM2 lacks six)."""
        ids: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            if self.whole_first and data[begin:end] in self._ids:
                parts = [(self._ids[data[begin:end]], begin, end)]
            else:
                known = ((self._ids.get(data[i : i + 1]), i, i + 1) for i in range(begin, end))
                parts = self._merged([(token, i, j) for token, i, j in known if token is not None])
            for token, first, last in parts:
                ids.append(token)
                starts.append(first)
                ends.append(last)
        return Pieces(np.array(ids, np.int64), np.array(starts, np.int64), np.array(ends, np.int64))

    def _merged(self, parts: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        while True:
            known = [(self._pairs.get((a[0], b[0])), i) for i, (a, b) in enumerate(pairwise(parts))]
            best = min(((each, i) for each, i in known if each is not None), default=None)
            if best is None:
                return parts
            (_, made), i = best
            parts[i : i + 2] = [(made, parts[i][1], parts[i + 1][2])]
