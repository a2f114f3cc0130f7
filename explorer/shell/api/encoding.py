"""Arrays for programs: as lists of lists, which every program reads, or packed as the page gets them.

>>> to_json({"p": {"dtype": "f4", "shape": [2], "b64": "AACAPwAAAD8="}}, "lists")
b'{"p":[1.0,0.5]}'
"""

from __future__ import annotations

import base64
from typing import Literal

import numpy as np
import orjson

Encoding = Literal["lists", "packed"]
_BLOCK = {"dtype", "shape", "b64"}


def to_json(value: object, encoding: Encoding) -> bytes:
    """JSON of what `figures.payload.pack` has made; a number that is none is null."""
    return orjson.dumps(unpacked(value) if encoding == "lists" else value, option=orjson.OPT_SERIALIZE_NUMPY)


def unpacked(value: object) -> object:
    """The value with each block as the array that it holds."""
    if isinstance(value, dict):
        if value.keys() == _BLOCK:
            flat = np.frombuffer(base64.b64decode(value["b64"]), "<" + value["dtype"])
            return np.ascontiguousarray(flat.reshape(value["shape"]))
        return {name: unpacked(each) for name, each in value.items()}
    return [unpacked(each) for each in value] if isinstance(value, list) else value
