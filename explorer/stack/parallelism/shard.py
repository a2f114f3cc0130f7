"""What a rank holds of a model that is shared out, and when (`zero`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from explorer.stack.parallelism.units import Unit

Kind = Literal["start", "forward", "backward", "gather", "free", "reduce", "ready", "step", "end"]


@dataclass(frozen=True)
class Held:
    """Bytes that one rank holds."""

    weights: int
    """That stay."""
    gathered: int
    """Whole weights of units that are being computed, of which it keeps a part."""
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        return self.weights + self.gathered + self.gradients + self.optimizer + self.activations


@dataclass(frozen=True)
class Moment:
    """What a rank holds after it has done something."""

    kind: Kind
    unit: str
    held: Held
    whole: tuple[str, ...]
    """Units whose weights it has whole."""
    summing: tuple[str, ...]
    """Units whose gradient it has whole, summed or not."""
    summed: tuple[str, ...] = ()
    """Units of which it has its part of the summed gradient."""
    seen: int | None = None
    """Bytes of all tensors that are alive, as somebody else counts them."""


@dataclass(frozen=True)
class Stepped:
    """One step of one rank."""

    loss: float
    """Of all rows: a mean over all ranks' tokens."""
    parts: dict[str, float]
    """This rank's addends of each loss."""
    moments: tuple[Moment, ...]


@dataclass(eq=False)
class Shard:
    """A unit, and what this rank keeps of it."""

    unit: Unit
    flat: Tensor
    """Its weights, as the decoder reads them; without storage while they are freed."""
    own: Tensor
    """This rank's N-th: a part of `flat`, or in stage 3 a tensor by itself."""
    master: Tensor
    """The float32 weights that this rank steps; `own` or `flat` where that is float32."""
    gradient: Tensor | None = None
    summed: Tensor | None = None
    """The gradient of what this rank steps."""
    uses: int = 0
    """Segments that have not added to its gradient yet."""


def storage(tensor: Tensor) -> dict[int, int]:
    storage = tensor.untyped_storage()
    return {storage.data_ptr(): storage.nbytes()}


def storages(tensors: Sequence[Tensor]) -> int:
    """Bytes of all, shared ones once."""
    found: dict[int, int] = {}
    for each in tensors:
        found |= storage(each)
    return sum(found.values())
