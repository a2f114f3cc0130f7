"""The tensors of a stored graph: ONNX files and ONNX Runtime's own .ort files, read without either library.

Both hold a graph of nodes and the constants that these take. A constant bears the exporter's name, often a number;
which weight of the model it is, the node that uses it says, for its name is the module's path. So both are read.

- ONNX is a protocol buffer: fields of (number << 3 | wire type), whose wire type says how long they are.
- ORT is a flat buffer: tables whose virtual table gives each field's place; vectors and strings begin with a length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.errors import WeightsDamagedError

Buffer = bytes | memoryview

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
    """Read an ONNX file's outer graph. Raises WeightsDamagedError if it is none."""
    graph = Graph()
    try:
        for number, model in _fields(memoryview(path.read_bytes())):
            if number == 7:  # ModelProto.graph
                for part, value in _fields(_bytes(model)):
                    if part == 1:
                        graph.nodes.append(_onnx_node(_bytes(value)))
                    elif part == 5:
                        graph.constants.update(_onnx_constant(_bytes(value)))
    except (IndexError, ValueError, KeyError, TypeError, struct.error) as error:
        raise WeightsDamagedError(f"{path.name} is not a readable ONNX file: {error}", "Fetch it again.") from error
    return graph


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


# ---- protocol buffers ------------------------------------------------------------------------------------------------


def _varint(data: Buffer, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first; and where the next thing begins.

    >>> _varint(bytes([0xAC, 0x02]), 0)
    (300, 2)
    """
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _fields(data: Buffer) -> Iterator[tuple[int, int | Buffer]]:
    """The fields of one message: number, and the number or bytes that it holds."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
            case 2:
                length, at = _varint(data, at)
                value, at = data[at : at + length], at + length
            case 1 | 5 as wide:
                length = 8 if wide == 1 else 4
                value, at = data[at : at + length], at + length
            case other:
                raise ValueError(f"wire type {other} at byte {at}")
        if at > len(data):
            raise ValueError(f"it ends {at - len(data)} bytes too soon")
        yield key >> 3, value


def _bytes(value: int | Buffer) -> Buffer:
    if isinstance(value, int):
        raise TypeError("a number where a message was expected")
    return value


def _text(value: int | Buffer) -> str:
    return bytes(_bytes(value)).decode()


def _onnx_node(data: Buffer) -> Node:
    inputs, name, kind = [], "", ""
    for number, value in _fields(data):
        if number == 1:
            inputs.append(_text(value))
        elif number == 3:
            name = _text(value)
        elif number == 4:
            kind = _text(value)
    return Node(name, kind, tuple(inputs))


def _onnx_constant(data: Buffer) -> dict[str, np.ndarray]:
    shape: list[int] = []
    name, kind, raw = "", 0, None
    for number, value in _fields(data):
        if number == 1:
            shape.extend([value] if isinstance(value, int) else _packed(value))
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 8:
            name = _text(value)
        elif number == 9:
            raw = _bytes(value)
    if raw is None or kind not in DTYPES:  # small constants kept in other fields: no weights
        return {}
    return {name: np.frombuffer(raw, DTYPES[kind]).reshape(shape)}


def _packed(data: Buffer) -> list[int]:
    numbers, at = [], 0
    while at < len(data):
        number, at = _varint(data, at)
        numbers.append(number)
    return numbers


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
            graph.constants[constant.text(0)] = np.frombuffer(raw, DTYPES[kind]).reshape(shape)
    for node in table.tables(2):
        graph.nodes.append(Node(node.text(0), node.text(5), node.texts(8)))
        for attribute in node.tables(10):
            if (inner := attribute.table(7)) is not None:
                _ort_graph(inner, graph)
