"""What the memory calculator draws: each model's bytes by part and format, and real tensors beside the formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jaxtyping import Int
from torch import Tensor

from explorer.stack.inference.memory_calculator import FORMATS, Sizes, kv_bytes, parameters
from explorer.stack.transformer.kv_cache import KVCache

#: Batch and length at which the page's own product is compared with the module's: past every window of the table.
PROVED = (3, 5_000)
#: What one setting of an own model may be.
LIMITS = {
    "n_layers": (1, 512),
    "d_model": (8, 65536),
    "n_heads": (1, 1024),
    "n_kv_heads": (1, 1024),
    "d_head": (2, 1024),
    "d_mlp": (8, 1 << 20),
    "d_vocab": (2, 1 << 20),
}


def row(name: str, sizes: Sizes) -> dict[str, Any]:
    """One model, ready for the page: it multiplies by batch and length, and adds up; the counting is done here.

    >>> made = row("tiny", Sizes(2, 8, 2, 1, 4, 16, 32, tied=True))
    >>> made["total"], made["bytes"]["bf16"]["attention"], made["kv_numbers"]
    (1448, 768.0, 8)
    """
    parts = parameters(sizes).parts()
    shown = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "gated", "tied", "n_experts")
    return {
        "name": name,
        "sizes": {field: getattr(sizes, field) for field in shown},
        "total": parameters(sizes).total,
        "active": parameters(sizes, active=True).total,
        "matrices": sum(part.matrices for part in parts.values()),
        "vectors": sum(part.vectors for part in parts.values()),
        "bytes": {f.name: {part: parts[part].bytes(f) for part in parts} for f in FORMATS.values()},
        # a token in one layer, and how many layers look how far back
        "kv_numbers": 2 * sizes.n_kv_heads * sizes.d_head,
        "windows": [[layers, window] for layers, window in sizes.window_groups()],
        "proved": kv_bytes(sizes, *PROVED, FORMATS["bf16"]),
    }


def own(controls: Mapping[str, Any], default: Sizes) -> Sizes | str:
    """Sizes from numbers that a visitor gave, or what is wrong with them."""
    given: dict[str, Any] = {}
    for field, (low, high) in LIMITS.items():
        try:
            value = int(float(controls.get(field, getattr(default, field))))
        except (TypeError, ValueError, OverflowError):
            value = getattr(default, field)
        given[field] = min(max(value, low), high)
    try:
        return Sizes(**given, gated=controls.get("mlp") != "plain", tied=controls.get("unembedding") == "tied")
    except ValueError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."


@dataclass(frozen=True)
class Weighed:
    """A cache that was filled here, beside the formula."""

    layout: str
    batch: int
    length: int
    formula: int
    tensors: int
    """Bytes of keys and values as they lie in memory."""
    books: int
    """Bytes of positions or block tables, which the formula leaves out."""


def weigh(layout: str, cache: KVCache, books: int, sizes: Sizes, ids: Int[Tensor, "batch pos"], number: str) -> Weighed:
    """After `cache` has read `ids`; `books` of its bytes are not keys and values."""
    batch, length = ids.shape
    formula = kv_bytes(sizes, batch, length, FORMATS[number])
    return Weighed(layout, batch, length, formula, cache.nbytes - books, books)
