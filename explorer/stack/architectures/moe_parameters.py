"""How many parameters a mixture of experts has, and how many of them one token uses.

    experts     layers * n * 3 d_model d_expert            (gate, in and out of a SwiGLU; 2 without a gate)
    active      all that is no expert  +  (k / n) of the experts  +  the shared experts

By this convention, Mixtral's own, embeddings and router count as active in full. The counts are exact: Mixtral 8x7B has
46.7 billion, not 8 times 7, because only the feed-forward is copied.

>>> count = parameters(MIXTRAL_8X7B)
>>> f"{count.total:,} {count.active:,}"
'46,702,792,704 12,879,925,248'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError
from explorer.stack.architectures import published_models

if TYPE_CHECKING:
    from types import SimpleNamespace

    from transformers import PreTrainedConfig


@dataclass(frozen=True)
class LatentAttention:
    """DeepSeek's multi-head latent attention: queries, keys and values through narrow layers."""

    q_rank: int | None
    """None: the queries are not compressed."""
    kv_rank: int
    d_nope: int
    """Width of a head's part without positions."""
    d_rope: int
    """Width of its rotary part; the keys' is shared by all heads."""
    d_value: int


@dataclass(frozen=True)
class Shape:
    """Sizes that the count needs."""

    name: str
    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_expert: int
    n_experts: int
    k: int
    d_vocab: int
    n_shared: int = 0
    """Shared experts, each of width d_expert."""
    n_dense: int = 0
    """Layers with a dense feed-forward instead: DeepSeek's first ones, those that a Qwen3 config names."""
    d_dense: int = 0
    gated: bool = True
    tied: bool = False
    norms: int = 2
    """Norms of width d_model in a layer."""
    qk_norm: int = 0
    """Width of the query's and the key's norm together."""
    latent: LatentAttention | None = None
    router_bias: bool = False


@dataclass(frozen=True)
class Count:
    """Parameters by part; `experts` are the routed ones."""

    embedding: int
    attention: int
    norms: int
    router: int
    experts: int
    shared: int
    dense: int
    k: int
    n_experts: int

    @property
    def total(self) -> int:
        return self.embedding + self.attention + self.norms + self.router + self.experts + self.shared + self.dense

    @property
    def active(self) -> int:
        """What one token's forward pass uses."""
        return self.total - self.experts + self.experts * self.k // self.n_experts


def parameters(shape: Shape) -> Count:
    """Count every parameter of the shape."""
    s = shape
    sparse = s.n_layers - s.n_dense
    feed_forward = (3 if s.gated else 2) * s.d_model
    return Count(
        embedding=s.d_vocab * s.d_model * (1 if s.tied else 2),
        attention=s.n_layers * _attention(s),
        norms=s.n_layers * (s.norms * s.d_model + s.qk_norm) + s.d_model,
        router=sparse * s.n_experts * (s.d_model + s.router_bias),
        experts=sparse * s.n_experts * feed_forward * s.d_expert,
        shared=sparse * feed_forward * s.n_shared * s.d_expert,
        dense=s.n_dense * feed_forward * s.d_dense,
        k=s.k,
        n_experts=s.n_experts,
    )


def _attention(s: Shape) -> int:
    if s.latent is None:
        return 2 * s.d_model * s.d_head * (s.n_heads + s.n_kv_heads)
    m = s.latent
    d_query = s.n_heads * (m.d_nope + m.d_rope)
    # A compressed query has a norm of its own between its two maps, as the keys' and values' latent has.
    query = s.d_model * d_query if m.q_rank is None else m.q_rank * (s.d_model + 1 + d_query)
    down = s.d_model * (m.kv_rank + m.d_rope) + m.kv_rank
    up = m.kv_rank * s.n_heads * (m.d_nope + m.d_value)
    return query + down + up + s.n_heads * m.d_value * s.d_model


def from_hf(config: PreTrainedConfig | SimpleNamespace, name: str = "") -> Shape:
    """Read transformers' config of a mixture: Mixtral, Grok-1, OLMoE, Qwen3-MoE, DBRX, DeepSeek-V2 and -V3.

    Raises NotApplicableError for a model without experts, or of a type that is counted differently.
    """
    c, kind = config, config.model_type
    shared = {"name": name or kind, "d_vocab": c.vocab_size, "tied": bool(c.tie_word_embeddings)}
    if kind == "dbrx":
        return Shape(
            n_layers=c.n_layers, d_model=c.d_model, n_heads=c.n_heads, n_kv_heads=c.attn_config.kv_n_heads,
            d_head=c.d_model // c.n_heads, d_expert=c.ffn_config.ffn_hidden_size,
            n_experts=c.ffn_config.moe_num_experts,
            k=c.ffn_config.moe_top_k, **shared,
        )  # fmt: skip
    if kind not in ("mixtral", "grok-1", "olmoe", "qwen3_moe", "deepseek_v2", "deepseek_v3"):
        raise NotApplicableError(f"The parameters of {kind} are not counted here.", "Choose a mixture of experts.")
    if getattr(c, "attention_bias", False):
        raise NotApplicableError(
            "Attention's biases are not counted here.", "No published mixture of this type has any."
        )
    d_head = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    n_experts = getattr(c, "num_local_experts", None) or getattr(c, "num_experts", None) or c.n_routed_experts
    more: dict[str, object] = {}
    if kind.startswith("deepseek"):
        d_head = c.qk_nope_head_dim + c.qk_rope_head_dim  # what is set as head_dim is the rotary part alone
        more = {
            "latent": LatentAttention(
                c.q_lora_rank, c.kv_lora_rank, c.qk_nope_head_dim, c.qk_rope_head_dim, c.v_head_dim
            ),
            "n_shared": c.n_shared_experts or 0,
            "n_dense": c.first_k_dense_replace,
            "d_dense": c.intermediate_size,
        }
    elif kind == "qwen3_moe":
        sparse = [
            layer not in c.mlp_only_layers and (layer + 1) % c.decoder_sparse_step == 0
            for layer in range(c.num_hidden_layers)
        ]
        more = {"qk_norm": 2 * d_head, "n_dense": sparse.count(False), "d_dense": c.intermediate_size}
    elif kind == "grok-1":
        more = {"norms": 4}
    elif kind == "olmoe":
        more = {"qk_norm": d_head * (c.num_attention_heads + c.num_key_value_heads)}
    return Shape(
        n_layers=c.num_hidden_layers, d_model=c.hidden_size, n_heads=c.num_attention_heads,
        n_kv_heads=c.num_key_value_heads, d_head=d_head, n_experts=n_experts, k=c.num_experts_per_tok,
        d_expert=getattr(c, "moe_intermediate_size", None) or c.intermediate_size, **more, **shared,
    )  # fmt: skip


def _published(name: str) -> Shape:
    return from_hf(published_models.PUBLISHED[name].read(), name)


MIXTRAL_8X7B, MIXTRAL_8X22B, GROK_1 = _published("Mixtral-8x7B"), _published("Mixtral-8x22B"), _published("Grok-1")
DEEPSEEK_V2, DEEPSEEK_V3, DBRX = _published("DeepSeek-V2"), _published("DeepSeek-V3"), _published("DBRX")
MIXTURES = (MIXTRAL_8X7B, MIXTRAL_8X22B, GROK_1, DEEPSEEK_V2, DEEPSEEK_V3, DBRX)
