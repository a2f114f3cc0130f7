"""The header of a GGUF file, read within bounds before anything else reads it.

A file is "GGUF", version, number of tensors, number of settings; then each setting (key, type, value) and each
tensor's name, axes, type and offset; then, aligned, the data. Every count in it is a promise of bytes, and is compared
with the bytes that are left before it is followed: gguf's own reader would walk an array of 2**34 entries.
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from explorer.errors import UnsupportedModelError, WeightsDamagedError

VERSIONS = (2, 3)
MOST_SETTINGS, MOST_TENSORS, MOST_ENTRIES = 10_000, 200_000, 4_000_000
"""Far more than any file has: 262,144 tokens and 514,906 merges are Gemma's."""
LONGEST_NAME, LONGEST_STRING = 1 << 16, 1 << 26
MOST_AXES, LARGEST_ALIGNMENT = 4, 1 << 20
SMALL = 4096
"""Arrays of numbers up to this length are kept; longer ones, and arrays of strings, are an Array."""
STRING, ARRAY = 8, 9
FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
AGAIN = "Fetch or copy it again."
INSTEAD = "Give the model's safetensors folder instead, if there is one."


@dataclass(frozen=True)
class Array:
    """An array that is not kept: the type of its entries and how many there are."""

    kind: int
    length: int


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file."""

    shape: tuple[int, ...]
    """As torch writes it, the slowest axis first."""
    kind: int
    """ggml's number of the type."""
    begin: int
    """Bytes from the start of the file."""
    n_bytes: int


@dataclass(frozen=True)
class Header:
    """What a GGUF file says of itself."""

    path: Path
    settings: dict[str, Any]
    tensors: dict[str, Tensor]

    @property
    def architecture(self) -> str:
        """llama.cpp's name of it."""
        return str(self.settings.get("general.architecture", ""))

    def of_architecture(self) -> dict[str, Any]:
        """The settings of the architecture, without its name in front."""
        prefix = f"{self.architecture}."
        return {key.removeprefix(prefix): value for key, value in self.settings.items() if key.startswith(prefix)}

    def refusal(
        self, key: str, value: Any, why: str = "it changes the computation and is not read"
    ) -> UnsupportedModelError:
        """The error for a setting (without the architecture's name) that cannot be followed."""
        shown = f"{value.length:,} values" if isinstance(value, Array) else str(value)[:60]
        whole = key if key in self.settings else f"{self.architecture}.{key}"
        return UnsupportedModelError(f"{self.path.name} says {whole} = {shown}: {why}.", INSTEAD, setting=whole)

    def floats(self, name: str) -> list[float]:
        """The values of a small float32 tensor. Raises WeightsDamagedError for any other."""
        tensor = self.tensors[name]
        if tensor.kind != 0 or tensor.n_bytes > 4 * SMALL:
            raise WeightsDamagedError(f"{name} of {self.path.name} is no short row of float32.", AGAIN)
        with self.path.open("rb") as stream:
            stream.seek(tensor.begin)
            return list(struct.unpack(f"<{tensor.n_bytes // 4}f", stream.read(tensor.n_bytes)))


class _OddFileError(Exception):
    """What is wrong with the file, in a few words."""


def read_header(path: Path) -> Header:
    """Settings and tensors of the file. Raises WeightsDamagedError unless every one of them fits into it."""
    try:
        with path.open("rb") as stream:
            return _Walk(stream, path.stat().st_size).header(path)
    except _OddFileError as error:
        raise WeightsDamagedError(f"{path.name} is cut short or altered: {error}.", AGAIN) from error
    except OSError as error:
        raise WeightsDamagedError(f"{path.name} cannot be read: {error}", "Look at the file's permissions.") from error


def read_settings(path: Path, kept: frozenset[str]) -> dict[str, Any]:
    """The settings of a file that may have no tensors (a vocabulary alone), with the long arrays whose keys are in
    `kept` as lists. Raises WeightsDamagedError as `read_header` does."""
    try:
        with path.open("rb") as stream:
            return _Walk(stream, path.stat().st_size, kept).settings(path)[0]
    except _OddFileError as error:
        raise WeightsDamagedError(f"{path.name} is cut short or altered: {error}.", AGAIN) from error
    except OSError as error:
        raise WeightsDamagedError(f"{path.name} cannot be read: {error}", "Look at the file's permissions.") from error


