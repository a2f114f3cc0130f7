"""What the memory table draws: each row of the reference's table in the ways that it may be meant, and our formats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from explorer.figures.payload import Payload
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.memory_table import (
    MODELS,
    Bits,
    constant,
    inside,
    nbytes,
    packed_bits,
    q4_k_m,
)
from explorer.stack.worst import worst

GIB, GB = 2**30, 10**9
#: "~35 GB" is kept by what rounds to it, about.
ABOUT = 0.03
Verdict = Literal["holds", "gib", "more", "less", "none"]


@dataclass(frozen=True)
class Way:
    """One way in which a row of the table may be meant."""

    row: str
    """The reference's name; empty where the table has none."""
    quoted: int | None
    """GB, as the reference says it."""
    name: str
    formula: str
    """Bits a weight of the blocks' matrices, in words."""
    bits: Bits
    stated: float
    """What the formula comes to in rows of 8,192."""
    format: str | None = None
    """Ours, whose packed bytes it is held against."""


def _of(row: str, quoted: int, name: str, formula: str, stated: float, fmt: str | None, wide: bool = False) -> Way:
    if fmt is None:
        return Way(row, quoted, name, formula, inside(lambda _: stated) if wide else constant(stated), stated)
    return Way(row, quoted, name, formula, _packed(fmt, wide), stated, fmt)


def _packed(fmt: str, wide: bool) -> Bits:
    """A format in the blocks' matrices; the tables of the vocabulary in 16 bits if `wide`."""

    def bits(_role: str, layer: int | None, d_in: int) -> float:
        return 16.0 if layer is None and wide else known_bits(fmt, d_in)

    return bits


@cache
def known_bits(fmt: str, d_in: int) -> float:
    return packed_bits(FORMATS[fmt], d_in)


def ways() -> tuple[Way, ...]:
    """The reference's eight rows, each in the ways it may be meant."""
    table = "both tables of the vocabulary in 16 bits"
    return (
        _of("FP32", 280, "float32", "32", 32.0, None),
        _of("FP16 / BF16", 140, "16 bits", "16", 16.0, "bf16"),
        _of("INT8", 70, "codes alone", "8", 8.0, None),
        _of("INT8", 70, "one float32 scale per row", "8 + 32/8,192", 8 + 32 / 8192, "int8"),
        _of("INT8", 70, f"the same, {table}", "8 + 32/8,192", 8 + 32 / 8192, "int8", wide=True),
        _of("FP8 (E4M3)", 70, "one float32 scale per row", "8 + 32/8,192", 8 + 32 / 8192, "fp8_e4m3"),
        _of("INT4 / NF4", 35, "codes alone", "4", 4.0, None),
        _of("INT4 / NF4", 35, "INT4, one float16 scale per 32", "4 + 16/32", 4.5, "int4"),
        _of("INT4 / NF4", 35, f"NF4, one float32 scale per 64; {table}", "4 + 32/64", 4.5, "nf4", wide=True),
        _of(
            "INT4 / NF4", 35, f"NF4, scales in 8 bits too; {table}", "4 + 8/64 + 32/16,384", 4 + 8 / 64 + 32 / 16384,
            "nf4_dq", wide=True,
        ),
        _of("GPTQ / AWQ", 35, "codes alone", "4", 4.0, None),
        _of(
            "GPTQ / AWQ", 35, f"groups of 128: a float16 scale, a zero of 4 bits; {table}", "4 + 20/128", 4 + 20 / 128,
            None, wide=True,
        ),
        Way("GGUF Q4_K_M", 42, "llama.cpp’s mix for 70B", "Q4_K 4.5, Q5_K 5.5, Q6_K 6.5625", q4_k_m, 4.5),
        _of("2-bit (QuIP#)", 18, "codes alone", "2", 2.0, None),
        # The lattice's search takes seconds for a few rows: what it packs is tested, not packed again here.
        Way(
            "2-bit (QuIP#)", 18, f"E8 lattice; {table}", "2 + 16/8,192", inside(lambda d_in: 2 + 16 / d_in),
            2 + 16 / 8192,
        ),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LargeModel:
    """A model of the table."""

    name: str
    parameters: int
    source: str
    n_layers: int
    d_model: int
    d_mlp: int
    d_vocab: int


@dataclass(frozen=True, kw_only=True)
class FormatMemory:
    """One way to mean a row, or a format of ours that the table has not."""

    row: str
    name: str
    formula: str
    quoted: int | None
    nbytes: tuple[int, ...]
    """By model."""
    average: tuple[float, ...]
    """Bits a weight over all weights, by model."""
    verdict: tuple[Verdict, ...]
    """Whether what is quoted is this many GB, or GiB, within 3 %."""
    packed: bool
    """The bits are those that a format of ours takes, packed."""


@dataclass(frozen=True, kw_only=True)
class MemoryTable(Payload):
    """All rows."""

    models: tuple[LargeModel, ...]
    rows: tuple[FormatMemory, ...]
    about: float
    """What may be between a quoted number and the counted one, as a share."""


def table() -> MemoryTable:
    rows = [_row(way.row, way.name, way.formula, way.quoted, way.bits, way.format is not None) for way in ways()]
    named = {way.format for way in ways()} | {"e8"}
    for fmt in FORMATS.values():
        if fmt.name not in named and not any(fmt.misfit(d_in) for d_in in (8192, 28672)):
            rows.append(_row("", fmt.title, _said(fmt), None, _packed(fmt.name, wide=False), True))
    models = tuple(
        LargeModel(
            name=m.name,
            parameters=m.parameters,
            source=m.source,
            n_layers=m.n_layers,
            d_model=m.d_model,
            d_mlp=m.d_mlp,
            d_vocab=m.d_vocab,
        )
        for m in MODELS
    )
    return MemoryTable(models=models, rows=tuple(rows), about=ABOUT)


def _said(fmt: Format) -> str:
    return f"{known_bits(fmt.name, 8192):.4g}"


def _row(row: str, name: str, formula: str, quoted: int | None, bits: Bits, packed: bool) -> FormatMemory:
    sizes = tuple(nbytes(model, bits) for model in MODELS)
    average = tuple(8 * size / model.parameters for size, model in zip(sizes, MODELS, strict=True))
    return FormatMemory(
        row=row,
        name=name,
        formula=formula,
        quoted=quoted,
        nbytes=sizes,
        average=average,
        verdict=tuple(verdict(size, quoted) for size in sizes),
        packed=packed,
    )


def verdict(size: int, quoted: int | None) -> Verdict:
    """Whether so many bytes are what is quoted.

    >>> verdict(141_107_412_992, 140), verdict(37_600_000_000, 35), verdict(39_700_000_000, 35), verdict(1, None)
    ('holds', 'gib', 'more', 'none')
    """
    if quoted is None:
        return "none"
    if abs(size / GB / quoted - 1) <= ABOUT:
        return "holds"
    if abs(size / GIB / quoted - 1) <= ABOUT:
        return "gib"
    return "more" if size / GB > quoted else "less"


def bits_error() -> float:
    """The largest difference of a formula's bits from those of the packed arrays, rows of 8,192."""
    return worst(abs(way.stated - known_bits(way.format, 8192)) for way in ways() if way.format is not None)
