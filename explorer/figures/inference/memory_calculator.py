"""What the memory calculator draws: each model's bytes by part and format, and real tensors beside the formula."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.experiments.inference.memory_calculator import Calibration, WeighedCache, WeighedWeights
from explorer.figures.payload import Payload
from explorer.stack.inference.memory_calculator import FORMATS, QUOTED, REAL_MODELS, Sizes, kv_bytes, parameters

#: Batch and length at which the page's own product is compared with the module's: past every window of the table.
PROVED = (3, 5_000)
#: What one setting of an own model is called, and what it may be.
LIMITS = {
    "n_layers": ("Blocks", 1, 512),
    "d_model": ("d_model", 8, 65536),
    "n_heads": ("Query heads", 1, 1024),
    "n_kv_heads": ("Key/value heads", 1, 1024),
    "d_head": ("d_head", 2, 1024),
    "d_mlp": ("d_mlp", 8, 1 << 20),
    "d_vocab": ("d_vocab", 2, 1 << 20),
}


@dataclass(frozen=True)
class DecoderSizes:
    """A model's sizes, as the table shows them."""

    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_mlp: int
    d_vocab: int
    gated: bool
    tied: bool
    n_experts: int


@dataclass(frozen=True)
class MemoryRow:
    """One model, ready for the page: it multiplies by batch and length, and adds up."""

    name: str
    sizes: DecoderSizes
    total: int
    active: int
    """Of a mixture: what one token passes."""
    quoted: float | None
    """The total that its paper or card states, in billions."""
    matrices: int
    vectors: int
    bytes: Mapping[str, Mapping[str, float]]
    """By format and part."""
    kv_numbers: int
    """A token in one layer."""
    windows: tuple[tuple[int, int | None], ...]
    """(how many layers, how far back they look)."""
    proved: int
    """Bytes of its cache at `PROVED`, in 16 bits."""


@dataclass(frozen=True)
class StorageFormat:
    """What a number takes, its part of a scale included."""

    bytes_each: float
    group: int
    """Numbers that share a scale; 0: no scale."""
    scale_bits: int


@dataclass(frozen=True)
class OwnLimits:
    """What one number of an own model may be, and what it begins with."""

    label: str
    low: int
    high: int
    start: int


@dataclass(frozen=True)
class MemoryModels(Payload):
    """All models that can be chosen, and the bytes of a number in each format."""

    models: tuple[MemoryRow, ...]
    own: MemoryRow | None
    wrong: str | None
    """Why the own numbers are those of no model."""
    formats: Mapping[str, StorageFormat]
    limits: Mapping[str, OwnLimits]
    proved: tuple[int, int]


@dataclass(frozen=True)
class MemoryCalibration(Payload):
    """A model's tensors beside the formula, and its row for the other views."""

    model: str
    here: MemoryRow
    weights: WeighedWeights
    caches: tuple[WeighedCache, ...]
    block: int


def row(name: str, sizes: Sizes) -> MemoryRow:
    """One model, counted.

    >>> made = row("tiny", Sizes(2, 8, 2, 1, 4, 16, 32, tied=True))
    >>> made.total, made.bytes["bf16"]["attention"], made.kv_numbers
    (1448, 768.0, 8)
    """
    parts = parameters(sizes).parts()
    return MemoryRow(
        name,
        DecoderSizes(**{field: getattr(sizes, field) for field in DecoderSizes.__dataclass_fields__}),
        parameters(sizes).total,
        parameters(sizes, active=True).total,
        QUOTED.get(name),
        sum(part.matrices for part in parts.values()),
        sum(part.vectors for part in parts.values()),
        {f.name: {part: float(parts[part].bytes(f)) for part in parts} for f in FORMATS.values()},
        2 * sizes.n_kv_heads * sizes.d_head,
        tuple(sizes.window_groups()),
        kv_bytes(sizes, *PROVED, FORMATS["bf16"]),
    )


def models(controls: Mapping[str, Any], default: Sizes) -> MemoryModels:
    """The real models, and the visitor's own, if their numbers are those of one."""
    mine = own(controls, default)
    return MemoryModels(
        models=tuple(row(name, sizes) for name, sizes in REAL_MODELS.items()),
        own=row("Own numbers", mine) if isinstance(mine, Sizes) else None,
        wrong=mine if isinstance(mine, str) else None,
        formats={f.name: StorageFormat(f.bytes_each, f.group, f.scale_bits) for f in FORMATS.values()},
        limits={field: OwnLimits(*limits, getattr(default, field)) for field, limits in LIMITS.items()},
        proved=PROVED,
    )


def own(controls: Mapping[str, Any], default: Sizes) -> Sizes | str:
    """Sizes from numbers that a visitor gave, or a sentence that says which of them is wrong.

    >>> own({"n_layers": "-3"}, REAL_MODELS["Llama-3-8B"])
    'Blocks is −3: a whole number from 1 to 512 is needed.'
    >>> own({"n_heads": "33"}, REAL_MODELS["Llama-3-8B"])
    '33 query heads cannot share 8 key/value heads evenly.'
    """
    given: dict[str, Any] = {}
    for field, (label, low, high) in LIMITS.items():
        value = controls.get(field, getattr(default, field))
        number = _whole(value)
        if number is None or not low <= number <= high:
            said = str(value).strip()[:20].replace("-", "−") or "empty"
            return f"{label} is {said}: a whole number from {low:,} to {high:,} is needed."
        given[field] = number
    try:
        return Sizes(**given, gated=controls.get("mlp") != "plain", tied=controls.get("unembedding") == "tied")
    except ValueError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."


def _whole(value: Any) -> int | None:
    """The whole number that was given, if it is one.

    >>> _whole("12"), _whole(8.0), _whole("1e99"), _whole("2.5"), _whole("")
    (12, 8, None, None, None)
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) and number.is_integer() and abs(number) < 1e15 else None


def calibration(made: Calibration, model: str, sizes: Sizes, block: int) -> MemoryCalibration:
    return MemoryCalibration(model, row(model, sizes), made.weights, made.caches, block)
