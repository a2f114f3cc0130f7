"""A GGUF header: read within the bytes that are there, or one error, and at once."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import WeightsDamagedError
from explorer.zoo.gguf_header import Array, read_header

STRING, ARRAY, U32 = 8, 9, 4


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def setting(key: str, kind: int, raw: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + raw


def array(kind: int, length: int, raw: bytes = b"") -> bytes:
    return struct.pack("<IQ", kind, length) + raw


def tensor(
    name: str = "t", axes: tuple[int, ...] = (8,), kind: int = 0, offset: int = 0, n: int | None = None
) -> bytes:
    raw = text(name) + struct.pack("<I", len(axes) if n is None else n)
    return raw + struct.pack(f"<{len(axes)}QIQ", *axes, kind, offset)


ARCHITECTURE = setting("general.architecture", STRING, text("llama"))


def file(
    settings_: tuple[bytes, ...] = (ARCHITECTURE,),
    tensors: tuple[bytes, ...] = (tensor(),),
    n_settings: int | None = None,
    n_tensors: int | None = None,
    version: int = 3,
    data: int = 32,
) -> bytes:
    counts = (len(tensors) if n_tensors is None else n_tensors, len(settings_) if n_settings is None else n_settings)
    raw = b"GGUF" + struct.pack("<IQQ", version, *counts) + b"".join(settings_) + b"".join(tensors)
    return raw + bytes(-len(raw) % 32) + bytes(data)


def test_a_whole_file(tmp_path: Path, plain_llama: Any, gguf_llama: Any) -> None:
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {"rope.dimension_sections": [1, 2, 3]})
    header, theirs = read_header(path), gguf.GGUFReader(path)
    assert header.architecture == "llama"
    assert header.of_architecture()["embedding_length"] == 32
    assert header.settings["llama.rope.dimension_sections"] == [1, 2, 3]
    assert header.settings["tokenizer.ggml.tokens"] == Array(STRING, 258)
    assert {
        each.name: (each.data_offset, each.n_bytes, tuple(reversed(each.shape.tolist()))) for each in theirs.tensors
    } == {name: (each.begin, each.n_bytes, each.shape) for name, each in header.tensors.items()}
    assert header.floats("output_norm.weight") == pytest.approx(theirs.tensors[1].data.tolist(), abs=10)


def test_the_smallest_file(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(file())
    assert read_header(path).tensors["t"].shape == (8,)


ODD: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "another kind": lambda: b"PK\x03\x04" + bytes(60),
    "version 1": lambda: file(version=1),
    "other byte order": lambda: file(version=3 << 24),
    "2**34 entries of strings": lambda: file((setting("a", ARRAY, array(STRING, 1 << 34)),)),
    "2**34 entries of numbers": lambda: file((setting("a", ARRAY, array(U32, 1 << 34)),)),
    "2**62 entries": lambda: file((setting("a", ARRAY, array(0, 1 << 62)),)),
    "an array of arrays": lambda: file((setting("a", ARRAY, array(ARRAY, 1, array(U32, 0))),)),
    "an array of nothing known": lambda: file((setting("a", ARRAY, array(77, 0)),)),
    "a string of 2**60": lambda: file((setting("a", STRING, struct.pack("<Q", 1 << 60)),)),
    "a name of 2**60": lambda: file((struct.pack("<Q", 1 << 60),)),
    "a string that is not UTF-8": lambda: file((setting("a", STRING, text(b"\xff\xfe")),)),
    "an unknown type": lambda: file((setting("a", 99, b""),)),
    "a setting twice": lambda: file((ARCHITECTURE, ARCHITECTURE)),
    "2**63 settings": lambda: file(n_settings=1 << 63),
    "2**63 tensors": lambda: file(n_tensors=1 << 63),
    "a million tensors": lambda: file(n_tensors=10**6),
    "no tensors": lambda: file(tensors=()),
    "2**31 axes": lambda: file(tensors=(tensor(n=1 << 31),)),
    "five axes": lambda: file(tensors=(tensor(axes=(1, 1, 1, 1, 1)),)),
    "an axis of 2**62": lambda: file(tensors=(tensor(axes=(1 << 62, 1 << 62)),)),
    "an axis of none": lambda: file(tensors=(tensor(axes=(0,)),)),
    "an unknown tensor type": lambda: file(tensors=(tensor(kind=200),)),
    "a row that is no whole block": lambda: file(tensors=(tensor(axes=(8,), kind=2),)),
    "an offset outside": lambda: file(tensors=(tensor(offset=1 << 50),)),
    "an offset that is not aligned": lambda: file(tensors=(tensor(axes=(1,), offset=7),)),
    "a tensor twice": lambda: file(tensors=(tensor(), tensor(offset=32)), data=64),
    "tensors over one another": lambda: file(tensors=(tensor(), tensor("u"))),
    "an alignment of 3": lambda: file((setting("general.alignment", U32, struct.pack("<I", 3)),)),
    "an alignment of 0": lambda: file((setting("general.alignment", U32, struct.pack("<I", 0)),)),
    "a string for the alignment": lambda: file((setting("general.alignment", STRING, text("32")),)),
    "cut data": lambda: file(data=31),
    "cut settings": lambda: file()[:40],
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_what_no_file_can_say(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(make())
    with pytest.raises(WeightsDamagedError) as caught:
        read_header(path)
    assert caught.value.hint
    assert len(caught.value.message) < 300


def test_a_sparse_file_of_a_terabyte_is_not_walked(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(file((setting("a", ARRAY, array(STRING, 1 << 34)),)))
    with path.open("r+b") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(WeightsDamagedError, match="17,179,869,184"):
        read_header(path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_of_bytes_gives_anything_but_the_one_error(data: st.DataObject) -> None:
    """And where our reading accepts a changed file, gguf's reader finds the same tensors."""
    import tempfile

    whole = file(
        (ARCHITECTURE, setting("a", ARRAY, array(STRING, 2, text("x") + text("yz")))),
        (tensor(), tensor("u", (2, 4), 0, 32)),
        data=64,
    )
    raw = bytearray(whole)
    for at in data.draw(st.lists(st.integers(0, len(raw) - 65), min_size=1, max_size=3)):
        raw[at] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.gguf"
        path.write_bytes(bytes(raw)[: data.draw(st.sampled_from([len(raw), len(raw), len(raw) - 1, 30]))])
        try:
            found = read_header(path)
        except WeightsDamagedError:
            return
        theirs = gguf.GGUFReader(path).tensors
        assert [each.name for each in theirs] == list(found.tensors)
        assert [each.data_offset for each in theirs] == [each.begin for each in found.tensors.values()]
