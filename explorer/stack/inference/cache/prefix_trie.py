"""How many tokens of a prompt are known from texts before it, counted in a trie over token ids.

A trie (Fredkin 1960) has a node for each beginning of a text; RadixAttention (Zheng et al. 2023, arXiv 2312.07104)
keeps cached prefixes so. Here it is the count that the chain of block hashes (`block_pool`) is held against: no hash,
no block, one node a token. Blocks of B tokens can find no more than

    B * floor(known / B)       of a prompt whose first `known` tokens are a beginning of some text that is held

>>> trie = PrefixTrie()
>>> trie.hold([1, 2, 3, 4]); trie.hold([1, 2, 5])
>>> trie.known([1, 2, 3, 9]), trie.known([1, 2, 5, 5]), trie.known([2])
(3, 3, 0)
>>> trie.drop([1, 2, 3, 4]); trie.known([1, 2, 3, 9]), trie.known([1, 2, 5, 5])  # the other text has 1, 2 too
(2, 3)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Node:
    """A beginning of a text."""

    next: dict[int, Node] = field(default_factory=dict)
    holders: int = 0
    """Texts that hold it: two blocks that part within have their first tokens in common."""


class PrefixTrie:
    """Beginnings of texts, token by token, and which of their tokens are held."""

    def __init__(self) -> None:
        self.root = Node()

    def hold(self, ids: Sequence[int], first: int = 0) -> None:
        """Tokens of this text are held, from place `first` on."""
        for node in self._path(ids)[first:]:
            node.holders += 1

    def drop(self, ids: Sequence[int], first: int = 0) -> None:
        """What was held so is held once less."""
        for node in self._path(ids)[first:]:
            node.holders -= 1

    def known(self, ids: Sequence[int]) -> int:
        """Tokens from the beginning on that are held."""
        node = self.root
        for n, token in enumerate(ids):
            node = node.next.get(token)
            if node is None or not node.holders:
                return n
        return len(ids)

    def _path(self, ids: Sequence[int]) -> list[Node]:
        node, path = self.root, []
        for token in ids:
            node = node.next.setdefault(token, Node())
            path.append(node)
        return path
