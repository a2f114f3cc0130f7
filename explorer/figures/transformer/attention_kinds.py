"""Which known model shares its key-value heads, and how: a table from their published sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.figures.payload import Payload
from explorer.stack.inference.memory_calculator import FORMATS, REAL_MODELS, Sizes, kv_bytes

Kind = Literal["MHA", "GQA", "MQA"]


def kind(n_heads: int, n_kv_heads: int) -> Kind:
    """
    >>> kind(32, 32), kind(32, 8), kind(71, 1)
    ('MHA', 'GQA', 'MQA')
    """
    if n_kv_heads == n_heads:
        return "MHA"
    return "MQA" if n_kv_heads == 1 else "GQA"


@dataclass(frozen=True)
class AttentionKind:
    """One model."""

    name: str
    kind: Kind
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    bytes: int
    """Of cache for each token, 16-bit numbers."""
    multi_head_bytes: int
    """The same if every query head had keys and values of its own."""


@dataclass(frozen=True)
class AttentionKinds(Payload):
    own: AttentionKind
    known: tuple[AttentionKind, ...]


def attention_kind(name: str, sizes: Sizes) -> AttentionKind:
    each = kv_bytes(sizes, 1, 1, FORMATS["bf16"])
    return AttentionKind(
        name, kind(sizes.n_heads, sizes.n_kv_heads), sizes.n_layers, sizes.n_heads, sizes.n_kv_heads, sizes.d_head,
        each, each * sizes.n_heads // sizes.n_kv_heads,
    )  # fmt: skip


def attention_kinds(title: str, sizes: Sizes) -> AttentionKinds:
    """`title`, `sizes`: of the model on the page."""
    return AttentionKinds(attention_kind(title, sizes), tuple(attention_kind(*each) for each in REAL_MODELS.items()))
