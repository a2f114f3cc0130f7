"""What an encoder-decoder is: two stacks and what lies between them, read from a config of T5 or BART."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.transformer.config import ACTIVATIONS, DecoderConfig

if TYPE_CHECKING:
    from transformers import PreTrainedConfig


@dataclass(frozen=True)
class EncoderDecoderConfig:
    """Two stacks of one width and vocabulary. The encoder's `causal` is False."""

    encoder: DecoderConfig
    decoder: DecoderConfig
    buckets: int = 0
    """Of relative positions, in each stack; 0: none."""
    longest: int = 128
    """The distance from which on all fall into one bucket."""
    position_offset: int = 0
    """Rows at the start of the learned positions that belong to none (BART has two)."""
    embed_norm: bool = False
    """A norm behind the embedding of each stack (BART)."""
    logit_scale: float = 1.0
    """T5 with tied embeddings multiplies what is unembedded by d_model ** -0.5."""

    def __post_init__(self) -> None:
        encoder, decoder = self.encoder, self.decoder
        if encoder.causal or not decoder.causal:
            raise BadRequestError("The encoder sees both ways, the decoder is causal: set `causal` so.")
        if (encoder.d_model, encoder.d_vocab) != (decoder.d_model, decoder.d_vocab):
            raise BadRequestError("Encoder and decoder share one embedding: d_model and d_vocab must be equal.")
        if any(stack.positions in ("rope", "alibi") for stack in (encoder, decoder)):
            raise BadRequestError("An encoder-decoder takes learned, sinusoidal or relative positions here.")

    @classmethod
    def from_hf(cls, hf: PreTrainedConfig) -> EncoderDecoderConfig:
        """Read a config of transformers' T5 or BART. Raises NotApplicableError for another type."""
        if hf.model_type == "t5":
            return _t5(hf)
        if hf.model_type == "bart":
            return _bart(hf)
        raise NotApplicableError(
            f"The explorer's own encoder-decoder does not know how a “{hf.model_type}” is put together.",
            "It takes the T5 and BART types.",
        )


def _t5(hf: PreTrainedConfig) -> EncoderDecoderConfig:
    shared: dict[str, Any] = {
        "d_model": hf.d_model,
        "n_heads": hf.num_heads,
        "n_kv_heads": hf.num_heads,
        "d_head": hf.d_kv,
        "d_mlp": hf.d_ff,
        "d_vocab": hf.vocab_size,
        "n_ctx": 512,
        "eps": hf.layer_norm_epsilon,
        "positions": "none",
        "activation": ACTIVATIONS[hf.dense_act_fn],
        "gated": hf.is_gated_act,
        "tied": hf.tie_word_embeddings,
        "attention_scale": 1.0,
    }
    return EncoderDecoderConfig(
        DecoderConfig(n_layers=hf.num_layers, causal=False, **shared),
        DecoderConfig(n_layers=hf.num_decoder_layers, **shared),
        buckets=hf.relative_attention_num_buckets,
        longest=hf.relative_attention_max_distance,
        logit_scale=hf.d_model**-0.5 if hf.scale_decoder_outputs else 1.0,
    )


def _bart(hf: PreTrainedConfig) -> EncoderDecoderConfig:
    def stack(side: str, causal: bool) -> DecoderConfig:
        heads = getattr(hf, f"{side}_attention_heads")
        return DecoderConfig(
            n_layers=getattr(hf, f"{side}_layers"),
            d_model=hf.d_model,
            n_heads=heads,
            n_kv_heads=heads,
            d_head=hf.d_model // heads,
            d_mlp=getattr(hf, f"{side}_ffn_dim"),
            d_vocab=hf.vocab_size,
            n_ctx=hf.max_position_embeddings,
            norm="layer",
            placement="post",
            positions="learned",
            activation=ACTIVATIONS[hf.activation_function],
            gated=False,
            attention_bias=True,
            mlp_bias=True,
            tied=hf.tie_word_embeddings,
            embed_scale=hf.d_model**0.5 if hf.scale_embedding else 1.0,
            causal=causal,
        )

    return EncoderDecoderConfig(stack("encoder", False), stack("decoder", True), position_offset=2, embed_norm=True)
