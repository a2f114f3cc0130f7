"""The tensors of a stored graph: ONNX files, and ONNX Runtime's own .ort files.

Both hold a graph of nodes and the constants that these take. A constant bears the exporter's name, often a number;
which weight of the model it is, the node that uses it says, for its name is the module's path. So both are read.

- ONNX is a protocol buffer; the onnx package reads it. Nothing outside the file is opened, and no graph is run.
- ORT is a flat buffer, which the onnx package does not read and this file does: tables whose virtual table gives each
  field's place; vectors and strings begin with a length.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.errors import WeightsDamagedError

Buffer = bytes | memoryview
#: A longer message no protocol buffer can have; a larger graph keeps its weights in files beside it.
LIMIT = (1 << 31) - 1

#: ONNX's numbers of element types that weights have; ORT uses the same
DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}


@dataclass(frozen=True)
class Node:
    """One operation."""

    name: str
    kind: str
    inputs: tuple[str, ...]


@dataclass
class Graph:
    """Operations and constants; those of graphs within it (the branches of an If) stand beside its own."""

    constants: dict[str, np.ndarray] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)


def read_onnx(path: Path) -> Graph:
    """Read an ONNX file's outer graph. Raises WeightsDamagedError if it is none, or if other files belong to it."""
    if (size := path.stat().st_size) > LIMIT:
        raise WeightsDamagedError(
            f"{path.name} has {size:,} bytes; a protocol buffer ends at {LIMIT:,}.", "Fetch it again."
        )
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
        # Small constants that lie in other fields than the raw one are no weights.
        stored = [each for each in model.graph.initializer if each.HasField("raw_data") and each.data_type in DTYPES]
        constants = {each.name: _array(each.raw_data, each.data_type, each.dims) for each in stored}
    except (DecodeError, ValueError) as error:
        raise WeightsDamagedError(f"{path.name} is not a readable ONNX file: {error}", "Fetch it again.") from error
    if elsewhere := [each for each in model.graph.initializer if each.data_location == onnx.TensorProto.EXTERNAL]:
        raise WeightsDamagedError(
            f"{path.name} keeps {elsewhere[0].name[:80]!r} in another file, and no other file is opened.",
            "Give a graph that holds its weights itself.",
        )
    if not model.graph.node:
        raise WeightsDamagedError(f"{path.name} is not a readable ONNX file: it holds no graph.", "Fetch it again.")
    return Graph(constants, [Node(node.name, node.op_type, tuple(node.input)) for node in model.graph.node])


def _array(raw: Buffer, kind: int, shape: Sequence[int]) -> np.ndarray:
    """Raises ValueError where the bytes are not those of such a tensor."""
    if any(n < 0 for n in shape):  # numpy would put in what fits
        raise ValueError(f"a tensor of shape {tuple(shape)}")
    return np.frombuffer(raw, DTYPES[kind]).reshape(tuple(shape))


def read_ort(data: Buffer, name: str) -> Graph:
    """Read the graph of an .ort file. Raises WeightsDamagedError if it is none."""
    if bytes(data[4:8]) != b"ORTM":
        raise WeightsDamagedError(f"{name} is not a file of ONNX Runtime.", "Fetch it again.")
    graph = Graph()
    try:
        model = _Table.at_offset(data, 0).table(1)  # InferenceSession.model
        whole = model.table(7) if model else None  # Model.graph
        if whole:
            _ort_graph(whole, graph)
    except (IndexError, ValueError, KeyError, struct.error) as error:
        raise WeightsDamagedError(f"{name} is not readable: {error}", "Fetch it again.") from error
    return graph


# ---- flat buffers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A table in a flat buffer. Fields are asked for by their place in the schema."""

    data: Buffer
    start: int

    @classmethod
    def at_offset(cls, data: Buffer, place: int) -> _Table:
        return cls(data, place + struct.unpack_from("<I", data, place)[0])

    def _place(self, number: int) -> int:
        """Where a field lies; 0 if the table lacks it."""
        virtual = self.start - struct.unpack_from("<i", self.data, self.start)[0]
        slot = 4 + 2 * number
        if slot >= struct.unpack_from("<H", self.data, virtual)[0]:
            return 0
        offset = struct.unpack_from("<H", self.data, virtual + slot)[0]
        return self.start + offset if offset else 0

    def number(self, number: int) -> int:
        place = self._place(number)
        return struct.unpack_from("<i", self.data, place)[0] if place else 0

    def table(self, number: int) -> _Table | None:
        place = self._place(number)
        return self.at_offset(self.data, place) if place else None

    def vector(self, number: int) -> tuple[int, int]:
        """Where its elements begin, and how many there are."""
        place = self._place(number)
        if not place:
            return 0, 0
        start = place + struct.unpack_from("<I", self.data, place)[0]
        return start + 4, struct.unpack_from("<I", self.data, start)[0]

    def tables(self, number: int) -> list[_Table]:
        start, count = self.vector(number)
        return [self.at_offset(self.data, start + 4 * i) for i in range(count)]

    def raw(self, number: int) -> Buffer:
        start, count = self.vector(number)
        return self.data[start : start + count]

    def text(self, number: int) -> str:
        return bytes(self.raw(number)).decode()

    def texts(self, number: int) -> tuple[str, ...]:
        start, count = self.vector(number)
        found = []
        for i in range(count):
            place = start + 4 * i
            text = place + struct.unpack_from("<I", self.data, place)[0]
            length = struct.unpack_from("<I", self.data, text)[0]
            found.append(bytes(self.data[text + 4 : text + 4 + length]).decode())
        return tuple(found)


def _ort_graph(table: _Table, graph: Graph) -> None:
    """Field numbers are those of ONNX Runtime's schema ort.fbs."""
    for constant in table.tables(0):
        start, count = constant.vector(2)
        shape = struct.unpack_from(f"<{count}q", constant.data, start)
        kind, raw = constant.number(3), constant.raw(4)
        if kind in DTYPES and len(raw):
            graph.constants[constant.text(0)] = _array(raw, kind, shape)
    for node in table.tables(2):
        graph.nodes.append(Node(node.text(0), node.text(5), node.texts(8)))
        for attribute in node.tables(10):
            if (inner := attribute.table(7)) is not None:
                _ort_graph(inner, graph)
