"""Stretches of a text replaced, while every byte keeps what it stands for.

>>> text = replaced(Aligned(b"a--b"), [(0, 0, b"_"), (1, 3, b"+")])
>>> text.data, text.begins.tolist(), text.finishes.tolist()
(b'_a+b', [0, 0, 1, 3], [0, 1, 3, 4])
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.text import Aligned


def replaced(text: Aligned, pieces: Sequence[tuple[int, int, bytes]]) -> Aligned:
    """The text with stretches of it replaced: (begin, end, new bytes), in order, none over another.

    All new bytes stand for the whole of what they replace; those that replace nothing, for the place.
    """
    if not pieces:
        return text
    parts: list[bytes] = []
    at = 0
    for begin, end, new in pieces:
        parts += (text.data[at:begin], new)
        at = end
    parts.append(text.data[at:])
    data = b"".join(parts)
    edges = np.array([(begin, end, len(new)) for begin, end, new in pieces], np.int64)
    firsts, lasts = _places(edges, len(text.data), len(data))
    return Aligned(data, *text.sources(firsts, lasts))


@compiled
def _places(edges, n_old, n_new):  # pragma: no cover - compiled
    """Of each new byte, where its source begins and ends."""
    firsts, lasts = np.empty(n_new, np.int64), np.empty(n_new, np.int64)
    at, count = 0, 0
    for piece in range(len(edges) + 1):
        stop = edges[piece, 0] if piece < len(edges) else n_old
        while at < stop:
            firsts[count], lasts[count] = at, at + 1
            at, count = at + 1, count + 1
        if piece < len(edges):
            at = edges[piece, 1]
            for _ in range(edges[piece, 2]):
                firsts[count], lasts[count] = stop, at
                count += 1
    return firsts, lasts
