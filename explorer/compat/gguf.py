"""gguf: its table of tensors' names, made once.

`gguf.get_tensor_name_map` builds the same table at every call, and transformers calls it once a module: a quarter of
the conversion of a small model. Until gguf keeps it (0.19 does not).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from explorer.compat.replaced import replaced


def names_kept() -> AbstractContextManager[None]:
    """While this holds, each table is made once."""
    import gguf

    return replaced(gguf, get_tensor_name_map=cache(gguf.get_tensor_name_map))
