"""What a decoder's memory depends on: its sizes, and the tensors that they make.

A tensor is listed once with the blocks that have one like it. How tensor parallelism (Shoeybi et al. 2019, Megatron-LM,
arXiv 1909.08053) cuts it is a property of the tensor: queries and the way back by heads, keys and values by their own
heads, the feed-forward and the experts by features, the vocabulary by rows; norms, routers and what makes a latent
(DeepSeek-V2, arXiv 2405.04434) are copied to every card.

>>> tiny = Sizes(2, 8, 2, 1, 4, 16, 32)
>>> [(each.kind, each.count) for each in tensors(tiny)][:3]
[('token_embd', 256), ('attn_q', 128), ('attn_k', 64)]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.stack.architectures.moe_parameters import LatentAttention

if TYPE_CHECKING:
    from explorer.stack.transformer.config import DecoderConfig

Cut = Literal["heads", "kv", "features", "vocabulary", "none"]


@dataclass(frozen=True)
class Sizes:
    """What the memory of a decoder depends on, under `DecoderConfig`'s names."""

    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_mlp: int
    d_vocab: int
    norm: Literal["rms", "layer"] = "rms"
    norms_per_block: int = 2
    """4 in a sandwich (Gemma 2 and 3), 1 where attention and feed-forward stand side by side (Falcon)."""
    qk_norm: bool = False
    gated: bool = True
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    tied: bool = False
    learned_positions: int = 0
    """Rows of a learned position table; 0 where positions cost nothing (RoPE, ALiBi, sinusoidal)."""
    windows: tuple[int | None, ...] = ()
    """How far back each layer looks; empty: all layers over everything."""
    n_experts: int = 0
    """Feed-forwards a block of which a router chooses; 0: one, without a router."""
    experts_per_token: int = 0
    n_shared: int = 0
    """Experts of the same width that every token passes."""
    n_dense: int = 0
    """First blocks of a mixture that have one feed-forward of width `d_dense` instead."""
    d_dense: int = 0
    router_bias: bool = False
    sinks: bool = False
    """A learned logit a head that takes attention away from the tokens (gpt-oss)."""
    latent: LatentAttention | None = None
    """DeepSeek's attention, which caches one latent a token instead of keys and values."""

    def __post_init__(self) -> None:
        for name in ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.n_heads % self.n_kv_heads:
            raise ValueError(f"{self.n_heads} query heads cannot share {self.n_kv_heads} key/value heads evenly")
        if self.windows and len(self.windows) != self.n_layers:
            raise ValueError(f"{len(self.windows)} windows for {self.n_layers} layers")

    @classmethod
    def of(cls, config: DecoderConfig) -> Sizes:
        """The sizes of a `DecoderConfig`."""
        return cls(
            n_layers=config.n_layers,
            d_model=config.d_model,
            n_heads=config.n_heads,
            n_kv_heads=config.n_kv_heads,
            d_head=config.d_head,
            d_mlp=config.d_mlp,
            d_vocab=config.d_vocab,
            norm=config.norm,
            norms_per_block=4 if config.placement == "sandwich" else 2,
            qk_norm=config.qk_norm,
            gated=config.gated,
            qkv_bias=config.attention_bias,
            output_bias=bool(config.output_bias),
            mlp_bias=config.mlp_bias,
            tied=config.tied,
            learned_positions=config.n_ctx if config.positions == "learned" else 0,
            windows=tuple(config.windows) if any(w is not None for w in config.windows) else (),
            n_experts=config.n_experts,
            experts_per_token=config.k,
            n_shared=config.n_shared,
        )

    @property
    def cached(self) -> int:
        """Numbers that one token leaves in the cache of one layer."""
        if self.latent:
            return self.latent.kv_rank + self.latent.d_rope
        return 2 * self.n_kv_heads * self.d_head

    def window_groups(self) -> list[tuple[int, int | None]]:
        """(how many layers, their window) for each window that occurs, None (everything) included."""
        windows = self.windows or (None,) * self.n_layers
        return [(windows.count(w), w) for w in dict.fromkeys(windows)]


@dataclass(frozen=True)
class Tensors:
    """Tensors of one kind and shape."""

    part: str
    """The field of `Parameters` that it counts to."""
    kind: str
    """GGUF's name of it, without the block."""
    d_out: int
    d_in: int
    """1: a vector."""
    layers: tuple[int, ...] = ()
    """Blocks that have it; none: it stands outside the blocks, once."""
    copies: int = 1
    """Experts."""
    cut: Cut = "features"

    @property
    def vector(self) -> bool:
        return self.d_in == 1

    @property
    def each(self) -> int:
        """Numbers in one block."""
        return self.d_out * self.d_in * self.copies

    @property
    def count(self) -> int:
        return self.each * max(1, len(self.layers))


