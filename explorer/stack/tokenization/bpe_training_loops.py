"""The loops of a BPE training: every place of a pair is known, so that a merge costs what it changes.

The text is one row of places, a token at each, linked to its neighbours within the word. A place's pair is its token
and the next; the places of one pair are linked as well. A merge walks along its pair's places alone: three pairs of
neighbours give way to two, and no other pair is touched. Which pair is next, a heap says whose entries may be old: what
comes up with a count that is no longer true goes back with the true one. (So does sentencepiece; the linked places
follow Larsson and Moffat 1999, "Offline Dictionary-Based Compression".)

A place is a row of 8 numbers of 4 bytes, half a cache line; a pair a row of 6 numbers of 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.compiled import compiled

#: A place's token, its neighbours in the word, its pair, the neighbours among the pair's places, how often its word is.
TOKEN, NEXT, BEFORE, PAIR, LATER, EARLIER, WEIGHT, PLACE_WIDTH = 0, 1, 2, 3, 4, 5, 6, 8
#: A pair's count, its tokens, its first and last place, and the merge after which it was last put on the heap.
COUNT, LEFT, RIGHT, FIRST, LAST, QUEUED, PAIR_WIDTH = 0, 1, 2, 3, 4, 5, 6
#: A pair that must not be merged.
BARRED = -2


@compiled
def slot_of(slots: Any, pairs: Any, left: Any, right: Any) -> Any:
    """Where in the table of pairs this one stands, or would."""
    mixed = left * 2654435761 ^ right * 2246822519
    mixed ^= mixed >> 15
    at = mixed & (len(slots) - 1)
    while slots[at] >= 0 and (pairs[slots[at], LEFT] != left or pairs[slots[at], RIGHT] != right):
        at = (at + 1) & (len(slots) - 1)
    return at


@compiled
def link(places: Any, pairs: Any, slots: Any, known: Any, at: Any) -> Any:
    """Enter a place under its pair. Returns the number of pairs known, one more if this one is new."""
    left, right = np.int64(places[at, TOKEN]), np.int64(places[places[at, NEXT], TOKEN])
    slot = slot_of(slots, pairs, left, right)
    if slots[slot] < 0:
        slots[slot] = known
        pairs[known, COUNT] = 0
        pairs[known, LEFT], pairs[known, RIGHT] = left, right
        pairs[known, FIRST] = pairs[known, LAST] = pairs[known, QUEUED] = -1
        known += 1
    pair = slots[slot]
    last = pairs[pair, LAST]
    places[at, PAIR], places[at, EARLIER], places[at, LATER] = pair, last, -1
    if last >= 0:
        places[last, LATER] = at
    else:
        pairs[pair, FIRST] = at
    pairs[pair, LAST] = at
    pairs[pair, COUNT] += places[at, WEIGHT]
    return known


@compiled
def unlink(places: Any, pairs: Any, at: Any) -> None:
    """Take a place away from its pair."""
    pair, earlier, later = places[at, PAIR], places[at, EARLIER], places[at, LATER]
    if earlier >= 0:
        places[earlier, LATER] = later
    else:
        pairs[pair, FIRST] = later
    if later >= 0:
        places[later, EARLIER] = earlier
    else:
        pairs[pair, LAST] = earlier
    pairs[pair, COUNT] -= places[at, WEIGHT]
    places[at, PAIR] = -1


@compiled
def lay(places: Any, tokens: Any, ends: Any, counts: Any) -> None:
    """Lay words out as places; word i is tokens[ends[i - 1]:ends[i]]."""
    begin = 0
    for word in range(len(ends)):
        for at in range(begin, ends[word]):
            places[at, TOKEN] = tokens[at]
            places[at, NEXT] = at + 1 if at + 1 < ends[word] else -1
            places[at, BEFORE] = at - 1 if at > begin else -1
            places[at, PAIR] = -1
            places[at, WEIGHT] = counts[word]
        begin = ends[word]


@compiled
def link_all(places: Any, pairs: Any, slots: Any, known: Any, at: Any) -> Any:
    """Enter places from `at` on, until all are entered or the tables could be full. Returns how many pairs are known
    and the next place."""
    while at < len(places) and known < len(pairs) and 2 * known < len(slots):
        if places[at, NEXT] >= 0:
            known = link(places, pairs, slots, known, at)
        at += 1
    return known, at


@compiled
def merge(places: Any, pairs: Any, slots: Any, known: Any, chosen: Any, token: Any, number: Any, made: Any) -> Any:
    """Join the chosen pair everywhere into `token`; `made` takes the pairs that grew. Returns how many pairs are known,
    how many grew, and by how many tokens the text is shorter. The tables have room for two new pairs a token."""
    left, right = pairs[chosen, LEFT], pairs[chosen, RIGHT]
    grown, joined = 0, 0
    while pairs[chosen, FIRST] >= 0:
        at = pairs[chosen, FIRST]
        if left == right:  # from the left end of a run of equal tokens
            while places[at, BEFORE] >= 0 and places[places[at, BEFORE], TOKEN] == left:
                at = places[at, BEFORE]
        while at >= 0 and places[at, PAIR] == chosen:
            second, prior = np.int64(places[at, NEXT]), np.int64(places[at, BEFORE])
            after = np.int64(places[second, NEXT])
            unlink(places, pairs, at)
            if prior >= 0:
                unlink(places, pairs, prior)
            if after >= 0:
                unlink(places, pairs, second)
                places[after, BEFORE] = at
            places[at, TOKEN], places[at, NEXT], places[second, TOKEN] = token, after, -1
            joined += places[at, WEIGHT]
            for end in (prior, at):
                if end >= 0 and places[end, NEXT] >= 0:
                    known = link(places, pairs, slots, known, end)
                    pair = places[end, PAIR]
                    if pairs[pair, QUEUED] != number and pairs[pair, QUEUED] != BARRED:
                        pairs[pair, QUEUED] = number
                        made[grown] = pair
                        grown += 1
            at = after
    return known, grown, joined


@compiled
def before(heap: Any, pairs: Any, letters: Any, ends: Any, by_spelling: Any, i: Any, j: Any) -> Any:
    """Whether entry i of the heap is merged before entry j."""
    if heap[i, 0] != heap[j, 0]:
        return heap[i, 0] > heap[j, 0]
    a, b = heap[i, 1], heap[j, 1]
    if by_spelling:
        return spelled_before(pairs, letters, ends, a, b)
    if pairs[a, LEFT] != pairs[b, LEFT]:
        return pairs[a, LEFT] < pairs[b, LEFT]
    return pairs[a, RIGHT] < pairs[b, RIGHT]


@compiled
def letter(pairs: Any, letters: Any, ends: Any, pair: Any, at: Any) -> Any:
    """One character of what a pair spells; -1 behind its end."""
    for side in range(LEFT, RIGHT + 1):
        token = pairs[pair, side]
        begin = ends[token - 1] if token else 0
        if at < ends[token] - begin:
            return np.int64(letters[begin + at])
        at -= ends[token] - begin
    return np.int64(-1)


@compiled
def spelled_before(pairs: Any, letters: Any, ends: Any, a: Any, b: Any) -> Any:
    """Whether pair a spells fewer characters than b or, of as many, comes first in their order."""
    sizes = [0, 0]
    for n, pair in enumerate((a, b)):
        for side in range(LEFT, RIGHT + 1):
            token = pairs[pair, side]
            sizes[n] += ends[token] - (ends[token - 1] if token else 0)
    if sizes[0] != sizes[1]:
        return sizes[0] < sizes[1]
    for at in range(sizes[0]):
        one, other = letter(pairs, letters, ends, a, at), letter(pairs, letters, ends, b, at)
        if one != other:
            return one < other
    return a < b


@compiled
def push(heap: Any, size: Any, pairs: Any, letters: Any, ends: Any, by_spelling: Any, added: Any) -> Any:
    """Put pairs on the heap with their counts. Returns its size."""
    for pair in added:
        at = size
        size += 1
        heap[at, 0], heap[at, 1] = pairs[pair, COUNT], pair
        while at and before(heap, pairs, letters, ends, by_spelling, at, (at - 1) // 2):
            up = (at - 1) // 2
            for column in range(2):
                heap[at, column], heap[up, column] = heap[up, column], heap[at, column]
            at = up
    return size


@compiled
def sink(heap: Any, size: Any, pairs: Any, letters: Any, ends: Any, by_spelling: Any) -> None:
    """Let the heap's first entry go down to its place."""
    at = 0
    while True:
        first = at
        for child in (2 * at + 1, 2 * at + 2):
            if child < size and before(heap, pairs, letters, ends, by_spelling, child, first):
                first = child
        if first == at:
            return
        for column in range(2):
            heap[at, column], heap[first, column] = heap[first, column], heap[at, column]
        at = first


