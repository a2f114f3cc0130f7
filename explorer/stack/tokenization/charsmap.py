"""SentencePiece's character map: a table in the model's file of what is written instead of what.

At each place of the text the longest entry that fits is replaced; a character that begins no entry stays. The file
holds the entries as a double array (Aoe 1989, "An Efficient Digital Search Algorithm by Using a Double-Array
Structure"), each unit 32 bits: the child for byte c lies at `offset(node) ^ c` and carries c as its label. After the
array come the replacements, each ended by a zero byte; an entry's value is where its replacement begins.

    size of the array (uint32) | units | replacements

Kudo, Richardson 2018 (arXiv 1808.06226); Yata's darts-clone.

Worked example: a map that writes "a" as "xy". Byte 0x61 leads from the root to unit 0x61, whose leaf holds 0.

>>> units = np.zeros(256, np.uint32)
>>> units[0x61] = 0x61 | 1 << 8 | (0x61 ^ 0x10) << 10  # label, has a leaf, offset: the leaf is unit 0x10
>>> units[0x10] = 1 << 31  # value 0
>>> mapped = CharacterMap.read(np.uint32(units.nbytes).tobytes() + units.tobytes() + b"xy\\0")
>>> text = mapped(Aligned(b"bab"))
>>> text.data, text.begins.tolist(), text.finishes.tolist()
(b'bxyb', [0, 1, 1, 2], [1, 2, 2, 3])
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8, UInt32

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.text import Aligned


@dataclass(frozen=True, eq=False)
class CharacterMap:
    """The table; a normalizer."""

    units: UInt32[np.ndarray, " unit"]
    replacements: UInt8[np.ndarray, " byte"]
    blob: bytes = field(repr=False, default=b"")
    """As the file has it."""

    @classmethod
    def read(cls, blob: bytes) -> CharacterMap:
        """Raises ValueError for bytes that hold no such table."""
        size = int.from_bytes(blob[:4], "little")
        if len(blob) < 8 or size % 4 or not 4 <= size <= len(blob) - 4 or blob[-1]:
            raise ValueError(f"a character map of {len(blob):,} bytes says that its array has {size:,}")
        units = np.frombuffer(blob, np.uint32, size // 4, 4).copy()
        return cls(units, np.frombuffer(blob, np.uint8, offset=4 + size).copy(), blob)

    def __call__(self, text: Aligned) -> Aligned:
        data = np.frombuffer(text.data, np.uint8)
        written, firsts, lasts, changed = _mapped(data, self.units, self.replacements)
        if not changed:
            return text
        if text.begins is None:
            return Aligned(written.tobytes(), firsts, lasts)
        return Aligned(written.tobytes(), *text.sources(firsts, lasts))


@compiled
def _entry(data, at, units):  # pragma: no cover - compiled
    """The longest entry that the text at a place begins with: its length (0 for none) and value."""
    length, value, size = 0, 0, len(units)
    node = np.int64(_offset(units[0]))
    look = at
    while look < len(data):
        node ^= np.int64(data[look])
        if node >= size:
            break
        unit = np.int64(units[node])
        if unit & 0x800000FF != data[look]:
            break
        look += 1
        node ^= _offset(unit)
        if node >= size:
            break
        if unit >> 8 & 1:
            length, value = look - at, np.int64(units[node]) & 0x7FFFFFFF
    return length, value


@compiled
def _offset(unit):  # pragma: no cover - compiled
    return np.int64(unit) >> 10 << ((np.int64(unit) & (1 << 9)) >> 6)


@compiled
def _mapped(data, units, replacements):  # pragma: no cover - compiled
    """The text with its entries replaced; of each byte where its source begins and ends; whether anything changed."""
    room = 2 * len(data) + 64
    written = np.empty(room, np.uint8)
    firsts, lasts = np.empty(room, np.int64), np.empty(room, np.int64)
    count, at, changed = 0, 0, False
    while at < len(data):
        length, value = _entry(data, at, units)
        if not length:  # a whole character stays
            width = 1
            while at + width < len(data) and width < 4 and data[at + width] & 0xC0 == 0x80:
                width += 1
            if data[at] < 0xC0:
                width = 1
            size, value = width, -1
        else:
            width, size = length, 0
            while value + size < len(replacements) and replacements[value + size]:
                size += 1
            changed = True
        if count + size > room:
            room = 2 * (count + size)
            old, old_firsts, old_lasts = written, firsts, lasts
            written = np.empty(room, np.uint8)
            firsts, lasts = np.empty(room, np.int64), np.empty(room, np.int64)
            written[:count], firsts[:count], lasts[:count] = old[:count], old_firsts[:count], old_lasts[:count]
        for i in range(size):
            if value < 0:
                written[count], firsts[count], lasts[count] = data[at + i], at + i, at + i + 1
            else:
                written[count], firsts[count], lasts[count] = replacements[value + i], at, at + width
            count += 1
        at += width
    return written[:count].copy(), firsts[:count].copy(), lasts[:count].copy(), changed
