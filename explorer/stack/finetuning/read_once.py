"""Texts that begin alike, read together: a token that follows the same tokens in several texts is read once.

    request answer A            request answer A
    request answer B     ->            \\ answer B

The two answers of a preference share their request, all answers share what a chat template writes before it, and a
token left out of a text leaves those before it as they are. The texts become trees (`stack.systems.packed`), one behind
the other in one row; each token sees those that it stands behind, so that each text is read as if alone.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=32, d_vocab=12, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0))
>>> made = Together.of([(1, 2, 3), (1, 2, 4, 5)], config)
>>> made.ids.tolist(), made.places
([1, 2, 3, 4, 5], ((0, 1, 2), (0, 1, 3, 4)))
>>> x, at = made.entered(decoder)
>>> alone = decoder.stream(torch.tensor([[1, 2, 4, 5]]))[0]
>>> bool((decoder.blocks[0](x, at)[0, [0, 1, 3, 4]] - alone).abs().max() < 1e-5)
True
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.systems.packed import Packed, Tree
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

Ids = tuple[int, ...]
#: Tokens of a tree, at most, if no text has more: attention takes the square of them.
TOKENS = 384


@dataclass(frozen=True, eq=False)
class Together:
    """Texts as trees of tokens."""

    ids: Int[Tensor, " token"]
    places: tuple[tuple[int, ...], ...]
    """Of each text, where its tokens lie."""
    packed: Packed

    @classmethod
    def of(cls, texts: Sequence[Ids], config: DecoderConfig) -> Together:
        read, trees = list[int](), list[Tree]()
        places: list[tuple[int, ...]] = [()] * len(texts)
        for some in alike(texts):
            tree, ids, paths = Tree.of(0, [texts[at] for at in some])
            for at, path in zip(some, paths, strict=True):
                places[at] = tuple(len(read) + place for place in path)
            read += ids
            trees.append(tree)
        plain = config.positions != "alibi" and not any(config.windows)
        return cls(torch.tensor(read), tuple(places), Packed(trees, plain=plain))

    def entered(self, decoder: Decoder) -> tuple[Float[Tensor, "1 token d_model"], Pass]:
        """The stream as the first block meets it, and what all blocks are told."""
        return decoder.entered(self.ids[None], self.packed.positions[None], kernel=self.packed)

    def some(self, which: Sequence[int], config: DecoderConfig) -> tuple[Together, Int[Tensor, " token"]]:
        """Some of the texts, and where each of their tokens lay."""
        made = Together.of([tuple(self.ids[list(self.places[at])].tolist()) for at in which], config)
        lay = torch.zeros(len(made.ids), dtype=torch.int64)
        for at, places in zip(which, made.places, strict=True):
            lay[list(places)] = torch.tensor(self.places[at])
        return made, lay


def alike(texts: Sequence[Ids], tokens: int = TOKENS) -> Iterator[list[int]]:
    """Which texts make a tree: neighbours in the order of their tokens share most.

    >>> list(alike([(1, 2, 3), (7, 8), (1, 2, 4, 5)], tokens=5))  # the first and the last have 5 tokens together
    [[0, 2], [1]]
    """
    some: list[int] = []
    size = 0
    for at in sorted(range(len(texts)), key=texts.__getitem__):
        new = len(texts[at]) - (_same(texts[some[-1]], texts[at]) if some else 0)
        if some and size + new > tokens:
            yield some
            some, size, new = [], 0, len(texts[at])
        some.append(at)
        size += new
    if some:
        yield some


def _same(one: Ids, other: Ids) -> int:
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(one, other, strict=False)))
