"""The header of a safetensors file, read within bounds and believed only where it agrees with the file.

A file is 8 bytes of header length N, N bytes of JSON {name: {dtype, shape, data_offsets}}, and the tensors, one behind
the other without a gap. https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from explorer.errors import WeightsDamagedError
from explorer.zoo.json_file import parse_table

HEADER_LIMIT = 100_000_000
"""Bytes; safetensors' own limit."""
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "F64": 64, "I64": 64, "U64": 64, "C64": 64, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E5M2FNUZ": 8,
    "F8_E4M3FNUZ": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One tensor of the header."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int
    """Bytes, counted from the end of the header."""


class _OddHeaderError(Exception):
    """What is wrong with a header, in a few words."""


def read_header(path: Path) -> dict[str, Entry]:
    """The tensors that the file holds, by name. Raises WeightsDamagedError unless the file is exactly what it says."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(8)
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
            if not 2 <= length <= size - 8:
                raise _OddHeaderError(f"it has {size:,} bytes, too few for its header")
            if length > HEADER_LIMIT:
                raise _OddHeaderError(f"its header has {length:,} bytes; safetensors allows {HEADER_LIMIT:,}")
            raw = stream.read(length)
        table = parse_table(raw, f"the header of {path.name}", unique=True)
        table.pop("__metadata__", None)
        entries = {name: _entry(name, each) for name, each in table.items()}
        _check_layout(entries, size - 8 - length, size)
    except _OddHeaderError as error:
        raise WeightsDamagedError(
            f"{path.name} in {path.parent.name} is damaged: {error}.", "Fetch or copy it again."
        ) from error
    except OSError as error:
        raise WeightsDamagedError(f"{path.name} cannot be read: {error}", "Look at the file's permissions.") from error
    return entries


def _entry(name: str, stated: object) -> Entry:
    shown = name[:80]
    if not isinstance(stated, dict):
        raise _OddHeaderError(f"what it says of tensor {shown} is not readable")
    dtype, shape, offsets = stated.get("dtype"), stated.get("shape"), stated.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in BITS:
        raise _OddHeaderError(f"tensor {shown} is of the unknown type {str(dtype)[:40]!r}")
    if not _counts(shape) or not _counts(offsets) or len(offsets) != 2:
        raise _OddHeaderError(f"the shape or the offsets of tensor {shown} are no counts")
    entry = Entry(dtype, tuple(shape), *offsets)
    if math.prod(shape) * BITS[dtype] != 8 * (entry.end - entry.begin):
        raise _OddHeaderError(f"the shape of tensor {shown} does not fit its {entry.end - entry.begin:,} bytes")
    return entry


def _counts(values: object) -> TypeGuard[list[int]]:
    return isinstance(values, list) and all(type(each) is int and 0 <= each < 1 << 63 for each in values)


def _check_layout(entries: dict[str, Entry], room: int, size: int) -> None:
    """The tensors lie one behind the other and fill the file: none overlaps another, none is outside."""
    at = 0
    for name, entry in sorted(entries.items(), key=lambda each: (each[1].begin, each[1].end)):
        if entry.begin != at:
            where = "overlaps another" if entry.begin < at else "lies behind a gap"
            raise _OddHeaderError(f"tensor {name[:80]} {where}")
        at = entry.end
    if at != room:
        raise _OddHeaderError(f"it has {size:,} bytes instead of {size - room + at:,}")
