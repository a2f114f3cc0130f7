"""What runs the explorer's own modules where TransformerLens' bridge runs the models of transformers.

The modules have hook points of their own under TransformerLens' names, so that a run is read and changed at the same
places. This is what of the bridge the explorer uses, on them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, overload

from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import Cache, PreTrainedModel

    from explorer.stack.transformer.hook_points import HookedModule, HookPoint, Named


class OwnRunner(ABC):
    """A model of the explorer's own, called as the bridge is."""

    original_model: PreTrainedModel
    blocks: tuple[nn.Module, ...]
    ln_final: nn.Module | None
    unembed: nn.Module

    def __init__(self, hooked: HookedModule) -> None:
        self._hooked = hooked
        self.hook_dict: Mapping[str, HookPoint] = hooked.hook_dict

    def hooks(self, fwd_hooks: Iterable[Named]) -> AbstractContextManager[object]:
        """With these hooks, in their order, while the block runs."""
        return self._hooked.hooks(fwd_hooks)

    @abstractmethod
    def forward(self, ids: Tensor, **how: object) -> tuple[Tensor, Cache | None]:
        """Logits, and what the next call reads on from."""

    @overload
    def __call__(self, ids: Tensor, return_type: Literal["logits"] = "logits", **how: object) -> Tensor: ...
    @overload
    def __call__(
        self, ids: Tensor, return_type: Literal["logits_and_cache"], **how: object
    ) -> tuple[Tensor, Cache]: ...
    def __call__(self, ids: Tensor, return_type: str = "logits", **how: object) -> Tensor | tuple[Tensor, Cache | None]:
        """Logits, or (logits, cache)."""
        logits, cache = self.forward(ids, **how)
        return logits if return_type == "logits" else (logits, cache)
