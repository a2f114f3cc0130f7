"""What a bidirectional encoder is: BERT's sizes, read from a config of transformers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.transformer.config import ACTIVATIONS, DecoderConfig

if TYPE_CHECKING:
    from transformers import PreTrainedConfig


@dataclass(frozen=True)
class EncoderConfig:
    """A stack that is not causal, and what BERT adds to it."""

    stack: DecoderConfig
    n_segments: int = 2
    """Texts that one input may hold, each with a vector of its own (a question and a passage)."""
    masked_head: bool = False
    """Whether the weights can name a hidden token."""

    def __post_init__(self) -> None:
        if self.stack.causal or self.stack.positions != "learned":
            raise BadRequestError("A bidirectional encoder has learned positions, and `causal` is False.")

    @classmethod
    def from_hf(cls, hf: PreTrainedConfig, masked_head: bool = False) -> EncoderConfig:
        """Read a config of transformers' BERT. Raises NotApplicableError for another type or a BERT that writes."""
        if hf.model_type != "bert" or hf.is_decoder:
            kind = "BERT decoder" if hf.model_type == "bert" else hf.model_type
            raise NotApplicableError(
                f"The explorer's own encoder does not know how a “{kind}” is put together.", "It takes the BERT type."
            )
        stack = DecoderConfig(
            n_layers=hf.num_hidden_layers,
            d_model=hf.hidden_size,
            n_heads=hf.num_attention_heads,
            n_kv_heads=hf.num_attention_heads,
            d_head=hf.hidden_size // hf.num_attention_heads,
            d_mlp=hf.intermediate_size,
            d_vocab=hf.vocab_size,
            n_ctx=hf.max_position_embeddings,
            norm="layer",
            eps=hf.layer_norm_eps,
            placement="post",
            positions="learned",
            activation=ACTIVATIONS[hf.hidden_act],
            gated=False,
            attention_bias=True,
            mlp_bias=True,
            causal=False,
        )
        return cls(stack, hf.type_vocab_size, masked_head)
