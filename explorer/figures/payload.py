"""How a picture's data travels to the browser: typed dataclasses as JSON in which an array is a base64 block.

Every view's payload is a frozen dataclass that derives from `Payload`, made by keywords; ``assets/types`` holds the
same types for JavaScript (`typescript`). `pack` is the only encoder; its twin is `unpack` in
``assets/shell/server/payload.js``. Floats go as float32, counts among them only where that holds them exactly;
integers in the smallest of u1, i1, u2, i2, i4 that their own dtype allows, and 64-bit ones as i4 where every value
fits; booleans as u1. Little-endian, C order.

>>> pack({"p": np.array([1.0, 0.5])})
{'p': {'dtype': 'f4', 'shape': [2], 'b64': 'AACAPwAAAD8='}}
>>> @dataclass(frozen=True, kw_only=True)
... class Bar(Payload):
...     label: str
...     share: float
>>> pack(Bar(label="a", share=0.25))
{'label': 'a', 'share': 0.25}
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

#: numpy kind and size -> the dtype on the wire
_WIRE = {
    "b1": "u1",
    "u1": "u1",
    "i1": "i1",
    "u2": "u2",
    "i2": "i2",
    "u4": "i4",
    "i4": "i4",
    "u8": "i4",
    "i8": "i4",
    "f2": "f4",
    "f4": "f4",
    "f8": "f4",
}
LARGEST = 2**53
"""Above it JavaScript's numbers skip whole ones."""


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What a view is drawn from."""


def pack(value: Any) -> Any:
    """Turn nested dataclasses, dicts, lists, scalars and arrays (numpy or torch) into JSON-able values.

    A NaN or infinity outside an array becomes None, since JSON has neither. Raises TypeError for anything else, and
    ValueError for a number that does not fit the type in which it would travel.
    """
    if hasattr(value, "detach"):  # a torch tensor, without importing torch here
        value = value.detach().cpu()
        value = value.float().numpy() if str(value.dtype) == "torch.bfloat16" else value.numpy()
    if isinstance(value, np.ndarray):
        return _block(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise ValueError(f"{value} does not fit JavaScript's numbers")
    if value is None or isinstance(value, bool | int | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: pack(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): pack(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [pack(v) for v in value]
    raise TypeError(f"cannot send a {type(value).__name__} to the page")


def _block(value: np.ndarray) -> dict[str, Any]:
    """Raises ValueError for a number outside its type on the wire."""
    wire = _WIRE[value.dtype.str.lstrip("<>|=")]
    with np.errstate(over="ignore", invalid="ignore"):
        block = np.ascontiguousarray(value, dtype="<" + wire)
    if value.dtype.itemsize >= block.dtype.itemsize and value.size:
        if block.dtype.kind in "iu":
            fits = value.min() >= np.iinfo(block.dtype).min and value.max() <= np.iinfo(block.dtype).max
        else:
            fits = value.dtype == block.dtype or not _others(value, block).any()
        if not fits:
            raise ValueError(f"a number between {value.min()} and {value.max()} does not fit {wire}")
    return {"dtype": wire, "shape": list(value.shape), "b64": base64.b64encode(block.tobytes()).decode("ascii")}


def _others(value: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Where float32 has no such number, or, above 2^24, not this whole one: it would arrive as another count."""
    counts = (np.trunc(value) == value) & (np.abs(value) <= LARGEST)
    return (np.isinf(block) & np.isfinite(value)) | (counts & (block != value))
