"""What the views of attention are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int, UInt8
from torch import Tensor

from explorer.figures.overview.attention import Change
from explorer.figures.overview.attention_beside import HeadBeside, ReadsBeside, WallBeside
from explorer.figures.overview.measured import Measured, MovedNumber
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class AttentionWall(Payload):
    """Every head's map, made small, and its scores."""

    n_layers: int
    n_heads: int
    n_kv_heads: int
    maps: UInt8[Tensor, "layer head cells"]
    """Lower triangles, row by row."""
    cells: int
    """Squares a side."""
    stride: int
    """Tokens that a square covers."""
    previous: Float[Tensor, "layer head"]
    sink: Float[Tensor, "layer head"]
    entropy: Float[Tensor, "layer head"]
    induction: Float[Tensor, "layer head"]
    base: WallBeside | None


@dataclass(frozen=True, kw_only=True)
class AttentionReads(Payload):
    """One query's row in every head."""

    position: int
    n_layers: int
    n_heads: int
    rows: UInt8[Tensor, "layer head key"]
    base: ReadsBeside | None


@dataclass(frozen=True, kw_only=True)
class AttentionChange(Change):
    """The next-token distribution in the other run and in this one."""

    moved: MovedNumber


@dataclass(frozen=True, kw_only=True)
class AttentionFacts:
    """Means over the text's queries."""

    previous: float
    sink: float
    entropy: float


@dataclass(frozen=True, kw_only=True)
class AttentionHead(Payload):
    """One head opened at one query."""

    position: int
    layer: int
    head: int
    target: int
    d_head: int
    scaling: float
    softcap: float | None
    d_rotary: int | None
    """So many coordinates are turned, i together with i + d_rotary / 2: 0 where positions turn nothing, None where the
    model's pairs are others."""
    window: int | None
    first: int
    map: UInt8[Tensor, "window window"]
    row0: int
    scores: Float[Tensor, "queries key"]
    rows: Float[Tensor, "queries key"]
    value_norms: Float[Tensor, " key"]
    shown: Int[Tensor, " shown"]
    unread: list[int]
    query: Float[Tensor, " d_head"]
    keys: Float[Tensor, "shown d_head"]
    kv: int
    kin: list[int]
    """The heads that share the key-value head."""
    measured: Measured
    share: float
    """Of the target's lead."""
    facts: AttentionFacts
    base: AttentionChange | None
    beside: HeadBeside | None
