"""Where a unigram training begins: every stretch of a word that occurs twice or more, the best of them first.

A stretch that is always followed by the same byte is left out for the longer one, which occurs as often; what then
remains are the inner nodes of the words' suffix tree, at most one for each byte of the words, and they are read off the
suffix array and what its neighbours share. Only distinct words are looked at, each counted as often as it occurs. A
stretch's score is its characters times its occurrences: what it would save.

Worked example: abc three times, and xbc twice. Of "ab" and "a", "abc" occurs as often.

>>> found = seeds({b"abc": 3, b"xbc": 2}, limit=99)
>>> sorted(zip(found.pieces, found.scores.tolist()), key=lambda each: -each[1])
[(b'bc', 10.0), (b'abc', 9.0), (b'xbc', 6.0), (b'b', 5.0), (b'c', 5.0), (b'a', 3.0), (b'x', 2.0)]
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.suffix_array import shared_with_previous, suffix_array

LONGEST = 16
"""Characters that a piece has at most: sentencepiece's number."""


@dataclass(frozen=True, eq=False)
class Seeds:
    """Single characters first, then longer pieces, the best first."""

    pieces: tuple[bytes, ...]
    scores: Float[np.ndarray, " piece"]
    """Characters times occurrences."""
    characters: int
    """How many of them are single characters."""


def seeds(words: Mapping[bytes, int], limit: int, longest: int = LONGEST) -> Seeds:
    """All characters, and the `limit` best stretches of two characters and more. Words are valid UTF-8."""
    characters: Counter[str] = Counter()
    for word, times in words.items():
        for character in word.decode():
            characters[character] += times
    singles = sorted(characters.items(), key=lambda each: (-each[1], each[0]))
    data = b"".join(words)
    lengths = np.array([len(word) for word in words], np.int64)
    text = np.zeros(len(data) + len(lengths), np.int16)  # 0 stands after each word
    within = np.arange(len(data)) + np.repeat(np.arange(len(lengths)), lengths)
    text[within] = np.frombuffer(data, np.uint8).astype(np.int16) + 1
    suffixes = suffix_array(text)
    shared = shared_with_previous(text, suffixes)
    weights = np.repeat(np.array(list(words.values()), np.int64), lengths + 1)
    begins, ends, scores = _repeated(text, suffixes, shared, weights, longest)
    order = np.argsort(-scores, kind="stable")
    pieces, kept = [character.encode() for character, _ in singles], [float(times) for _, times in singles]
    found = 0
    for each in order.tolist():
        if found == limit:
            break
        piece = (text[begins[each] : ends[each]] - 1).astype(np.uint8).tobytes()
        if is_piece(piece.decode()):
            pieces.append(piece)
            kept.append(float(scores[each]))
            found += 1
    return Seeds(tuple(pieces), np.array(kept), len(singles))


def is_piece(text: str) -> bool:
    """Whether a piece may be so: a space only at its beginning, and letters of one script, apart from other signs.

    >>> [is_piece(text) for text in (" the", "the ", "word2", "2.5", "дом", "дoм")]  # the last has a Latin o
    [True, False, False, True, True, False]
    """
    if " " in text[1:]:
        return False
    return len({script(character) for character in text} - {""}) <= 1


@cache
def script(character: str) -> str:
    """The script of a letter; "" for what goes with any: a space, an accent that is a character of its own.

    >>> script("e"), script("Ж"), script("か") == script("漢"), script("7") == script("!"), script(" ")
    ('LATIN', 'CYRILLIC', True, True, '')
    """
    kind = unicodedata.category(character)
    if character == " " or kind.startswith("M"):
        return ""
    if not kind.startswith("L"):
        return "COMMON"
    # A letter's name begins with its script: Unicode has no shorter way to ask, the standard library no other.
    name = unicodedata.name(character, "COMMON").split(" ")[0].split("-")[0]
    return "CJK" if name in {"HIRAGANA", "KATAKANA"} else name


@compiled
def _length(text, begin, depth, floor, longest):  # pragma: no cover - compiled
    """Characters and bytes of the longest piece of up to `depth` bytes and more than `floor`; 0 where there is none."""
    # A byte that goes on with a character is from 0x80 to 0xBF; here one more.
    if 0x81 <= text[begin] <= 0xC0:
        return 0, 0
    length = depth
    while length > floor and 0x81 <= text[begin + length] <= 0xC0:
        length -= 1
    characters = 0
    for i in range(begin, begin + length):
        characters += not 0x81 <= text[i] <= 0xC0
        if characters > longest:
            return 0, 0
    return (characters, length) if length > floor and characters >= 2 else (0, 0)


@compiled
def _repeated(text, suffixes, shared, weights, longest):  # pragma: no cover - compiled
    """Begin, end and score of stretches that occur twice or more: nodes of the suffix tree, by a stack of those that
    are open; and whole ends of words (leaves), where a word occurs twice. Counted first, then written."""
    size = len(text)
    left = np.zeros(size + 1, np.int32)  # bytes from here to the end of the word
    for i in range(size - 1, -1, -1):
        left[i] = left[i + 1] + 1 if text[i] > 0 else 0
    before = np.zeros(size + 1, np.int64)  # occurrences of the suffixes before, in order
    depths = np.zeros(size + 1, np.int32)
    for k in range(size):
        before[k + 1] = before[k] + weights[suffixes[k]]
        depths[k] = min(shared[k], left[suffixes[k]])
    count = 0
    begins, ends, scores = np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float64)
    lows, opened = np.zeros(size + 2, np.int32), np.zeros(size + 2, np.int32)
    for writes in (False, True):
        if writes:
            begins, ends, scores = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.float64)
        count, top = 0, 0
        for k in range(1, size + 1):
            low, depth = k - 1, left[suffixes[k - 1]]
            floor = max(depths[k - 1], depths[k])
            is_leaf = depth > floor
            while is_leaf or depths[k] < opened[top]:
                if not is_leaf:
                    low, depth = lows[top], opened[top]
                    top -= 1
                    floor = max(depths[k], opened[top])
                is_leaf = False
                times = before[k] - before[low]
                if times >= 2:
                    characters, length = _length(text, suffixes[low], depth, floor, longest)
                    if length > 0:
                        if writes:
                            begins[count], ends[count] = suffixes[low], suffixes[low] + length
                            scores[count] = times * characters
                        count += 1
            if depths[k] > opened[top]:
                top += 1
                lows[top], opened[top] = low, depths[k]
    return begins, ends, scores
