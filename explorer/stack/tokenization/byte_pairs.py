"""Byte-level BPE, fast: the tokens of a piece by the ranks of a vocabulary in which a token's id is its merge's rank.

>>> model = BytePairs((*(bytes([byte]) for byte in range(256)), b"lo", b"low"))
>>> model.encode(b"lowlo", np.array([0, 5])).ids.tolist()
[257, 256]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from explorer.stack.tokenization.tokenizer import Pieces


@dataclass(frozen=True)
class BytePairs:
    """A vocabulary in the order in which it was learned: of two neighbours, the token that they form is looked up."""

    tokens: Sequence[bytes]

    def encode(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Pieces:
        ranks = {token: i for i, token in enumerate(self.tokens)}
        ids: list[int] = []
        for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            parts = [data[i : i + 1] for i in range(begin, end)]
            while True:
                known = [(ranks.get(a + b), i) for i, (a, b) in enumerate(pairwise(parts))]
                best = min(((rank, i) for rank, i in known if rank is not None), default=None)
                if best is None:
                    break
                parts[best[1] : best[1] + 2] = [self.tokens[best[0]]]
            ids += [ranks[part] for part in parts]
        lengths = np.array([len(self.tokens[i]) for i in ids], np.int64)
        ends = np.cumsum(lengths)
        return Pieces(np.array(ids, np.int64), ends - lengths, ends)
