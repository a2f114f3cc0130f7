"""Sets of characters, as an automaton's symbols: what a split pattern's classes hold.

A set is an array of truth values over all code points and one more, the end of the text. Categories are Unicode 16.0's
whatever Python's own version is, as in the engines that the vocabularies' libraries are built with (tiktoken 0.14 and
tokenizers 0.23 agree on every code point); an older or newer engine takes characters that are younger than itself for
symbols.

>>> [chr(i) for i in np.flatnonzero(same_in_either_case(literal("s")))]  # the long s too
['S', 's', 'ſ']
>>> int(category("N").sum()), bool(category("N")[END])
(1911, False)
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from jaxtyping import Bool, Int32

END = 0x110000
"""The symbol behind the last character."""
Characters = Bool[np.ndarray, " symbol"]

_SPACES = (*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
"""Unicode's White_Space, which is \\s in these engines (in Python's re it holds four control characters more)."""

_SINCE_14 = (
    "Cf 13439-1343f; Ll 1c8a a7cd a7db 10d70-10d85 1df25-1df2a; Lm 10d4e 10d6f 16d40-16d42 16d6b-16d6c 1e030-1e06d "
    "1e4eb; Lo 105c0-105f3 10d4a-10d4d 10d4f 10ec2-10ec4 1123f-11240 11380-11389 1138b 1138e 11390-113b5 113b7 113d1 "
    "113d3 11bc0-11be0 11f02 11f04-11f10 11f12-11f33 1342f 13441-13446 13460-143fa 16100-1611d 16d43-16d6a 18cff "
    "1b132 1b155 1e4d0-1e4ea 1e5d0-1e5ed 1e5f0 2b739 2ebf0-2ee5d 31350-323af; Lu 1c89 a7cb-a7cc a7da a7dc "
    "10d50-10d65; Mc cf3 113b8-113ba 113c2 113c5 113c7-113ca 113cc-113cd 113cf 1171e 11f03 11f34-11f35 11f3e-11f3f "
    "11f41 1612a-1612c; Mn 897 ece 10d69-10d6d 10efc-10eff 11241 113bb-113c0 113ce 113d0 113d2 113e1-113e2 "
    "11f00-11f01 11f36-11f3a 11f40 11f42 11f5a 13440 13447-13455 1611e-16129 1612d-1612f 1e08f 1e4ec-1e4ef "
    "1e5ee-1e5ef; Nd 10d40-10d49 116d0-116e3 11bf0-11bf9 11f50-11f59 16130-16139 16d70-16d79 1ccf0-1ccf9 1e4f0-1e4f9 "
    "1e5f1-1e5fa; No 1d2c0-1d2d3; Pd 10d6e; Po 1b4e-1b4f 1b7f 113d4-113d5 113d7-113d8 11b00-11b09 11be1 11f43-11f4f "
    "16d6d-16d6f 1e5ff; Sm 10d8e-10d8f; So 2427-2429 2ffc-2fff 31e4-31e5 31ef 1cc00-1ccef 1cd00-1ceb3 1f6dc "
    "1f774-1f776 1f77b-1f77f 1f7d9 1f8b2-1f8bb 1f8c0-1f8c1 1fa75-1fa77 1fa87-1fa89 1fa8f 1faad-1faaf 1fabb-1fabf "
    "1fac6 1face-1facf 1fada-1fadc 1fadf 1fae8-1fae9 1faf7-1faf8 1fbcb-1fbef"
)
"""Categories given to code points in Unicode 15.0 to 16.0; Python 3.11 knows 14.0."""


@cache
def _categories() -> np.ndarray:
    """The two letters of every code point's category."""
    found = np.array([unicodedata.category(chr(i)) for i in range(END)], "S2")
    for part in _SINCE_14.split("; "):
        name, *ranges = part.split()
        for each in ranges:
            first, _, last = each.partition("-")
            found[int(first, 16) : int(last or first, 16) + 1] = name
    return found


@cache
def category(name: str) -> Characters:
    """The characters of a category ("Lu") or of all that begin with a letter ("L"). KeyError for what is none."""
    names = _categories()
    if name not in {str(each, "ascii")[: len(name)] for each in np.unique(names)} or not name:
        raise KeyError(name)
    found = np.append(names == name.encode() if len(name) == 2 else names.astype("S1") == name.encode(), False)
    found.flags.writeable = False
    return found


def span(first: int, last: int) -> Characters:
    """The characters from one to another, both included."""
    found = np.zeros(END + 1, bool)
    found[first : last + 1] = True
    return found


def literal(character: str) -> Characters:
    return span(ord(character), ord(character))


def white_space() -> Characters:
    found = np.zeros(END + 1, bool)
    found[list(_SPACES)] = True
    return found


def other(characters: Characters) -> Characters:
    """All characters that are not in the set. The end of the text is no character."""
    found = ~characters
    found[END] = False
    return found


@cache
def _folded() -> Int32[np.ndarray, {END}]:
    """Of each code point the one that it is without case; where that is several characters, itself."""
    found = np.arange(END, dtype=np.int32)
    for i in np.flatnonzero(category("L") | category("M") | category("N") | category("S")):
        without = chr(i).casefold()
        if len(without) == 1:
            found[i] = ord(without)
    return found


def same_in_either_case(characters: Characters) -> Characters:
    """The set and all characters that differ from one of its by case alone."""
    folded = _folded()
    hit = np.zeros(END, bool)
    hit[folded[characters[:END]]] = True
    return np.append(hit[folded], characters[END])
