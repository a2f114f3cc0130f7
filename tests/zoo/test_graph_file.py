"""ONNX and ORT files, made here byte by byte or by the onnx package, and files that are none."""

from __future__ import annotations

import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
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


def by_hand(packed: bool) -> bytes:
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
    path.write_bytes(by_hand(packed))
    graph = read_onnx(path)
    assert list(graph.constants) == ["onnx::MatMul_7"], "what is kept in other fields is no weight"
    np.testing.assert_array_equal(graph.constants["onnx::MatMul_7"], MATRIX)
    assert graph.nodes == [Node("/layer.0/query/MatMul", "MatMul", ("x", "onnx::MatMul_7"))]


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"\xff" * 40])
def test_onnx_that_is_none(damage: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(damage(by_hand(False)))
    with pytest.raises(WeightsDamagedError, match=r"m\.onnx"):
        read_onnx(path)


def by_package(**of_the_tensor: Any) -> Any:
    """A model that multiplies by MATRIX, whose tensor says this instead."""
    tensor = onnx.numpy_helper.from_array(MATRIX, "w")
    for name, value in of_the_tensor.items():
        tensor.ClearField(name)
        tensor.MergeFrom(onnx.TensorProto(**{name: value}))
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"], name="/a/MatMul")
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, None]) for name in "xy"]
    return onnx.helper.make_model(onnx.helper.make_graph([node], "g", ends[:1], ends[1:], [tensor]))


def test_onnx_of_the_package(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    onnx.save(by_package(), path)
    graph = read_onnx(path)
    np.testing.assert_array_equal(graph.constants["w"], MATRIX)
    assert graph.nodes == [Node("/a/MatMul", "MatMul", ("x", "w"))]


def test_no_other_file_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph may say that its weights lie in another file, by a path of its own choice."""
    model = by_package(data_location=onnx.TensorProto.EXTERNAL)
    (tensor,) = model.graph.initializer
    tensor.ClearField("raw_data")
    tensor.external_data.add(key="location", value="../secret")
    (tmp_path / "secret").write_bytes(MATRIX.tobytes())
    path = tmp_path / "in" / "m.onnx"
    path.parent.mkdir()
    path.write_bytes(model.SerializeToString())
    opened: list[Path] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda at: opened.append(at) or read(at))
    with pytest.raises(WeightsDamagedError, match=r"m\.onnx keeps 'w' in another file"):
        read_onnx(path)
    assert opened == [path]


@pytest.mark.parametrize(
    "fields",
    [{"raw_data": b"\0" * 23}, {"dims": [2, 4]}, {"dims": [2, -1]}, {"dims": [1 << 62, 1 << 62]}, {"data_type": 7}],
    ids=["cut", "another shape", "a negative side", "a huge shape", "another type"],
)  # fmt: skip
def test_a_tensor_that_does_not_fit_its_shape(fields: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(by_package(**fields).SerializeToString())
    with pytest.raises(WeightsDamagedError, match=r"m\.onnx is not a readable ONNX file"):
        read_onnx(path)


def test_an_empty_file_and_one_that_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"")
    with pytest.raises(WeightsDamagedError, match="holds no graph"):
        read_onnx(path)
    with path.open("wb") as stream:
        stream.truncate(1 << 31)  # nothing is written, and nothing may be read
    with pytest.raises(WeightsDamagedError, match="2,147,483,648 bytes"):
        read_onnx(path)


def test_the_package_is_imported_only_when_a_graph_is_read() -> None:
    program = "import sys, explorer.zoo.conversion; print(sorted({'onnx', 'google.protobuf'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"


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
