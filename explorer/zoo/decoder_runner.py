"""What runs the explorer's own decoder where TransformerLens' bridge runs the models of transformers.

The decoder has hook points of its own under TransformerLens' names, so that a run is read and changed at the same
places. This is what of the bridge the explorer uses, on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, overload

from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import Cache

    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.hook_points import HookPoint, Named
    from explorer.zoo.own_decoder import ExplorerForCausalLM


class DecoderRunner:
    """A decoder, called as the bridge is."""

    def __init__(self, hf: ExplorerForCausalLM) -> None:
        self.original_model, self.decoder = hf, hf.decoder
        self.hook_dict: Mapping[str, HookPoint] = self.decoder.hook_dict
        self.blocks: tuple[nn.Module, ...] = tuple(self.decoder.blocks)
        self.ln_final: nn.Module | None = getattr(self.decoder, "ln_final", None)
        self.unembed: nn.Module = self.decoder.unembed

    @property
    def config(self) -> DecoderConfig:
        return self.decoder.config

    def hooks(self, fwd_hooks: Iterable[Named]) -> AbstractContextManager[object]:
        """With these hooks, in their order, while the block runs."""
        return self.decoder.hooks(fwd_hooks)

    @overload
    def __call__(self, ids: Tensor, return_type: Literal["logits"] = "logits", **how: object) -> Tensor: ...
    @overload
    def __call__(
        self, ids: Tensor, return_type: Literal["logits_and_cache"], **how: object
    ) -> tuple[Tensor, Cache]: ...
    def __call__(self, ids: Tensor, return_type: str = "logits", **how: object) -> Tensor | tuple[Tensor, Cache | None]:
        """Logits, or (logits, key-value cache). `how`: as `ExplorerForCausalLM.forward` has it."""
        made = self.original_model(ids, **how)
        return made.logits if return_type == "logits" else (made.logits, made.past_key_values)
