"""Stretches of a text replaced, while every byte keeps what it stands for.

>>> text = replaced(Aligned(b"a--b"), [(0, 0, b"_"), (1, 3, b"+")])
>>> text.data, text.begins.tolist(), text.finishes.tolist()
(b'_a+b', [0, 0, 1, 3], [0, 1, 3, 4])
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

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


class ByCharacter:
    """Each character replaced by what a function makes of it, which is asked once for each that ever comes.

    >>> doubled = ByCharacter(lambda character: character * 2 if character == "é" else character)
    >>> text = doubled(Aligned("aé".encode()))
    >>> text.data.decode(), text.begins.tolist(), text.finishes.tolist()
    ('aéé', [0, 1, 1, 1, 1], [1, 3, 3, 3, 3])
    """

    def __init__(self, change: Callable[[str], str]) -> None:
        self._change = change
        self._lock = threading.Lock()
        self._entries = np.zeros(0x110000, np.int32)  # 0: not asked yet; 1: stays
        self._ends = np.zeros(2, np.int64)
        self._written = np.zeros(0, np.uint8)

    def __call__(self, text: Aligned) -> Aligned:
        data = np.frombuffer(text.data, np.uint8)
        new = _unasked(data, self._entries)
        if len(new):
            with self._lock:
                self._ask(new.tolist())
        size, same_places = _size(data, self._entries, self._ends)
        if size < 0:
            return text
        places = size if not same_places else 0
        out, firsts, lasts = _mapped(data, self._entries, self._ends, self._written, size, places)
        if same_places:  # every character as long as before
            return Aligned(out.tobytes(), text.begins, text.finishes)
        return Aligned(out.tobytes(), *text.sources(firsts, lasts))

    def _ask(self, codes: list[int]) -> None:
        written, ends = [self._written.tobytes()], self._ends.tolist()
        entries: dict[int, int] = {}
        for code in codes:
            character = chr(code)
            if (new := self._change(character)) == character:
                entries[code] = 1
            else:
                entries[code] = len(ends)
                written.append(new.encode())
                ends.append(ends[-1] + len(written[-1]))
        # What an entry names is there before the entry is.
        self._written, self._ends = np.frombuffer(b"".join(written), np.uint8), np.array(ends)
        for code, entry in entries.items():
            self._entries[code] = entry


@compiled
def _character(data, at):  # pragma: no cover - compiled
    """The character at a byte and its length; -1 and 1 for a byte that begins none, as Python has it."""
    first, left = np.int64(data[at]), len(data) - at
    if first < 0x80:
        return first, 1
    if left > 1 and data[at + 1] & 0xC0 == 0x80:
        second = np.int64(data[at + 1]) & 0x3F
        if 0xC2 <= first < 0xE0:
            return (first & 0x1F) << 6 | second, 2
        if left > 2 and first >= 0xE0 and data[at + 2] & 0xC0 == 0x80:
            code = (first & 0x0F) << 12 | second << 6 | np.int64(data[at + 2]) & 0x3F
            if first < 0xF0:
                return (code, 3) if code >= 0x800 and not 0xD800 <= code < 0xE000 else (-1, 1)
            if left > 3 and first < 0xF5 and data[at + 3] & 0xC0 == 0x80:
                code = (code & 0x7FFF) << 6 | np.int64(data[at + 3]) & 0x3F
                code |= (first & 0x07) << 18
                return (code, 4) if 0x10000 <= code < 0x110000 else (-1, 1)
    return -1, 1


CHANGES, JOINS = 1, 2


@compiled
def stretches(data, flags):  # pragma: no cover - compiled
    """Where characters stand that are flagged: one that CHANGES, and each with all that follow it and may JOIN it.
    Rows of begin and end in bytes."""
    found = np.empty((16, 2), np.int64)
    count, begin, at, flagged = 0, 0, 0, False
    while at <= len(data):
        code, width = _character(data, at) if at < len(data) else (-1, 1)
        flag = flags[code] if code >= 0 else 0
        if flag == JOINS and at < len(data):
            flagged = True
        else:  # a new stretch begins; the one before is complete
            if flagged:
                if count == len(found):
                    longer = np.empty((2 * count, 2), np.int64)
                    longer[:count] = found
                    found = longer
                found[count, 0], found[count, 1] = begin, at
                count += 1
            begin, flagged = at, flag == CHANGES
        at += width
    return found[:count].copy()


@compiled
def _unasked(data, entries):  # pragma: no cover - compiled
    """The characters of which nothing is known yet."""
    found = np.empty(16, np.int64)
    count, at = 0, 0
    while at < len(data):
        code, width = _character(data, at)
        at += width
        if code >= 0 and entries[code] == 0:
            entries[code] = -1
            if count == len(found):
                longer = np.empty(2 * count, np.int64)
                longer[:count] = found
                found = longer
            found[count] = code
            count += 1
    for i in range(count):
        entries[found[i]] = 0
    return found[:count].copy()


@compiled
def _size(data, entries, ends):  # pragma: no cover - compiled
    """How long the new text is (-1: nothing changes), and whether every character is as long as it was."""
    size, at, changed, same = 0, 0, False, True
    while at < len(data):
        code, width = _character(data, at)
        at += width
        entry = entries[code] if code >= 0 else 1
        if entry > 1:
            changed = True
            new = ends[entry] - ends[entry - 1]
            same = same and new == width
            size += new
        else:
            size += width
    return size if changed else -1, same


@compiled
def _mapped(data, entries, ends, written, size, places):  # pragma: no cover - compiled
    out = np.empty(size, np.uint8)
    firsts, lasts = np.empty(places, np.int64), np.empty(places, np.int64)
    count, at = 0, 0
    while at < len(data):
        code, width = _character(data, at)
        entry = entries[code] if code >= 0 else 1
        if entry > 1:
            begin, new = ends[entry - 1], ends[entry] - ends[entry - 1]
            for i in range(new):
                out[count + i] = written[begin + i]
                if places:
                    firsts[count + i], lasts[count + i] = at, at + width
            count += new
        else:
            for i in range(width):
                out[count + i] = data[at + i]
                if places:
                    firsts[count + i], lasts[count + i] = at + i, at + i + 1
            count += width
        at += width
    return out, firsts, lasts
