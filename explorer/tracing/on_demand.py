"""A tensor that is worked out when it is read.

Of a text of 2,048 tokens the attention weights alone are 270 x 2,048^2 numbers, 4.5 GB for the default model. What
follows from something smaller is not kept: an `OnDemand` has the shape of the whole and makes the part that an index
names. Whatever is done to it beside indexing is done to all of it, if all of it is small enough.

>>> squares = OnDemand((1000, 2), 1, lambda rows: torch.tensor([[r * r, r] for r in rows], dtype=torch.float32))
>>> squares.shape, squares[3].tolist(), squares[[1, 2], 0].tolist()
(torch.Size([1000, 2]), [9.0, 3.0], [1.0, 4.0])
>>> float(squares.amax())
998001.0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from explorer.compat.torch import tensors_replaced, without_numbers
from explorer.errors import NotApplicableError

#: More bytes than this are never made at once.
MOST = 1 << 29


class OnDemand(Tensor):
    """float32. The first `axes` axes may be asked for in part; the others are made whole."""

    make: Callable[..., Tensor]
    axes: int

    @staticmethod
    def __new__(cls, shape: tuple[int, ...], axes: int, make: Callable[..., Tensor]) -> OnDemand:
        """`make(rows, ...)` takes a list of indices for each of the first axes and gives their part, in that order."""
        made = without_numbers(cls, shape, torch.float32)
        made.axes, made.make = axes, make
        return made

    def __getitem__(self, index: Any) -> Tensor:
        asked = index if isinstance(index, tuple) else (index,)
        asked += (slice(None),) * (self.ndim - len(asked))
        if any(each is None or each is Ellipsis for each in asked):
            raise IndexError("an index for each axis, or none from one on")
        first, rest = asked[: self.axes], asked[self.axes :]
        chosen = [torch.arange(n)[each].reshape(-1).tolist() for n, each in zip(self.shape, first, strict=False)]
        bytes_ = 4 * torch.Size([*(len(each) for each in chosen), *self.shape[self.axes :]]).numel()
        if bytes_ > MOST:
            raise NotApplicableError(
                f"A text of this length needs {bytes_ / 1e6:,.0f} MB of numbers at once.",
                "Choose a shorter text.",
            )
        made = self.make(*chosen)
        return made[tuple(0 if isinstance(each, int) else slice(None) for each in first) + rest]

    def __repr__(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return f"OnDemand{tuple(self.shape)}"

    @classmethod
    def __torch_dispatch__(cls, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        args, kwargs = tensors_replaced(OnDemand, lambda lazy: lazy[:], (args, kwargs or {}))
        return func(*args, **kwargs)