class _Walk:
    """One pass over the header, from front to back; nothing is read that the file cannot hold."""

    def __init__(self, stream: BinaryIO, size: int, kept: frozenset[str] = frozenset()) -> None:
        self._kept = kept
        self._stream = stream
        self._size = size
        self._at = 0

    def _take(self, count: int, what: str) -> bytes:
        if count > self._size - self._at:
            raise _OddFileError(f"{what} needs {count:,} bytes and {self._size - self._at:,} are left")
        self._at += count
        raw = self._stream.read(count)
        if len(raw) != count:
            raise _OddFileError(f"{what} ends too early")
        return raw

    def _numbers(self, form: str, what: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{form}", self._take(struct.calcsize(f"<{form}"), what))

    def _count(self, most: int, each: int, what: str) -> int:
        """A count of 64 bits of things that take at least `each` bytes."""
        (count,) = self._numbers("Q", what)
        if count > most or count * each > self._size - self._at:
            raise _OddFileError(f"it says {count:,} {what}, and {self._size - self._at:,} bytes are left")
        return count

    def _string(self, longest: int, what: str) -> str:
        raw = self._take(self._count(longest, 1, f"bytes of {what}"), what)
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise _OddFileError(f"{what} is not UTF-8") from error

    def header(self, path: Path) -> Header:
        settings, n_tensors = self.settings(path)
        stated = [self._tensor() for _ in range(n_tensors)]
        return Header(path, settings, self._placed(stated, settings.get("general.alignment", 32)))

    def settings(self, path: Path) -> tuple[dict[str, Any], int]:
        """The settings, and how many tensors follow."""
        if self._size < 24 or self._take(4, "its name") != b"GGUF":
            raise WeightsDamagedError(
                f"{path.name} is not a GGUF file: it does not begin with the letters GGUF.", AGAIN
            )
        (version,) = self._numbers("I", "its version")
        if version not in VERSIONS:
            raise WeightsDamagedError(f"{path.name} is GGUF version {version}; versions 2 and 3 are read.", AGAIN)
        n_tensors = self._count(MOST_TENSORS, 24, "tensors")
        n_settings = self._count(MOST_SETTINGS, 13, "settings")
        settings: dict[str, Any] = {}
        for _ in range(n_settings):
            key = self._string(LONGEST_NAME, "a setting's name")
            if key in settings:
                raise _OddFileError(f"it says {key[:80]} twice")
            (kind,) = self._numbers("I", key[:80])
            settings[key] = self._value(kind, key[:80])
        return settings, n_tensors

    def _value(self, kind: int, key: str) -> Any:
        if kind in FORMATS:
            return self._numbers(FORMATS[kind], key)[0]
        if kind == STRING:
            return self._string(LONGEST_STRING, key)
        if kind != ARRAY:
            raise _OddFileError(f"{key} is of the unknown type {kind}")
        (of,) = self._numbers("I", key)
        if of == STRING:
            length = self._count(MOST_ENTRIES, 8, f"entries of {key}")
            if key in self._kept:
                return [self._string(LONGEST_STRING, key) for _ in range(length)]
            for _ in range(length):
                self._string(LONGEST_STRING, key)
            return Array(of, length)
        if of not in FORMATS:
            raise _OddFileError(f"{key} is an array of the type {of}, which is not read")
        each = struct.calcsize(FORMATS[of])
        length = self._count(MOST_ENTRIES, each, f"entries of {key}")
        if length <= SMALL or key in self._kept:
            return list(self._numbers(f"{length}{FORMATS[of]}", key))
        self._take(length * each, key)
        return Array(of, length)

    def _tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string(LONGEST_NAME, "a tensor's name")
        (n_axes,) = self._numbers("I", name[:80])
        if n_axes > MOST_AXES:
            raise _OddFileError(f"tensor {name[:80]} has {n_axes:,} axes; {MOST_AXES} are the most")
        shape = self._numbers(f"{n_axes}Q", name[:80])
        kind, offset = self._numbers("IQ", name[:80])
        return name, tuple(reversed(shape)), kind, offset

    def _placed(self, stated: list[tuple[str, tuple[int, ...], int, int]], alignment: Any) -> dict[str, Tensor]:
        """Each tensor's bytes: within the file, none over another, so that all together are no more than the file."""
        if not isinstance(alignment, int) or not 0 < alignment <= LARGEST_ALIGNMENT or alignment & (alignment - 1):
            raise _OddFileError(f"its alignment, {str(alignment)[:40]}, is not a power of two")
        start = -(-self._at // alignment) * alignment
        tensors: dict[str, Tensor] = {}
        for name, shape, kind, offset in stated:
            if name in tensors:
                raise _OddFileError(f"tensor {name[:80]} is there twice")
            n_bytes = _n_bytes(name, shape, kind)
            if offset % alignment or start + offset + n_bytes > self._size:
                raise _OddFileError(
                    f"tensor {name[:80]} would end at byte {start + offset + n_bytes:,} of {self._size:,}"
                )
            tensors[name] = Tensor(shape, kind, start + offset, n_bytes)
        if not tensors:
            raise _OddFileError("it holds no tensors")
        end = 0
        for name, tensor in sorted(tensors.items(), key=lambda each: each[1].begin):
            if tensor.begin < end:
                raise _OddFileError(f"tensor {name[:80]} overlaps another")
            end = tensor.begin + tensor.n_bytes
        return tensors


def _n_bytes(name: str, shape: tuple[int, ...], kind: int) -> int:
    """What so many numbers of the type take: blocks along the last axis."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        block, each = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (ValueError, KeyError) as error:
        raise _OddFileError(f"tensor {name[:80]} is of the unknown type {kind}") from error
    if shape and shape[-1] % block:
        raise _OddFileError(f"a row of tensor {name[:80]} has {shape[-1]:,} numbers, no multiple of {block}")
    n_bytes = math.prod(shape) // block * each
    if not n_bytes:
        raise _OddFileError(f"tensor {name[:80]} is empty")
    return n_bytes
