"""A loaded model: the transformers model, its tokenizer and vocabulary, and the bridge through which runs are
traced."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from explorer.zoo.card import Card
from explorer.zoo.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class Dims:
    """The sizes of a decoder, by the field's names."""

    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_model: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    eps: float
    """The normalisation's epsilon."""
    parameters: int
    """Distinct parameters; tied ones count once."""
    n_experts: int = 0
    """Of each mixture-of-experts layer; 0 in a dense model."""
    experts_per_token: int = 0

    @classmethod
    def of(cls, hf: PreTrainedModel) -> Dims:
        """Read them from the model's config (its text part, if it has several)."""
        config: Any = hf.config.get_text_config()
        d_model, n_heads = config.hidden_size, config.num_attention_heads
        return cls(
            n_layers=config.num_hidden_layers,
            n_heads=n_heads,
            n_kv_heads=getattr(config, "num_key_value_heads", None) or n_heads,
            d_head=getattr(config, "head_dim", None) or d_model // n_heads,
            d_model=d_model,
            d_mlp=_first(config, "intermediate_size", "n_inner", "ffn_dim") or 4 * d_model,
            d_vocab=cast("torch.nn.Embedding", hf.get_input_embeddings()).weight.shape[0],
            n_ctx=_first(config, "max_position_embeddings", "n_positions") or 2048,
            eps=float(_first(config, "rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps", "norm_eps") or 1e-5),
            parameters=sum(parameter.numel() for parameter in hf.parameters()),
            n_experts=_first(config, "num_local_experts", "num_experts", "n_routed_experts") or 0,
            experts_per_token=_first(config, "num_experts_per_tok", "num_experts_per_token") or 0,
        )


def _first(config: Any, *names: str) -> Any:
    """The first of these settings that the config has: architectures name the same thing differently."""
    return next((value for name in names if (value := getattr(config, name, None)) is not None), None)


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that a trace needs. Shared by threads; nothing in it is changed after loading."""

    name: str
    card: Card
    hf: PreTrainedModel
    """Eager attention, float32, eval, no gradients. The bridge's components stand in its layers."""
    tokenizer: PreTrainedTokenizerBase
    bridge: TransformerBridge
    vocabulary: Vocabulary
    dims: Dims
    _weights: dict[str, torch.Tensor] = field(init=False, repr=False)
    """By name, as they were loaded: while a run is captured, layers stand under other names."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_weights", dict(self.hf.state_dict()))

    @cached_property
    def decoder(self) -> Decoder:
        """The explorer's own decoder on these weights, none of them copied.

        Raises NotApplicableError for an architecture that it does not know.
        """
        from explorer.stack.transformer.decoder import Decoder

        return Decoder.from_pretrained(self.hf.config, self._weights)

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {self.dims.parameters:,} parameters, {self.card.architecture})"
