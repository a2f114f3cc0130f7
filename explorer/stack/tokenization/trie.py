"""A trie in two arrays: all tokens that begin at a place of a text are found in one walk over its bytes.

Each node stands at a place of an array; the child by a byte stands at the node's base plus that byte, and is the
node's own only if it names the node as its parent. A step is one look-up, whatever the number of children. Aoe 1989,
"An Efficient Digital Search Algorithm by Using a Double-Array Structure".

>>> trie = Trie.of([b"a", b"an", b"", b"and", b"b"])
>>> trie.prefixes(b"andy")
[(1, 0), (2, 1), (3, 3)]
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from explorer.stack.compiled import compiled

BASE, PARENT, TOKEN = range(3)
"""What a node's entries hold: where its children begin, which node it is a child of, the token that ends in it."""


@dataclass(frozen=True, eq=False)
class Trie:
    nodes: Int[np.ndarray, "node 3"]
    """Base, parent and token of each place; -1 where there is none. The root is place 0."""

    @classmethod
    def of(cls, tokens: Sequence[bytes], without: Collection[int] = ()) -> Trie:
        """The trie of the tokens but those `without` and empty ones; of equal tokens, the first counts."""
        left_out = set(without)
        first: dict[bytes, int] = {}
        for i, token in enumerate(tokens):
            if token and i not in left_out:
                first.setdefault(token, i)
        ordered = sorted(first)
        lengths = np.array([len(token) for token in ordered], np.int64)
        ends = np.cumsum(lengths)
        data = np.frombuffer(b"".join(ordered), np.uint8)
        return cls(_built(data, ends - lengths, lengths, np.array([first[token] for token in ordered], np.int64)))

    def keeping(self, kept: Bool[np.ndarray, " token"]) -> Trie:
        """The trie of some of its tokens, which are numbered anew; its shape stays as it is."""
        numbers = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)  # the last stands for no token
        nodes = self.nodes.copy()
        nodes[:, TOKEN] = numbers[nodes[:, TOKEN]]
        return Trie(nodes)

    def prefixes(self, data: bytes) -> list[tuple[int, int]]:
        """The tokens that a text begins with, the shortest first: length and id."""
        found: list[tuple[int, int]] = []
        node = 0
        for at, byte in enumerate(data):
            child = int(self.nodes[node, BASE]) + byte
            if self.nodes[child, PARENT] != node:
                break
            node = child
            if self.nodes[node, TOKEN] >= 0:
                found.append((at + 1, int(self.nodes[node, TOKEN])))
        return found


@compiled
def _built(data, starts, lengths, ids):  # pragma: no cover - compiled
    """The nodes of sorted tokens, level by level: a node is a stretch of tokens that share their first bytes.

    Any base plus 255 may be looked up, so the array reaches that far.
    """
    size = 1024
    nodes = np.full((size, 3), -1, np.int32)
    queue = np.zeros((lengths.sum() + 1, 4), np.int64)  # place, first token, last + 1, depth
    queue[0, 2] = len(ids)
    nodes[0, 1] = 0
    head, tail, free, last = 0, 1, 1, 0
    labels, splits = np.zeros(256, np.int64), np.zeros(257, np.int64)
    while head < tail:
        place, low, high, depth = queue[head]
        head += 1
        while low < high and lengths[low] == depth:  # the shortest stands first
            nodes[place, 2] = ids[low]
            low += 1
        children = 0
        for token in range(low, high):
            label = data[starts[token] + depth]
            if children == 0 or labels[children - 1] != label:
                labels[children] = label
                splits[children] = token
                children += 1
        splits[children] = high
        if children == 0:
            continue
        # The first base at which all children's places are free; `free` moves past what is nearly full.
        at, seen, taken = max(free, labels[0] + 1), 0, 0
        while True:
            if at + 512 > size:
                grown = np.full((2 * size, 3), -1, np.int32)
                grown[:size] = nodes
                nodes, size = grown, 2 * size
            fits = nodes[at, 1] < 0
            seen += 1
            taken += 0 if fits else 1
            if fits:
                for child in range(1, children):
                    if nodes[at - labels[0] + labels[child], 1] >= 0:
                        fits = False
                        break
            if fits:
                break
            at += 1
        if seen > 64 and taken > 0.95 * seen:
            free = at
        base = at - labels[0]
        nodes[place, 0] = base
        last = max(last, base)
        for child in range(children):
            nodes[base + labels[child], 1] = place
            queue[tail, 0] = base + labels[child]
            queue[tail, 1] = splits[child]
            queue[tail, 2] = splits[child + 1]
            queue[tail, 3] = depth + 1
            tail += 1
    nodes[:, 0] = np.maximum(nodes[:, 0], 0)  # no place names a leaf as its parent, wherever one looks
    return nodes[: last + 256]
