"""Which known model shares its key-value heads, and how: a table from their published sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.figures.payload import Payload
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes
from explorer.stack.inference.serving.model_sizes import Sizes

Kind = Literal["MHA", "GQA", "MQA", "MLA"]


def kind(n_heads: int, n_kv_heads: int) -> Kind:
    """
    >>> kind(32, 32), kind(32, 8), kind(71, 1)
    ('MHA', 'GQA', 'MQA')
    """
    if n_kv_heads == n_heads:
        return "MHA"
    return "MQA" if n_kv_heads == 1 else "GQA"


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class AttentionKinds(Payload):
    own: AttentionKind
    known: tuple[AttentionKind, ...]


def attention_kind(name: str, sizes: Sizes) -> AttentionKind:
    latent = sizes.latent
    each = kv_bytes(sizes, 1, 1, FORMATS["bf16"])
    of_head = latent.d_nope + latent.d_rope + latent.d_value if latent else 2 * sizes.d_head
    return AttentionKind(
        name=name,
        kind="MLA" if latent else kind(sizes.n_heads, sizes.n_kv_heads),
        n_layers=sizes.n_layers,
        n_heads=sizes.n_heads,
        n_kv_heads=sizes.n_kv_heads,
        d_head=sizes.d_head,
        bytes=each,
        multi_head_bytes=2 * sizes.n_layers * sizes.n_heads * of_head,
    )


def attention_kinds(own: AttentionKind) -> AttentionKinds:
    return AttentionKinds(own=own, known=tuple(attention_kind(*each) for each in REAL_MODELS.items()))
