"""transformers' weights of BERT -> this encoder's. Tensors are shared, not copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.encoder_config import EncoderConfig

#: in each layer: ours -> transformers', without ".weight" or ".bias"
LAYER = {
    "attn.W_Q": "attention.self.query",
    "attn.W_K": "attention.self.key",
    "attn.W_V": "attention.self.value",
    "attn.W_O": "attention.output.dense",
    "ln1": "attention.output.LayerNorm",
    "mlp.W_in": "intermediate.dense",
    "mlp.W_out": "output.dense",
    "ln2": "output.LayerNorm",
}
TABLES = {"embed": "word_embeddings", "positions": "position_embeddings", "segments": "token_type_embeddings"}
HEAD = "cls.predictions."


def has_masked_head(state: Mapping[str, Tensor]) -> bool:
    """Whether the weights can name a hidden token."""
    return f"{HEAD}transform.dense.weight" in state


def from_hf(config: EncoderConfig, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict for `Encoder(config)` from one of transformers'.

    The pooler (a layer on the first token that served BERT's next-sentence task) is left out: sentence embeddings are
    means. Raises NotApplicableError if a weight is missing.
    """
    try:
        return dict(_named(config, {_renamed(name): tensor for name, tensor in state.items()}))
    except KeyError as error:
        raise NotApplicableError(
            f"The weights have no “{error.args[0]}”.", "They are not of the architecture that their config names."
        ) from error


def _renamed(name: str) -> str:
    """A norm's scale and shift had other names in the first BERT.

    >>> _renamed("bert.embeddings.LayerNorm.gamma")
    'bert.embeddings.LayerNorm.weight'
    """
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def _named(config: EncoderConfig, state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    root = "bert." if "bert.embeddings.word_embeddings.weight" in state else ""
    for ours, theirs in TABLES.items():
        yield f"{ours}.weight", state[f"{root}embeddings.{theirs}.weight"]
    pairs = {"ln_embed": "embeddings.LayerNorm"}
    for layer in range(config.stack.n_layers):
        pairs |= {f"blocks.{layer}.{ours}": f"encoder.layer.{layer}.{theirs}" for ours, theirs in LAYER.items()}
    pairs = {ours: root + theirs for ours, theirs in pairs.items()}
    if config.masked_head:
        pairs |= {"masked_head.W": f"{HEAD}transform.dense", "masked_head.ln": f"{HEAD}transform.LayerNorm"}
        yield "masked_head.unembed.weight", state[f"{root}embeddings.word_embeddings.weight"]
        yield "masked_head.unembed.bias", state[f"{HEAD}bias"]
    for ours, theirs in pairs.items():
        yield f"{ours}.weight", state[f"{theirs}.weight"]
        yield f"{ours}.bias", state[f"{theirs}.bias"]


def to_hf(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """An encoder's state dict under transformers' names, without their first part and without a head."""
    named = {f"{ours}.weight": f"embeddings.{theirs}.weight" for ours, theirs in TABLES.items()}
    made = {}
    for name, tensor in state.items():
        if name.startswith("masked_head."):
            continue
        place, _, part = name.rpartition(".")
        if place.startswith("blocks."):
            _, layer, inner = place.split(".", 2)
            made[f"encoder.layer.{layer}.{LAYER[inner]}.{part}"] = tensor
        else:
            made[named.get(name, f"embeddings.LayerNorm.{part}")] = tensor
    return made
