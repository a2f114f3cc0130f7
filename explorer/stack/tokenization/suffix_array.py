"""The suffix array of a text: where its suffixes begin, in the order of a dictionary; in time linear in the text.

Whatever is repeated stands side by side in it: the suffixes that begin with "an" are a stretch of the array, as long as
the number of times that "an" occurs. How many bytes neighbours share (the LCP array) gives every repeated stretch of
the text, of which there are fewer than the text has bytes.

SA-IS: sort only the suffixes before which the text falls and at which it begins to rise (left-most S, at most every
second one); the order of all others follows in two sweeps over the array, each placing a suffix once the one that it
continues with is placed. The chosen ones are sorted by the same two sweeps, as stretches; where two stretches are
equal, by the suffix array of the text in which each stretch is one letter. Nong, Zhang, Chan 2009, "Linear Suffix Array
Construction by Almost Pure Induced-Sorting". The LCP array: Kasai et al. 2001. Beside the text it takes four bytes a
byte and about half of that for the shorter text.

>>> suffixes = suffix_array(np.frombuffer(b"banana", np.uint8))
>>> [b"banana"[i:].decode() for i in suffixes]
['a', 'ana', 'anana', 'banana', 'na', 'nana']
>>> shared_with_previous(np.frombuffer(b"banana", np.uint8), suffixes).tolist()
[0, 1, 3, 0, 0, 2]
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, Integer

from explorer.stack.compiled import compiled


def suffix_array(text: Integer[np.ndarray, " letter"]) -> Int[np.ndarray, " letter"]:
    """Where the suffixes begin, in order; a suffix comes before those that it begins. Letters are 0 or more."""
    if len(text) >= 2**31:
        raise ValueError(f"a text of {len(text)} letters is too long for 32-bit places")
    letters = int(text.max(initial=0)) + 1
    rises = _rises(text)
    lefts = np.flatnonzero(rises[1:-1] & ~rises[:-2]).astype(np.int32) + 1
    counts = np.bincount(text, minlength=letters)
    ends = np.cumsum(counts).astype(np.int32)
    places = np.empty(len(text), np.int32)
    _induce(text, rises, lefts, ends, places)
    ordered = places[_is_left(rises, places)]
    names, distinct = _named(text, rises, ordered)
    if distinct < len(lefts):
        ordered = lefts[suffix_array(names[lefts])]
    _induce(text, rises, ordered, ends, places)
    return places


def _is_left(rises: np.ndarray, places: np.ndarray) -> np.ndarray:
    return (places > 0) & rises[places] & ~rises[places - 1]


@compiled
def _rises(text):  # pragma: no cover - compiled
    """Of each suffix, whether it comes before the one that begins a letter later (S); the empty one at the end does."""
    rises = np.zeros(len(text) + 1, np.bool_)
    rises[len(text)] = True
    for i in range(len(text) - 2, -1, -1):
        rises[i] = text[i] < text[i + 1] or (text[i] == text[i + 1] and rises[i + 1])
    return rises


@compiled
def _induce(text, rises, lefts, ends, places):  # pragma: no cover - compiled
    """The order of all suffixes from that of `lefts`: these at the ends of their letters' stretches, then one sweep up
    for those that fall, one down for those that rise."""
    size = len(text)
    places[:] = -1
    at = ends.copy()
    for k in range(len(lefts) - 1, -1, -1):
        letter = text[lefts[k]]
        at[letter] -= 1
        places[at[letter]] = lefts[k]
    at[0] = 0
    at[1:] = ends[:-1]
    if size:  # the last suffix, which the empty one comes before
        places[at[text[size - 1]]] = size - 1
        at[text[size - 1]] += 1
    for k in range(size):
        before = places[k] - 1
        if before >= 0 and not rises[before]:
            places[at[text[before]]] = before
            at[text[before]] += 1
    at[:] = ends
    for k in range(size - 1, -1, -1):
        before = places[k] - 1
        if before >= 0 and rises[before]:
            at[text[before]] -= 1
            places[at[text[before]]] = before


@compiled
def _named(text, rises, ordered):  # pragma: no cover - compiled
    """A number for each stretch from one left-most S to the next, equal for equal ones; how many numbers there are."""
    size = len(text)
    names = np.full(size, -1, np.int32)
    distinct, previous = 0, -1
    for place in ordered:
        same = previous >= 0
        i = 0
        while same:
            a, b = place + i, previous + i
            # The last stretch runs over the end of the text and is like no other.
            if a >= size or b >= size or text[a] != text[b] or rises[a] != rises[b]:
                same = False
            elif i > 0 and rises[a] and not rises[a - 1]:
                break
            i += 1
        if not same:
            distinct += 1
        names[place] = distinct - 1
        previous = place
    return names, distinct


@compiled
def shared_with_previous(text, suffixes):  # pragma: no cover - compiled
    """How many letters each suffix shares with the one before it in the array; 0 for the first."""
    size = len(text)
    ranks = np.empty(size, np.int32)
    shared = np.zeros(size, np.int32)
    for k in range(size):
        ranks[suffixes[k]] = k
    length = 0
    for i in range(size):
        if ranks[i] == 0:
            length = 0
            continue
        other = suffixes[ranks[i] - 1]
        while i + length < size and other + length < size and text[i + length] == text[other + length]:
            length += 1
        shared[ranks[i]] = length
        length = max(length - 1, 0)
    return shared