def tensors(sizes: Sizes, *, active: bool = False) -> list[Tensors]:
    """Every weight once. `active`: only the experts that one token passes through."""
    s, blocks = sizes, tuple(range(sizes.n_layers))
    wide = s.d_model * (2 if s.norm == "layer" else 1)
    made = [
        Tensors("embedding", "token_embd", s.d_vocab, s.d_model, cut="vocabulary"),
        Tensors("positions", "position_embd", s.learned_positions, s.d_model, cut="none"),
        *(_latent(s, s.latent, blocks) if s.latent else _attention(s, blocks)),
        *_feed_forward(s, blocks, active),
        Tensors("norms", "norm", s.norms_per_block * wide, 1, blocks, cut="none"),
        Tensors("norms", "norm", 2 * s.d_head if s.qk_norm else 0, 1, blocks, cut="none"),
        Tensors("norms", "output_norm", wide, 1, cut="none"),
        Tensors("unembedding", "output", 0 if s.tied else s.d_vocab, s.d_model, cut="vocabulary"),
    ]
    return [each for each in made if each.count]


def _attention(s: Sizes, blocks: tuple[int, ...]) -> list[Tensors]:
    queries, keys = s.n_heads * s.d_head, s.n_kv_heads * s.d_head
    bias = int(s.qkv_bias)
    return [
        Tensors("attention", "attn_q", queries, s.d_model, blocks, cut="heads"),
        Tensors("attention", "attn_k", keys, s.d_model, blocks, cut="kv"),
        Tensors("attention", "attn_v", keys, s.d_model, blocks, cut="kv"),
        Tensors("attention", "attn_output", s.d_model, queries, blocks, cut="heads"),
        Tensors("attention", "bias", bias * queries, 1, blocks, cut="heads"),
        Tensors("attention", "bias", bias * 2 * keys, 1, blocks, cut="kv"),
        Tensors("attention", "bias", s.d_model * s.output_bias, 1, blocks, cut="none"),
        Tensors("attention", "attn_sinks", s.n_heads * s.sinks, 1, blocks, cut="heads"),
    ]


def _latent(s: Sizes, m: LatentAttention, blocks: tuple[int, ...]) -> list[Tensors]:
    """Multi-head latent attention: what narrows is copied to all cards, what widens again is cut by heads."""
    query, rank = s.n_heads * (m.d_nope + m.d_rope), m.q_rank or 0
    return [
        Tensors("attention", "attn_q_a", rank, s.d_model, blocks, cut="none"),
        Tensors("attention", "attn_q_b", query, m.q_rank or s.d_model, blocks, cut="heads"),
        Tensors("attention", "attn_kv_a_mqa", m.kv_rank + m.d_rope, s.d_model, blocks, cut="none"),
        Tensors("attention", "attn_kv_b", s.n_heads * (m.d_nope + m.d_value), m.kv_rank, blocks, cut="heads"),
        Tensors("attention", "attn_output", s.d_model, s.n_heads * m.d_value, blocks, cut="heads"),
        Tensors("attention", "norm", rank + m.kv_rank, 1, blocks, cut="none"),
    ]


def _feed_forward(s: Sizes, blocks: tuple[int, ...], active: bool) -> list[Tensors]:
    dense = blocks[: s.n_dense] if s.n_experts else blocks
    sparse = blocks[s.n_dense :] if s.n_experts else ()
    taken = s.experts_per_token if active else s.n_experts
    ways = ("ffn_gate", "ffn_up") if s.gated else ("ffn_up",)

    def one(part: str, layers: tuple[int, ...], width: int, copies: int, ending: str = "") -> list[Tensors]:
        up = [Tensors(part, name + ending, width, s.d_model, layers, copies) for name in ways]
        down = Tensors(part, "ffn_down" + ending, s.d_model, width, layers, copies)
        if not s.mlp_bias:
            return [*up, down]
        return [
            *up,
            down,
            Tensors(part, "bias", len(ways) * width, 1, layers, copies),
            Tensors(part, "bias", s.d_model, 1, layers, copies, "none"),
        ]

    made = one("feed_forward", dense, s.d_dense or s.d_mlp, 1) if dense else []
    if sparse:
        made += one("feed_forward", sparse, s.d_mlp, taken, "_exps")
        made += one("feed_forward", sparse, s.d_mlp * s.n_shared, 1, "_shexp") if s.n_shared else []
        made += [
            Tensors("router", "ffn_gate_inp", s.n_experts, s.d_model, sparse, cut="none"),
            Tensors("router", "bias", s.n_experts * s.router_bias, 1, sparse, cut="none"),
        ]
    return made
