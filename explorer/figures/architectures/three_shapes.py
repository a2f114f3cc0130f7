"""One sentence in three shapes of model: who may look at whom, and whose states a changed word reaches.

A pattern is [layer head query key]. What a shape may not see is told by measurement: the greatest weight on a later key
is exactly zero in a decoder, and of an encoder a share of all weight lies there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from explorer.figures.payload import Payload


def ahead(pattern: Float[Tensor, "*heads query key"]) -> Float[Tensor, "*heads query key"]:
    """The weights on keys behind the query, the others zero.

    >>> ahead(torch.tensor([[0.5, 0.5], [0.25, 0.75]])).tolist()
    [[0.0, 0.5], [0.0, 0.0]]
    """
    return pattern.triu(1)


def ahead_share(pattern: Float[Tensor, "*heads query key"]) -> float:
    """How much of all weight lies on keys behind their queries.

    >>> ahead_share(torch.tensor([[0.5, 0.5], [0.25, 0.75]]))
    0.25
    """
    return float(ahead(pattern.double()).sum() / pattern.double().sum())


def rows_error(pattern: Float[Tensor, "*heads query key"]) -> float:
    """How far the sum of any row is from 1."""
    return float((pattern.double().sum(-1) - 1).abs().max())


def roots(pattern: Float[Tensor, "*heads query key"]) -> UInt8[Tensor, "*heads query key"]:
    """255 √weight, rounded: what a cell's ink shows, in a byte."""
    return (pattern.clamp(0, 1).sqrt() * 255).round().to(torch.uint8)


def sharpest(pattern: Float[Tensor, "layer head query key"]) -> tuple[int, int]:
    """The layer and head whose rows have the lowest mean entropy.

    >>> even, sharp = torch.full((1, 1, 2, 2), 0.5), torch.eye(2)[None, None]
    >>> sharpest(torch.cat([even, sharp], 1))
    (0, 1)
    """
    entropy = -torch.special.xlogy(pattern, pattern).sum(-1).mean(-1)  # layer head
    layer, head = divmod(int(entropy.argmin()), pattern.shape[1])
    return layer, head


@dataclass(frozen=True)
class Ends:
    """Two texts that share a beginning and an end."""

    before: int
    """Tokens that both begin with."""
    after: int
    """Tokens that both end with."""


def shared_ends(a: Sequence[int], b: Sequence[int]) -> Ends:
    """How many ids two texts share at either end; no token is counted twice.

    >>> shared_ends([1, 2, 3, 4], [1, 9, 9, 4])
    Ends(before=1, after=1)
    >>> shared_ends([1, 1], [1, 1, 1])
    Ends(before=2, after=0)
    """
    most = min(len(a), len(b))
    before = next((i for i in range(most) if a[i] != b[i]), most)
    after = next((i for i in range(most - before) if a[-1 - i] != b[-1 - i]), most - before)
    return Ends(before, after)


@dataclass(frozen=True)
class Reach:
    """How far each state of the first text moved when a word of it was changed."""

    moved: Float[Tensor, "depth pos"]
    """|new - old| / |old|; nan on the changed word itself, which has no partner."""
    ends: Ends

    @property
    def before(self) -> float:
        """The greatest movement in front of the changed word."""
        part = self.moved[:, : self.ends.before]
        return float(part.max()) if part.numel() else 0.0

    def stirred(self, depth: int = -1, least: float = 1e-6) -> int:
        """Positions whose state moved at this depth, the changed word's not counted."""
        return int((self.moved[depth].nan_to_num() > least).sum())


def reach(old: Float[Tensor, "depth pos d_model"], new: Float[Tensor, "depth pos_new d_model"], ends: Ends) -> Reach:
    """Compare the states of two texts position by position, from the front and from the back.

    >>> old = torch.tensor([[[3.0, 4.0], [1.0, 0.0], [2.0, 0.0]]])
    >>> new = torch.tensor([[[3.0, 4.0], [7.0, 0.0], [7.0, 0.0], [3.0, 0.0]]])
    >>> reach(old, new, Ends(1, 1)).moved.tolist()
    [[0.0, nan, 0.5]]
    """
    moved = torch.full(old.shape[:2], torch.nan)
    for at in (slice(0, ends.before), slice(-ends.after, None) if ends.after else slice(0, 0)):
        moved[:, at] = (new[:, at] - old[:, at]).norm(dim=-1) / old[:, at].norm(dim=-1).clamp(min=1e-12)
    return Reach(moved, ends)


def changed(text: str, word: int, by: str) -> tuple[list[str], int, str]:
    """The words of a text, the index that is really changed (kept within them), and the text with that word replaced.

    >>> changed("the red  house", 1, "blue")
    (['the', 'red', 'house'], 1, 'the blue  house')
    """
    words = text.split()
    at = min(max(word, 0), len(words) - 1)
    rest, made = text, ""
    for i, each in enumerate(words):
        head, _, rest = rest.partition(each)
        made += head + (by if i == at else each)
    return words, at, made + rest


# ---- what is drawn ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DecoderMap:
    title: str
    tokens: list[str]
    pattern: UInt8[Tensor, "layer head query key"]
    """As `roots`, like all maps here."""
    ahead: float


@dataclass(frozen=True, kw_only=True)
class WriterMaps:
    title: str
    source: list[str]
    tokens: list[str]
    encoder: UInt8[Tensor, "encoder_layer head source source"]
    pattern: UInt8[Tensor, "layer head query query"]
    cross: UInt8[Tensor, "layer head query source"]
    ahead: float
    """Of the encoder's attention."""
    text: str
    """What it wrote."""


@dataclass(frozen=True, kw_only=True)
class EncoderMap(DecoderMap):
    d_model: int


@dataclass(frozen=True, kw_only=True)
class ThreeShapes(Payload):
    """One text in three shapes."""

    text: str
    decoder: DecoderMap
    writer: WriterMaps
    encoder: EncoderMap


@dataclass(frozen=True, kw_only=True)
class ShapeReach:
    """What a changed word moved in one model."""

    title: str
    tokens: list[str]
    moved: Float[Tensor, "depth pos"]
    """-1 on the changed word itself."""
    before: int
    after: int
    stirred: int


def shape_reach(title: str, tokens: Sequence[str], made: Reach) -> ShapeReach:
    moved = made.moved.nan_to_num(-1.0)
    return ShapeReach(
        title=title,
        tokens=list(tokens),
        moved=moved,
        before=made.ends.before,
        after=made.ends.after,
        stirred=made.stirred(),
    )


@dataclass(frozen=True, kw_only=True)
class WordReach(Payload):
    """One word replaced in three shapes."""

    words: list[str]
    word: int
    by: str
    text: str
    other: str
    decoder: ShapeReach
    writer: ShapeReach
    encoder: ShapeReach


@dataclass(frozen=True, kw_only=True)
class CrossReading(Payload):
    """A sentence rewritten, and what was read for each token that was written."""

    examples: list[str]
    text: str
    title: str
    source: list[str]
    written: list[str]
    answer: str
    cross: Float[Tensor, "layer head step source"]
    layer: int
    """The sharpest head's."""
    head: int
    p: Float[Tensor, " step"]
    ended: bool
