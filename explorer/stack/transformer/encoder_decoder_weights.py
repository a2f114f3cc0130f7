"""transformers' weights of T5 and BART -> this encoder-decoder's. Tensors are shared, not copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.encoder_decoder_config import EncoderDecoderConfig

#: in each layer: ours -> transformers', without ".weight" or ".bias". T5 numbers a block's sublayers.
T5_SELF = {
    "ln1": "layer.0.layer_norm",
    "attn.W_Q": "layer.0.SelfAttention.q",
    "attn.W_K": "layer.0.SelfAttention.k",
    "attn.W_V": "layer.0.SelfAttention.v",
    "attn.W_O": "layer.0.SelfAttention.o",
}
T5_CROSS = {
    "ln_cross": "layer.1.layer_norm",
    "cross.W_Q": "layer.1.EncDecAttention.q",
    "cross.W_K": "layer.1.EncDecAttention.k",
    "cross.W_V": "layer.1.EncDecAttention.v",
    "cross.W_O": "layer.1.EncDecAttention.o",
}
BART_SELF = {
    "ln1": "self_attn_layer_norm",
    "attn.W_Q": "self_attn.q_proj",
    "attn.W_K": "self_attn.k_proj",
    "attn.W_V": "self_attn.v_proj",
    "attn.W_O": "self_attn.out_proj",
    "mlp.W_in": "fc1",
    "mlp.W_out": "fc2",
    "ln2": "final_layer_norm",
}
BART_CROSS = {
    "ln_cross": "encoder_attn_layer_norm",
    "cross.W_Q": "encoder_attn.q_proj",
    "cross.W_K": "encoder_attn.k_proj",
    "cross.W_V": "encoder_attn.v_proj",
    "cross.W_O": "encoder_attn.out_proj",
}


def from_hf(config: EncoderDecoderConfig, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict for `EncoderDecoder(config)` from one of transformers'.

    Raises NotApplicableError if a weight is missing, or if BART's logits have a bias, which no published one has.
    """
    try:
        found = dict(_named_t5(config, state) if "shared.weight" in state else _named_bart(config, state))
    except KeyError as error:
        raise NotApplicableError(
            f"The weights have no “{error.args[0]}”.", "They are not of the architecture that their config names."
        ) from error
    found["unembed.weight"] = found["embed.weight"] if config.decoder.tied else state["lm_head.weight"]
    return found


def _pair(state: Mapping[str, Tensor], ours: str, theirs: str) -> Iterator[tuple[str, Tensor]]:
    yield f"{ours}.weight", state[f"{theirs}.weight"]
    if f"{theirs}.bias" in state:
        yield f"{ours}.bias", state[f"{theirs}.bias"]


def t5_names(config: EncoderDecoderConfig) -> Iterator[tuple[str, str]]:
    """Every weight's name here and in a T5 of transformers, but for the logits' own table."""
    yield "embed.weight", "shared.weight"
    gated = config.decoder.gated
    linears = {"mlp.W_gate": "wi_0", "mlp.W_in": "wi_1"} if gated else {"mlp.W_in": "wi"}
    for side, stack, at in (("encoder", config.encoder, 1), ("decoder", config.decoder, 2)):
        names = T5_SELF | (T5_CROSS if side == "decoder" else {}) | {"ln2": f"layer.{at}.layer_norm"}
        names |= {o: f"layer.{at}.DenseReluDense.{t}" for o, t in (linears | {"mlp.W_out": "wo"}).items()}
        for layer in range(stack.n_layers):
            for ours, theirs in names.items():
                yield f"{side}.blocks.{layer}.{ours}.weight", f"{side}.block.{layer}.{theirs}.weight"
        yield f"{side}.relative.weight", f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        yield f"{side}.ln_final.weight", f"{side}.final_layer_norm.weight"


def _named_t5(config: EncoderDecoderConfig, state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    for ours, theirs in t5_names(config):
        yield ours, state[theirs]


def to_t5(config: EncoderDecoderConfig, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The other way: this encoder-decoder's state dict as a T5's with tied embeddings, its scales folded in.

    T5 has no factor at the embedding and none at the scores, and one of d_model ** -0.5 at the logits; so the table
    takes `embed_scale` and W_Q `attention_scale`. Raises NotApplicableError where the logits would change.
    """
    one = config.decoder
    if not one.tied or abs(config.logit_scale - one.embed_scale * one.d_model**-0.5) > 1e-9:
        raise NotApplicableError(
            "A T5 with tied embeddings scales its logits by d_model ** -0.5.",
            "logit_scale must be embed_scale times that.",
        )
    factors = {"embed.weight": one.embed_scale, "W_Q.weight": one.attention_scale}
    return {
        theirs: state[ours] * next((f for end, f in factors.items() if ours.endswith(end)), 1.0)
        for ours, theirs in t5_names(config)
    }


def _named_bart(config: EncoderDecoderConfig, state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    if state["final_logits_bias"].any():
        raise NotApplicableError("These weights add a bias to the logits.", "The explorer's encoder-decoder has none.")
    yield "embed.weight", state["model.shared.weight"]
    for side, stack in (("encoder", config.encoder), ("decoder", config.decoder)):
        theirs_of = BART_SELF | (BART_CROSS if side == "decoder" else {})
        for layer in range(stack.n_layers):
            for ours, theirs in theirs_of.items():
                yield from _pair(state, f"{side}.blocks.{layer}.{ours}", f"model.{side}.layers.{layer}.{theirs}")
        yield f"{side}.positions.weight", state[f"model.{side}.embed_positions.weight"]
        yield from _pair(state, f"{side}.ln_embed", f"model.{side}.layernorm_embedding")
