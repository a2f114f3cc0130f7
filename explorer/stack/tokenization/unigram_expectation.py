"""The inner loops of a unigram training: average uses over all cuts, and how a piece is written without itself.

Sums over cuts are kept as logarithms. `FAR` stands for the logarithm of 0: compiled code here may assume that no number
is infinite.

>>> from explorer.stack.tokenization.trie import Trie
>>> trie, scores = Trie.of([b"", b"a", b"b", b"ab"]), np.log([1, 0.5, 0.25, 0.25])
>>> data, cuts = np.frombuffer(b"abb", np.uint8), np.array([0, 2, 3])
>>> uses, likelihood = expected_uses(data, cuts, np.array([3.0, 1.0]), trie.nodes, scores, -20.0)
>>> uses.round(3).tolist()  # three times ab: a third of it is cut, for 1/8 is half as much as 1/4
[0.0, 1.0, 2.0, 2.0]
>>> bool(np.isclose(likelihood, 3 * np.log(3 / 8) + np.log(1 / 4)))
True
"""

from __future__ import annotations

import numpy as np

from explorer.stack.compiled import compiled

FAR = -1e30


@compiled
def expected_uses(data, cuts, counts, nodes, scores, unknown_score):  # pragma: no cover - compiled
    """How often each token is used over all cuts of all words, each word as often as it counts; the log-likelihood."""
    longest = 0
    for word in range(len(cuts) - 1):
        longest = max(longest, cuts[word + 1] - cuts[word])
    forward, backward = np.zeros(longest + 1), np.zeros(longest + 1)
    uses = np.zeros(len(scores))
    likelihood = 0.0
    for word in range(len(cuts) - 1):
        low, size = cuts[word], cuts[word + 1] - cuts[word]
        forward[: size + 1] = FAR
        backward[: size + 1] = FAR
        forward[0], backward[size] = 0.0, 0.0
        for at in range(size):
            if forward[at] == FAR:
                continue
            step = _step(data, low + at, low + size)
            node, end, whole = 0, at, False
            while end < size:
                child = nodes[node, 0] + data[low + end]
                if nodes[child, 1] != node:
                    break
                node, end = child, end + 1
                if nodes[node, 2] >= 0:
                    forward[end] = _sum(forward[end], forward[at] + scores[nodes[node, 2]])
                    whole = whole or end == at + step
            if not whole:
                forward[at + step] = _sum(forward[at + step], forward[at] + unknown_score)
        likelihood += counts[word] * forward[size]
        for at in range(size - 1, -1, -1):
            if forward[at] == FAR:
                continue
            step = _step(data, low + at, low + size)
            node, end, whole = 0, at, False
            while end < size:
                child = nodes[node, 0] + data[low + end]
                if nodes[child, 1] != node:
                    break
                node, end = child, end + 1
                token = nodes[node, 2]
                if token >= 0:
                    after = scores[token] + backward[end]
                    backward[at] = _sum(backward[at], after)
                    uses[token] += counts[word] * np.exp(forward[at] + after - forward[size])
                    whole = whole or end == at + step
            if not whole:
                backward[at] = _sum(backward[at], unknown_score + backward[at + step])
    return uses, likelihood


@compiled
def alternatives(data, cuts, nodes, scores):  # pragma: no cover - compiled
    """How each token is best written by two others or more: their ids end to end, where each token's begin, and their
    log-probability. None, and `FAR`, where characters would be lost."""
    ids = np.empty(len(data), np.int64)
    bounds = np.zeros(len(cuts), np.int64)
    found = np.full(len(cuts) - 1, FAR)
    longest = 0
    for word in range(len(cuts) - 1):
        longest = max(longest, cuts[word + 1] - cuts[word])
    best, begins, tokens = np.zeros(longest + 1), np.zeros(longest + 1, np.int32), np.zeros(longest + 1, np.int32)
    count = 0
    for word in range(len(cuts) - 1):
        low, size = cuts[word], cuts[word + 1] - cuts[word]
        best[: size + 1] = FAR
        best[0] = 0.0
        for at in range(size):
            if best[at] == FAR:
                continue
            node, end = 0, at
            while end < size:
                child = nodes[node, 0] + data[low + end]
                if nodes[child, 1] != node:
                    break
                node, end = child, end + 1
                token = nodes[node, 2]
                if token >= 0 and token != word and best[at] + scores[token] > best[end]:
                    best[end], begins[end], tokens[end] = best[at] + scores[token], at, token
        end = size
        if size and best[size] != FAR:
            found[word] = best[size]
            while end > 0:
                ids[count] = tokens[end]
                count, end = count + 1, begins[end]
        bounds[word + 1] = count
    return ids[:count], bounds, found


@compiled
def _step(data, at, end):  # pragma: no cover - compiled
    """Bytes of the character that begins here."""
    first = data[at]
    width = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    step = 1
    while step < width and at + step < end and data[at + step] & 0xC0 == 0x80:
        step += 1
    return step


@compiled
def _sum(a, b):  # pragma: no cover - compiled
    """log(exp(a) + exp(b))."""
    high, low = max(a, b), min(a, b)
    return high if high - low > 40 else high + np.log1p(np.exp(low - high))
