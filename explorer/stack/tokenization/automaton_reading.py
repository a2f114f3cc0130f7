"""An automaton run over UTF-8 bytes, as machine code: where its matches cut a text.

A byte that is part of no character is read as U+FFFD would be: neither letter, number nor whitespace.
"""

# numba compiles this by the types it is called with; annotations of arrays would only be read by the type checker.
from __future__ import annotations

from typing import Any

from explorer.stack.compiled import compiled

BEGIN, END, JOINED = 1, 2, 4
"""What of a match is a cut: where it begins, where it ends; unless matches that follow at once are joined."""


@compiled
def character_at(data: Any, at: Any, end: Any) -> Any:
    """The code point at a byte that is not ASCII, times 8, plus how many bytes it has."""
    first = data[at]
    following = 0  # how many bytes that continue a character stand behind it, of three at most
    point = 0
    while following < 3 and at + following + 1 < end and data[at + following + 1] & 0xC0 == 0x80:
        following += 1
        point = point << 6 | data[at + following] & 0x3F
        if following == 1 and 0xC2 <= first < 0xE0:
            return (point | (first & 0x1F) << 6) << 3 | 2
        if following == 2 and 0xE0 <= first < 0xF0:
            point |= (first & 0x0F) << 12
            # Neither a longer form of a smaller code point nor a surrogate.
            return point << 3 | 3 if point >= 0x800 and not 0xD800 <= point < 0xE000 else 0xFFFD << 3 | 1
        if following == 3 and 0xF0 <= first < 0xF5:
            point |= (first & 0x07) << 18
            return point << 3 | 4 if 0x10000 <= point < 0x110000 else 0xFFFD << 3 | 1
    return 0xFFFD << 3 | 1


@compiled
def cut(data: Any, pieces: Any, pages: Any, page_classes: Any, table: Any, width: Any, of_match: Any, cuts: Any) -> Any:
    """Fill `cuts` with the pieces' own cuts and those of the matches within each; returns how many there are."""
    final = width - 1
    count = 1
    cuts[0] = 0
    for piece in range(len(pieces) - 1):
        end = pieces[piece + 1]
        at = pieces[piece]
        behind = -1  # where the last match ended
        while at < end:
            state = width
            place = at
            matched = at
            while True:
                size = 0
                symbol = final
                if place < end:
                    byte = data[place]
                    if byte < 0x80:
                        size = 1
                        symbol = page_classes[pages[0] + byte]
                    else:
                        found = character_at(data, place, end)
                        size = found & 7
                        point = found >> 3
                        symbol = page_classes[pages[point >> 8] + (point & 0xFF)]
                entry = table[state + symbol]
                if entry & 1:
                    matched = place
                state = entry >> 1
                if state == 0:
                    break
                place += size
            if matched > at:
                if of_match & BEGIN and not (of_match & JOINED and behind == at) and cuts[count - 1] != at:
                    cuts[count] = at
                    count += 1
                if of_match & END:
                    cuts[count] = matched
                    count += 1
                at = behind = matched
            else:
                if of_match & JOINED and behind == at:
                    cuts[count] = at
                    count += 1
                at += 1 if data[at] < 0x80 else character_at(data, at, end) & 7
        if cuts[count - 1] != end:
            cuts[count] = end
            count += 1
    return count
