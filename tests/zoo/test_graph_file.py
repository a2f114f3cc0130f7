"""ONNX and ORT files, made here byte by byte, are read without their libraries."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import WeightsDamagedError
from explorer.zoo.graph_file import Node, read_onnx, read_ort

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)


def message(number: int, content: bytes | int) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(content, int):
        return bytes([number << 3]) + varint(content)
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def onnx(packed: bool) -> bytes:
    dims = message(1, bytes([2, 3])) if packed else message(1, 2) + message(1, 3)
    tensor = dims + message(2, 1) + message(8, b"onnx::MatMul_7") + message(9, MATRIX.tobytes())
    scalar = message(2, 1) + message(8, b"small") + message(4, struct.pack("<f", 1.5))
    node = (
        message(1, b"x") + message(1, b"onnx::MatMul_7") + message(3, b"/layer.0/query/MatMul") + message(4, b"MatMul")
    )
    graph = message(1, node) + message(2, b"name") + message(5, tensor) + message(5, scalar)
    producer = b"a name so long that its length takes two bytes " * 4
    return message(1, 8) + message(2, producer) + message(7, graph)


@pytest.mark.parametrize("packed", [False, True])
def test_onnx(packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(onnx(packed))
    graph = read_onnx(path)
    assert list(graph.constants) == ["onnx::MatMul_7"], "what is kept in other fields is no weight"
    np.testing.assert_array_equal(graph.constants["onnx::MatMul_7"], MATRIX)
    assert graph.nodes == [Node("/layer.0/query/MatMul", "MatMul", ("x", "onnx::MatMul_7"))]


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"\xff" * 40])
def test_onnx_that_is_none(damage: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(damage(onnx(False)))
    with pytest.raises(WeightsDamagedError, match=r"m\.onnx"):
        read_onnx(path)


@dataclass(frozen=True)
class Raw:
    """A vector of plain numbers."""

    content: bytes
    count: int


def place(out: bytearray, value: Any) -> int:
    """Append a text, a vector or a table (fields by number) to a flat buffer; what it points to comes behind it."""
    out += bytes(-len(out) % 8)
    at = len(out)
    match value:
        case str():
            out += struct.pack("<I", len(value)) + value.encode() + b"\0"
        case Raw(content, count):
            out += struct.pack("<I", count) + content
        case list():
            out += struct.pack("<I", len(value)) + bytes(4 * len(value))
            for i, each in enumerate(value):
                point(out, at + 4 + 4 * i, each)
        case dict():
            slots = max(value) + 1
            out += struct.pack("<HH", 4 + 2 * slots, 4 + 4 * len(value)) + bytes(2 * slots)
            start = len(out)
            out += struct.pack("<i", start - at) + bytes(4 * len(value))
            for i, (number, each) in enumerate(value.items()):
                struct.pack_into("<H", out, at + 4 + 2 * number, 4 + 4 * i)
                if isinstance(each, int):
                    struct.pack_into("<i", out, start + 4 + 4 * i, each)
                else:
                    point(out, start + 4 + 4 * i, each)
            return start
    return at


def point(out: bytearray, at: int, value: Any) -> None:
    struct.pack_into("<I", out, at, place(out, value) - at)


def ort() -> bytes:
    def constant(name: str, kind: int, array: np.ndarray) -> dict[int, Any]:
        shape = Raw(b"".join(struct.pack("<q", n) for n in array.shape), array.ndim)
        return {0: name, 2: shape, 3: kind, 4: Raw(array.tobytes(), array.nbytes)}

    inner = {0: [constant("inner", 2, np.array([3], np.uint8))], 2: []}
    nodes = [
        {0: "/a/MatMul", 5: "MatMul", 8: ["x", "w_quantized"]},
        {0: "if", 5: "If", 8: ["c"], 10: [{0: "then_branch", 7: inner}]},
    ]
    out = bytearray(struct.pack("<I4s", 0, b"ORTM"))
    point(out, 0, {0: "6", 1: {7: {0: [constant("w", 1, MATRIX)], 2: nodes}}})
    return bytes(out)


def test_ort_and_the_graphs_within_it() -> None:
    graph = read_ort(ort(), "m.ort")
    np.testing.assert_array_equal(graph.constants["w"], MATRIX)
    assert graph.constants["inner"].tolist() == [3]
    assert graph.nodes == [Node("/a/MatMul", "MatMul", ("x", "w_quantized")), Node("if", "If", ("c",))]


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0NONE" + bytes(40), b"\xff\xff\xff\x0fORTM" + bytes(8)])
def test_ort_that_is_none(data: bytes) -> None:
    with pytest.raises(WeightsDamagedError, match=r"m\.ort"):
        read_ort(data, "m.ort")