@compiled
def pop(heap: Any, size: Any, pairs: Any, letters: Any, ends: Any, by_spelling: Any, taken: Any) -> Any:
    """Take the most frequent pairs off the heap, in order, as many as `taken` has room for. Returns how many there were
    and the heap's size."""
    found = 0
    while size and found < len(taken):
        pair, count = heap[0, 1], pairs[heap[0, 1], COUNT]
        stale = heap[0, 0] != count
        if stale and count > 0 and pairs[pair, QUEUED] != BARRED:
            heap[0, 0] = count
            sink(heap, size, pairs, letters, ends, by_spelling)
            continue
        size -= 1
        heap[0, 0], heap[0, 1] = heap[size, 0], heap[size, 1]
        sink(heap, size, pairs, letters, ends, by_spelling)
        # A pair that grew twice has two entries, which come up one behind the other.
        if count > 0 and pairs[pair, QUEUED] != BARRED and not (found and taken[found - 1] == pair):
            taken[found] = pair
            found += 1
    return found, size


@compiled
def filled(pairs: Any, known: Any, slots: Any) -> Any:
    """Enter the known pairs into an empty table."""
    for pair in range(known):
        slots[slot_of(slots, pairs, pairs[pair, LEFT], pairs[pair, RIGHT])] = pair
    return slots
