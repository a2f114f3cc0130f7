"""Suffix arrays: every passage that a corpus holds twice, found in time linear in its length.

The suffix array lists where each suffix of a text begins, in the suffixes' order. Two equal passages begin two suffixes
that stand near each other, and LCP[i], the length that suffix i shares with the one before it, says how long they are:
Lee et al. 2022 (arXiv 2107.06499) cut what 50 tokens or more share.

`suffix_array` sorts by induced sorting (SA-IS; Nong, Zhang & Chan 2009): suffixes are S where they are smaller than the
next one, else L; a leftmost S of a run is LMS. From sorted LMS suffixes two passes give the order of all, and to sort
those a text of their names, at most half as long, is sorted in the same way. `shared_lengths` finds LCP by the order of
the text (Kärkkäinen, Manzini & Puglisi 2009).

>>> order = suffix_array(b"banana")
>>> [b"banana"[at:].decode() for at in order]
['a', 'ana', 'anana', 'banana', 'na', 'nana']
>>> shared_lengths(b"banana", order).tolist()
[0, 1, 3, 0, 0, 2]
>>> [(each.start, each.stop, each.first) for each in later_copies(b"so it goes. Then so it goes. End", at_least=8)]
[(17, 29, 0)]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int32, Integer, UInt8
from numpy import ndarray

from explorer.stack.compiled import compiled, prefetch

#: Ends a document: no byte of UTF-8, so that no copy reaches over it.
SEPARATOR = 0xFF
#: Rounds before which a loop asks for a place of memory: the order of suffixes leads all over the text.
AHEAD = 32


@dataclass(frozen=True)
class Copy:
    """A passage that stood before, as far as it is covered by copies of at least the length asked for."""

    start: int
    stop: int
    first: int
    """Where its beginning stands for the first time."""


def suffix_array(text: bytes) -> Int32[ndarray, " byte"]:
    """Where the suffixes begin, in their order. A text of up to 2^31 - 1 bytes."""
    return _sorted(np.frombuffer(text, np.uint8), 256)


def _sorted(text: Integer[ndarray, " n"], letters: int) -> Int32[ndarray, " n"]:
    """Induced sorting; letters are 0 to `letters` - 1."""
    n = len(text)
    if n < 2:
        return np.zeros(n, np.int32)
    smaller = np.empty(n, np.bool_)
    places = mark(text, smaller)
    starts_l, starts_s = buckets(text, smaller, letters)
    order = np.empty(n, np.int32)
    induce(text, places, starts_l, starts_s, order)
    if len(places) > 1:
        named, names = name(text, smaller, places, starts_l, starts_s, order)
        if names < len(places):
            inner = _sorted(named, names)
        else:  # names that are all different are the ranks themselves
            inner = np.empty(names, np.int32)
            inner[named] = np.arange(names, dtype=np.int32)
        induce(text, places[inner], starts_l, starts_s, order)
    return order


@compiled
def mark(text: Integer[ndarray, " n"], smaller: Bool[ndarray, " n"]) -> Int32[ndarray, " m"]:
    """Say of each suffix whether it is smaller than the next (S); returns where each run of S begins (LMS)."""
    n = len(text)
    smaller[n - 1] = False
    count = 0
    for i in range(n - 2, -1, -1):
        smaller[i] = smaller[i + 1] if text[i] == text[i + 1] else text[i] < text[i + 1]
        count += smaller[i + 1] and not smaller[i]
    places = np.empty(count, np.int32)
    for i in range(n - 1, 0, -1):
        if smaller[i] and not smaller[i - 1]:
            count -= 1
            places[count] = i
    return places


@compiled
def buckets(
    text: Integer[ndarray, " n"], smaller: Bool[ndarray, " n"], letters: int
) -> tuple[Int32[ndarray, " bucket"], Int32[ndarray, " bucket"]]:
    """Where the suffixes of each first letter begin: its L ones, and behind them its S ones."""
    starts_l, starts_s = np.zeros(letters + 1, np.int32), np.zeros(letters + 1, np.int32)
    for i in range(len(text)):
        if smaller[i]:
            starts_l[text[i] + 1] += 1
        else:
            starts_s[text[i]] += 1
    for letter in range(letters):
        starts_s[letter] += starts_l[letter]
        starts_l[letter + 1] += starts_s[letter]
    return starts_l, starts_s


@compiled
def induce(
    text: Integer[ndarray, " n"],
    places: Int32[ndarray, " m"],
    starts_l: Int32[ndarray, " bucket"],
    starts_s: Int32[ndarray, " bucket"],
    order: Int32[ndarray, " n"],
) -> None:
    """From the LMS suffixes in their order to the order of all: L ones from the left, then S ones from the right.

    Whether the suffix before one is L or S is told by their two letters, which lie side by side in memory; of equal
    letters both are of one kind, and the S ones lie behind the L ones of their letter.
    """
    n = len(text)
    order[:] = -1
    next_free = starts_s.copy()
    for k in range(len(places)):
        if k + AHEAD < len(places):
            prefetch(text, places[k + AHEAD])
        at = places[k]
        letter = text[at]
        order[next_free[letter]] = at
        next_free[letter] += 1
    next_free = starts_l.copy()
    order[next_free[text[n - 1]]] = n - 1
    next_free[text[n - 1]] += 1
    for i in range(n):
        if i + AHEAD < n and order[i + AHEAD] > 0:
            prefetch(text, order[i + AHEAD] - 1)
        at = order[i]
        if at > 0:
            letter = text[at - 1]
            if letter >= text[at]:
                order[next_free[letter]] = at - 1
                next_free[letter] += 1
    next_free = starts_l.copy()
    for i in range(n - 1, -1, -1):
        if i >= AHEAD and order[i - AHEAD] > 0:
            prefetch(text, order[i - AHEAD] - 1)
        at = order[i]
        if at > 0:
            letter, own = text[at - 1], text[at]
            if letter < own or (letter == own and i >= starts_s[own]):
                next_free[letter + 1] -= 1
                order[next_free[letter + 1]] = at - 1


@compiled
def name(
    text: Integer[ndarray, " n"],
    smaller: Bool[ndarray, " n"],
    places: Int32[ndarray, " m"],
    starts_l: Int32[ndarray, " bucket"],
    starts_s: Int32[ndarray, " bucket"],
    order: Int32[ndarray, " n"],
) -> tuple[Int32[ndarray, " m"], int]:
    """A name for each LMS piece, in the text's order, by rank, and how many names there are; equal pieces bear one."""
    n, m = len(text), len(places)
    index = np.empty(n // 2 + 1, np.int32)  # no two LMS suffixes begin side by side
    for k in range(m):
        index[places[k] >> 1] = k
    named = np.empty(m, np.int32)
    names, last = 0, -1
    for letter in range(len(starts_s) - 1):
        for i in range(starts_s[letter], starts_l[letter + 1]):  # only S ones can be LMS
            if i + AHEAD < n and order[i + AHEAD] > 0:
                prefetch(smaller, order[i + AHEAD] - 1)
                prefetch(index, order[i + AHEAD] >> 1)
            at = order[i]
            if at == 0 or smaller[at - 1]:
                continue
            k = index[at >> 1]
            if last >= 0:
                a, b = places[last], at
                stop_a = places[last + 1] if last + 1 < m else n
                stop_b = places[k + 1] if k + 1 < m else n
                same = stop_a - a == stop_b - b and stop_a < n and stop_b < n
                while same and a <= stop_a:
                    same = text[a] == text[b]
                    a, b = a + 1, b + 1
                names += not same
            named[k] = names
            last = k
    return named, names + 1


def shared_lengths(text: bytes, order: Int32[ndarray, " byte"]) -> Int32[ndarray, " byte"]:
    """LCP: how many bytes each suffix shares with the one before it in the order; none reaches over a separator."""
    shared = np.empty(len(text), np.int32)
    share(np.frombuffer(text, np.uint8), order, shared)
    return shared


@compiled
def share(text: UInt8[ndarray, " n"], order: Int32[ndarray, " n"], shared: Int32[ndarray, " n"]) -> None:
    n = len(text)
    by_place = np.empty(n, np.int32)
    for i in range(n):  # first the neighbour of each suffix
        by_place[order[i]] = order[i - 1] if i else -1
    length = 0
    for at in range(n):  # then the length, which falls by one at most from a place to the next
        other = by_place[at]
        if other < 0:
            length = 0
        else:
            while (
                at + length < n
                and other + length < n
                and text[at + length] == text[other + length]
                and text[at + length] != 0xFF
            ):
                length += 1
        by_place[at] = length
        length = max(0, length - 1)
    for i in range(n):
        shared[i] = by_place[order[i]]


def later_copies(text: bytes, at_least: int) -> list[Copy]:
    """The passages, of at least that many bytes, that stand in the text before; overlapping ones as one.

    Bytes of a copy that is found so may be cut from a corpus: their first place stays.
    """
    if len(text) < at_least or at_least < 1:
        return []
    order = suffix_array(text)
    first = np.full(len(text), -1, np.int32)
    earliest(order, shared_lengths(text, order), at_least, first)
    starts = np.flatnonzero(first >= 0)
    if not len(starts):
        return []
    breaks = np.flatnonzero(np.diff(starts) > at_least) + 1
    groups = np.split(starts, breaks)
    return [Copy(int(each[0]), int(each[-1]) + at_least, int(first[each[0]])) for each in groups]


@compiled
def earliest(
    order: Int32[ndarray, " n"], shared: Int32[ndarray, " n"], at_least: int, first: Int32[ndarray, " n"]
) -> None:
    """For each place whose next bytes stand earlier: the earliest such place."""
    n = len(order)
    start = 0
    while start < n:
        stop, least = start + 1, order[start]
        while stop < n and shared[stop] >= at_least:
            least = min(least, order[stop])
            stop += 1
        for i in range(start, stop):
            if order[i] != least:
                first[order[i]] = least
        start = stop
