"""How a picture's data travels to the browser: JSON in which an array is a typed, base64 block.

`pack` is the only encoder; its twin is `unpack` in ``assets/js/payload.js``. Floats go as float32, integers in the
smallest of u1, i1, u2, i2, i4 that their own dtype allows, booleans as u1. Little-endian, C order.

>>> pack({"p": np.array([1.0, 0.5])})
{'p': {'dtype': 'f4', 'shape': [2], 'b64': 'AACAPwAAAD8='}}
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
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


def pack(value: Any) -> Any:
    """Turn nested dicts, lists, dataclass-free scalars and arrays (numpy or torch) into JSON-able values.

    A NaN or infinity outside an array becomes None, since JSON has neither. Raises TypeError for anything else.
    """
    if hasattr(value, "detach"):  # a torch tensor, without importing torch here
        value = value.detach().cpu()
        value = value.float().numpy() if str(value.dtype) == "torch.bfloat16" else value.numpy()
    if isinstance(value, np.ndarray):
        wire = _WIRE[value.dtype.str.lstrip("<>|=")]
        block = np.ascontiguousarray(value, dtype="<" + wire)
        return {"dtype": wire, "shape": list(value.shape), "b64": base64.b64encode(block.tobytes()).decode("ascii")}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(k): pack(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [pack(v) for v in value]
    raise TypeError(f"cannot send a {type(value).__name__} to the page")
