"""Answers of heavy views, kept within a bound of bytes: measured once for all visitors who ask the same."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.panels.protocol import Rendered


class Answers:
    """The least recently asked for go first when their bytes pass `max_bytes`, or their number `most`."""

    def __init__(self, max_bytes: int = 1 << 26, most: int = 256) -> None:
        self.max_bytes, self.most = max_bytes, most
        self.nbytes = 0
        self._kept: OrderedDict[Hashable, tuple[Rendered, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Rendered]) -> Rendered:
        """The answer kept under this key, or made now."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        made = make()
        size = weight(made) + weight(key)
        self._kept[key] = made, size
        self.nbytes += size
        while self._kept and (self.nbytes > self.max_bytes or len(self._kept) > self.most):
            self.nbytes -= self._kept.popitem(last=False)[1][1]
        return made

    def __len__(self) -> int:
        return len(self._kept)


def weight(value: Any) -> int:
    """About how many bytes of memory a value takes: exact for arrays, tensors and texts.

    >>> weight("x" * 1000) - weight("")
    1000
    >>> weight([1.5] * 100) > 100 * 24
    True
    """
    if (nbytes := getattr(value, "nbytes", None)) is not None:  # an array or a tensor
        return int(nbytes)
    size = sys.getsizeof(value, 64)
    if isinstance(value, Mapping):
        return size + sum(weight(k) + weight(v) for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return size + sum(weight(each) for each in value)
    if is_dataclass(value):
        return size + sum(weight(getattr(value, each.name)) for each in fields(value))
    return size
