"""The explorer's own decoder, called as TransformerLens' bridge is: see `own_runner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from explorer.zoo.own_runner import OwnRunner

if TYPE_CHECKING:
    from transformers import Cache

    from explorer.stack.transformer.config import DecoderConfig
    from explorer.zoo.own_decoder import ExplorerForCausalLM


class DecoderRunner(OwnRunner):
    """A decoder, called as the bridge is."""

    def __init__(self, hf: ExplorerForCausalLM) -> None:
        super().__init__(hf.decoder)
        self.original_model, self.decoder = hf, hf.decoder
        self.blocks: tuple[nn.Module, ...] = tuple(self.decoder.blocks)
        self.ln_final: nn.Module | None = getattr(self.decoder, "ln_final", None)
        self.unembed: nn.Module = self.decoder.unembed

    @property
    def config(self) -> DecoderConfig:
        return self.decoder.config

    def forward(self, ids: Tensor, **how: object) -> tuple[Tensor, Cache | None]:
        """`how`: as `ExplorerForCausalLM.forward` has it."""
        made = self.original_model(ids, **how)
        return made.logits, made.past_key_values
