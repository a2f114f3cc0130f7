"""A safetensors header: what is true of the file is read, whatever else it says is one error."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file

from explorer.errors import WeightsDamagedError
from explorer.zoo.safetensors_header import read_header

WHOLE = {
    "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
    "b": {"dtype": "F16", "shape": [4], "data_offsets": [16, 24]},
}


def write(path: Path, header: Any, data: bytes = bytes(24), length: int | None = None) -> Path:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw) if length is None else length) + raw + data)
    return path


def with_b(**changes: Any) -> dict[str, Any]:
    return {**WHOLE, "b": {**WHOLE["b"], **changes}}


def test_what_safetensors_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    tensors = {"x": np.ones((3, 5), np.float32), "y": np.zeros(0, np.int64), "z": np.ones((), np.float16)}
    save_file(tensors, path, metadata={"format": "pt"})
    assert {name: entry.shape for name, entry in read_header(path).items()} == {"x": (3, 5), "y": (0,), "z": ()}


ODD: dict[str, Any] = {
    "a tensor twice": json.dumps(WHOLE).encode()[:-1] + b', "b": ' + json.dumps(WHOLE["b"]).encode() + b"}",
    "a shape twice": json.dumps(WHOLE).encode().replace(b'"dtype": "F16"', b'"dtype": "F16", "dtype": "F16"'),
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nested within": b'{"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a list": [],
    "string offsets": with_b(data_offsets=["16", "24"]),
    "negative offsets": with_b(data_offsets=[-8, 0]),
    "real offsets": with_b(data_offsets=[16.0, 24.0]),
    "true offsets": with_b(data_offsets=[True, 9]),
    "offsets beyond 64 bits": with_b(data_offsets=[16, 1 << 70]),
    "three offsets": with_b(data_offsets=[16, 20, 24]),
    "backwards": with_b(data_offsets=[24, 16]),
    "overlapping": with_b(data_offsets=[8, 16]),
    "a gap": with_b(data_offsets=[17, 25]),
    "outside the file": with_b(data_offsets=[16, 32], shape=[8]),
    "a shape that does not fit": with_b(shape=[5]),
    "a huge shape": with_b(shape=[1 << 40, 1 << 40]),
    "a string shape": with_b(shape="4"),
    "no shape": {"a": WHOLE["a"], "b": {"dtype": "F16", "data_offsets": [16, 24]}},
    "an unknown type": with_b(dtype="F17"),
    "a list for a type": with_b(dtype=["F16"]),
    "a number for a tensor": {**WHOLE, "b": 1},
}


@pytest.mark.parametrize("header", ODD.values(), ids=ODD)
def test_a_header_that_cannot_be_true(tmp_path: Path, header: Any) -> None:
    with pytest.raises(WeightsDamagedError) as caught:
        read_header(write(tmp_path / "model.safetensors", header))
    assert caught.value.hint


def test_a_header_of_four_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "model.safetensors", WHOLE, length=4_000_000_000)
    with path.open("r+b") as stream:
        stream.truncate(5_000_000_000)  # sparse
    with pytest.raises(WeightsDamagedError, match="4,000,000,000"):
        read_header(path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_of_bytes_gives_anything_but_the_one_error(data: st.DataObject) -> None:
    """Where our reading accepts a changed file, safetensors' own does too, and finds the same."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "model.safetensors", WHOLE)
        raw = bytearray(path.read_bytes())
        for at in data.draw(st.lists(st.integers(0, len(raw) - 25), min_size=1, max_size=3)):
            raw[at] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(raw)[: data.draw(st.sampled_from([len(raw), len(raw), len(raw) - 1, 9]))])
        try:
            found = read_header(path)
        except WeightsDamagedError:
            return
        with safe_open(path, framework="np") as theirs:
            assert sorted(theirs.keys()) == sorted(found)
            assert all(tuple(theirs.get_slice(name).get_shape()) == entry.shape for name, entry in found.items())
