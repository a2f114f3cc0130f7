"""One dataclass describes a decoder: its sizes, and which of the field's variants each of its parts is.

Llama (Touvron et al. 2023, arXiv 2302.13971): RMSNorm before each sublayer, rotary positions, SwiGLU, no biases. GPT-2
(Radford et al. 2019): LayerNorm, learned positions, GELU, biases. Gemma 3 (arXiv 2503.19786): RMSNorm before and after
each sublayer, QK-norm, GeGLU, five layers of sliding window to one that sees everything. Mixtral (2401.04088): Llama
with a mixture of experts in place of each feed-forward layer.

>>> from transformers import LlamaConfig
>>> config = DecoderConfig.from_hf(LlamaConfig(num_key_value_heads=8))
>>> config.n_heads, config.n_kv_heads, config.norm, config.positions, config.activation, config.gated
(32, 8, 'rms', 'rope', 'silu', True)
>>> config.attention_scale == 128**-0.5
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from explorer.errors import BadRequestError, NotApplicableError, UnsupportedModelError
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.transformer.config_fields import FIELDS, check_fields

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

Norm = Literal["rms", "layer"]
Placement = Literal["pre", "post", "sandwich"]
Positions = Literal["rope", "learned", "sinusoidal", "alibi", "none"]
Activation = Literal["silu", "gelu", "gelu_tanh", "relu"]

#: transformers' names of activations -> ours
ACTIVATIONS: dict[str, Activation] = {
    "silu": "silu",
    "swish": "silu",
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_python_tanh": "gelu_tanh",
    "relu": "relu",
}


@dataclass(frozen=True)
class DecoderConfig:
    """What a decoder is. Sizes are counts; every other field has the plain Llama's value as its default."""

    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    """Equal to n_heads in multi-head attention, 1 in multi-query, between in grouped-query attention."""
    d_head: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    """Positions that the config allows; how many it was trained on stands in its card, where that is known."""
    norm: Norm = "rms"
    eps: float = 1e-5
    norm_offset: float = 0.0
    """Added to a norm's weight: Gemma stores w - 1."""
    placement: Placement = "pre"
    """pre: x + f(norm(x)); post: norm(x + f(x)); sandwich: x + norm(f(norm(x)))."""
    residual: bool = True
    """False: the x + is left out, as no model in use has it; to see what it is for."""
    qk_norm: bool = False
    """A norm over each head's query and key."""
    positions: Positions = "rope"
    rope: RopeConfig | None = None
    rope_local: RopeConfig | None = None
    """The window layers' own rotation, where it differs (Gemma 3)."""
    windows: tuple[int | None, ...] = ()
    """One a layer: how many tokens back, itself included, a query sees; None sees all. Empty: None everywhere."""
    activation: Activation = "silu"
    gated: bool = True
    attention_bias: bool = False
    output_bias: bool | None = None
    """The output projection's bias, where it differs from the others'."""
    mlp_bias: bool = False
    tied: bool = True
    embed_scale: float = 1.0
    attention_scale: float = 0.0
    """What scores are multiplied by; 0 is 1 / sqrt(d_head)."""
    score_cap: float | None = None
    """Gemma 2: cap * tanh(scores / cap)."""
    logit_cap: float | None = None
    logit_scale: float = 1.0
    """What the unembedding reads is multiplied by: 1 but for a width that muP scales."""
    causal: bool = True
    n_experts: int = 0
    """Feed-forward layers in each block, each `d_mlp` wide, of which a router chooses; 0: one, without a router."""
    k: int = 0
    """Experts that a token visits."""
    n_shared: int = 0
    """Experts beside those, of the same width, that every token visits (DeepSeekMoE)."""

    def __post_init__(self) -> None:
        for name in ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "n_ctx"):
            if getattr(self, name) < 1:
                raise BadRequestError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.n_heads % self.n_kv_heads:
            raise BadRequestError(f"{self.n_heads} query heads cannot share {self.n_kv_heads} key-value heads evenly.")
        if self.n_experts and not 1 <= self.k <= self.n_experts:
            raise BadRequestError(f"{self.k} of {self.n_experts} experts cannot be chosen.")
        if self.n_shared and not self.n_experts:
            raise BadRequestError("Shared experts stand beside routed ones, and there are none.")
        if self.n_experts and (self.activation != "silu" or not self.gated or self.mlp_bias):
            raise BadRequestError("Experts are SwiGLU layers without biases here.")
        if self.windows and len(self.windows) != self.n_layers:
            raise BadRequestError(f"{len(self.windows)} windows were given for {self.n_layers} layers.")
        for name, known in (("norm", Norm), ("placement", Placement), ("positions", Positions)):
            if getattr(self, name) not in get_args(known):
                raise BadRequestError(f"{name} is one of {', '.join(get_args(known))}.")
        set_ = object.__setattr__
        if not self.windows:
            set_(self, "windows", (None,) * self.n_layers)
        if not self.attention_scale:
            set_(self, "attention_scale", self.d_head**-0.5)
        if self.output_bias is None:
            set_(self, "output_bias", self.attention_bias)
        if self.positions == "rope" and self.rope is None:
            set_(self, "rope", RopeConfig(d_head=self.d_head))

    @property
    def group(self) -> int:
        """Query heads that share one key-value head."""
        return self.n_heads // self.n_kv_heads

    def rope_of(self, layer: int) -> RopeConfig | None:
        """The rotation of a layer's queries and keys."""
        if self.positions != "rope":
            return None
        return self.rope_local if self.rope_local is not None and self.windows[layer] is not None else self.rope

    @classmethod
    def from_hf(cls, hf: PreTrainedConfig) -> DecoderConfig:
        """Read a config of transformers: the Llama, Mixtral, Gemma and GPT-2 types, and what is built like them.

        Raises NotApplicableError for an architecture that is put together differently, and for a setting that is not
        understood.
        """
        hf = hf.get_text_config()
        if isinstance(own := getattr(hf, "decoder_config", None), cls):  # a decoder of the explorer's own
            return own
        kind = hf.model_type
        if kind not in FIELDS:
            raise NotApplicableError(
                f"The explorer's own decoder does not know how a “{kind}” is put together.",
                "It reads the types Llama, Mistral, Mixtral, Qwen, Gemma and GPT-2: choose one, such as SmolLM2.",
            )
        check_fields(hf)
        return _gpt2(hf) if kind == "gpt2" else _llama_like(hf, kind)

    def to_hf(self) -> dict[str, object]:
        """The settings of transformers' config for a Llama or, with experts, a Mixtral.

        Raises NotApplicableError for a decoder that is put together otherwise.
        """
        rope = self.rope or RopeConfig()
        plain = DecoderConfig(
            self.n_layers, self.d_model, self.n_heads, self.n_kv_heads, self.d_head, self.d_mlp, self.d_vocab,
            self.n_ctx, eps=self.eps, rope=RopeConfig(rope.theta, self.d_head), tied=self.tied,
            n_experts=self.n_experts, k=self.k,
        )  # fmt: skip
        if self != plain:
            raise NotApplicableError("This decoder is put together neither as a Llama nor as a Mixtral.")
        kind = "mixtral" if self.n_experts else "llama"
        shared: dict[str, object] = {
            "architectures": [f"{kind.title()}ForCausalLM"],
            "model_type": kind,
            "vocab_size": self.d_vocab,
            "hidden_size": self.d_model,
            "intermediate_size": self.d_mlp,
            "num_hidden_layers": self.n_layers,
            "num_attention_heads": self.n_heads,
            "num_key_value_heads": self.n_kv_heads,
            "head_dim": self.d_head,
            "hidden_act": "silu",
            "max_position_embeddings": self.n_ctx,
            "rms_norm_eps": self.eps,
            "rope_theta": rope.theta,
            "tie_word_embeddings": self.tied,
        }
        if not self.n_experts:
            return shared | {"attention_bias": False, "mlp_bias": False}
        experts = {"num_local_experts": self.n_experts, "num_experts_per_tok": self.k, "sliding_window": None}
        return shared | experts | {"output_router_logits": False, "router_jitter_noise": 0.0}


def _activation(name: str) -> Activation:
    """Ours for transformers' name. Raises NotApplicableError."""
    if name not in ACTIVATIONS:
        raise NotApplicableError(
            f"The explorer's own decoder does not have the activation “{name[:40]}”.",
            f"It has {', '.join(sorted(set(ACTIVATIONS.values())))}.",
        )
    return ACTIVATIONS[name]


def _gpt2(hf: PreTrainedConfig) -> DecoderConfig:
    return DecoderConfig(
        n_layers=hf.n_layer,
        d_model=hf.n_embd,
        n_heads=hf.n_head,
        n_kv_heads=hf.n_head,
        d_head=hf.n_embd // hf.n_head,
        d_mlp=hf.n_inner or 4 * hf.n_embd,
        d_vocab=hf.vocab_size,
        n_ctx=hf.n_positions,
        norm="layer",
        eps=hf.layer_norm_epsilon,
        positions="learned",
        activation=_activation(hf.activation_function),
        gated=False,
        attention_bias=True,
        mlp_bias=True,
        tied=hf.tie_word_embeddings,
        attention_scale=0.0 if hf.scale_attn_weights else 1.0,
    )


def _llama_like(hf: PreTrainedConfig, kind: str) -> DecoderConfig:
    gemma = kind.startswith("gemma")
    n_layers, d_model, n_heads = hf.num_hidden_layers, hf.hidden_size, hf.num_attention_heads
    d_head = getattr(hf, "head_dim", None) or d_model // n_heads
    kinds = getattr(hf, "layer_types", None) or []
    window = getattr(hf, "sliding_window", None)
    if kinds:
        windows = tuple(window if each == "sliding_attention" else None for each in kinds)
    else:  # Mistral: one window for all
        windows = (window if kind in ("mistral", "mixtral") else None,) * n_layers
    rope, local = _ropes(hf)
    query_scalar = getattr(hf, "query_pre_attn_scalar", None)
    return DecoderConfig(
        n_layers=n_layers,
        d_model=d_model,
        n_heads=n_heads,
        n_kv_heads=getattr(hf, "num_key_value_heads", None) or n_heads,
        d_head=d_head,
        d_mlp=hf.intermediate_size,
        d_vocab=hf.vocab_size,
        n_ctx=hf.max_position_embeddings,
        eps=hf.rms_norm_eps,
        norm_offset=1.0 if gemma else 0.0,
        placement="sandwich" if kind in ("gemma2", "gemma3_text") else "pre",
        qk_norm=kind in ("qwen3", "gemma3_text"),
        rope=rope,
        rope_local=local,
        windows=windows,
        # Gemma names its activation twice: the first Gemma means the one field, the later ones the other.
        activation=_activation(hf.hidden_activation if kind in ("gemma2", "gemma3_text") else hf.hidden_act),
        attention_bias=kind == "qwen2" or bool(getattr(hf, "attention_bias", False)),
        output_bias=False if kind == "qwen2" else None,
        mlp_bias=bool(getattr(hf, "mlp_bias", False)),
        tied=hf.tie_word_embeddings,
        embed_scale=d_model**0.5 if gemma else 1.0,
        attention_scale=query_scalar**-0.5 if gemma and query_scalar else 0.0,
        score_cap=hf.attn_logit_softcapping if kind == "gemma2" else None,
        logit_cap=getattr(hf, "final_logit_softcapping", None),
        n_experts=hf.num_local_experts if kind == "mixtral" else 0,
        k=hf.num_experts_per_tok if kind == "mixtral" else 0,
    )


def _ropes(hf: PreTrainedConfig) -> tuple[RopeConfig, RopeConfig | None]:
    """The rotation of the layers that see everything, and the window layers' own if they have one."""
    try:
        if "full_attention" not in hf.rope_parameters:
            return RopeConfig.from_hf(hf), None
        whole, local = RopeConfig.from_hf(hf, "full_attention"), RopeConfig.from_hf(hf, "sliding_attention")
    except (UnsupportedModelError, ValueError, KeyError, TypeError) as error:
        raise NotApplicableError(
            f"The explorer's own decoder cannot turn queries and keys as this config says: {str(error)[:160]}",
            "Kinds of RoPE that it has: default, linear, dynamic, yarn, llama3.",
        ) from error
    return whole, (local if local != whole else None)
