"""How much memory a decoder needs: its weights, and the keys and values of every token that it still reads.

Weights: every matrix and vector of the architecture, counted from its sizes. A block of a Llama-type decoder holds

    attention     d_model·h·d_head (W_Q) + 2·d_model·h_kv·d_head (W_K, W_V) + h·d_head·d_model (W_O)
    feed-forward  3·d_model·d_mlp when gated (SwiGLU, GeGLU), else 2·d_model·d_mlp
    norms         2·d_model (RMSNorm), 4·d_model (LayerNorm, which also has a bias)

and around the blocks stand the embedding (d_vocab·d_model), one final norm, and the unembedding unless it is tied.

KV cache (keys and values of grouped-query attention, Ainslie et al. 2023, arXiv 2305.13245):

    bytes = 2 · batch · length · n_layers · n_kv_heads · d_head · bytes per number

A layer that looks back over a window only (Beltagy et al. 2020, arXiv 2004.05150) holds min(length, window) tokens.

Activations, the allocator's slack and the framework's own memory are left out: at decode time activations are a few
vectors a sequence, in prefill they depend on the kernel.

Worked example: Llama-2-70B with 16-bit numbers, 32 sequences of 4,096 tokens. The cache takes 42.9 GB, the weights
138 GB: grouped-query attention keeps it at less than a third. (It would overtake the weights at the 103rd sequence.)

>>> llama = REAL_MODELS["Llama-2-70B"]
>>> parameters(llama).total, weight_bytes(llama, FORMATS["bf16"]) / 1e9
(68976648192, 137.953296384)
>>> kv_bytes(llama, batch=1, length=1, number=FORMATS["bf16"])
327680
>>> kv_bytes(llama, batch=32, length=4096, number=FORMATS["bf16"]) / 1e9
42.94967296
>>> equal_at(llama, FORMATS["bf16"], FORMATS["bf16"]) / 4096
102.78...
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Format:
    """How a number is stored. Low-bit formats share one scale among `group` neighbours."""

    name: str
    bits: int
    group: int = 0
    """Numbers that share a scale; 0: no scale."""
    scale_bits: int = 0

    @property
    def bytes_each(self) -> float:
        """Bytes a number, its part of the scale included: 4-bit in groups of 32 with a 16-bit scale is 0.5625."""
        return (self.bits + (self.scale_bits / self.group if self.group else 0)) / 8


#: The groups are those of GGUF's Q8_0 and Q4_0: 8.5 and 4.5 bits a number.
FORMATS = {
    f.name: f for f in (Format("fp32", 32), Format("bf16", 16), Format("int8", 8, 32, 16), Format("int4", 4, 32, 16))
}


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

    def __post_init__(self) -> None:
        for name in ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.n_heads % self.n_kv_heads:
            raise ValueError(f"{self.n_heads} query heads cannot share {self.n_kv_heads} key/value heads evenly")
        if self.windows and len(self.windows) != self.n_layers:
            raise ValueError(f"{len(self.windows)} windows for {self.n_layers} layers")

    @classmethod
    def of(cls, config: Any) -> Sizes:
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
        )

    def window_groups(self) -> list[tuple[int, int | None]]:
        """(how many layers, their window) for each window that occurs, None (everything) included."""
        windows = self.windows or (None,) * self.n_layers
        return [(windows.count(w), w) for w in dict.fromkeys(windows)]


@dataclass(frozen=True)
class Part:
    """Numbers in matrices, and in vectors (norms, biases), which no format squeezes."""

    matrices: int = 0
    vectors: int = 0

    @property
    def count(self) -> int:
        return self.matrices + self.vectors

    def bytes(self, number: Format) -> float:
        """Matrices in `number`, vectors in at least 16 bits."""
        return self.matrices * number.bytes_each + self.vectors * max(number.bits, 16) / 8


@dataclass(frozen=True)
class Parameters:
    """The count by part, all layers together."""

    embedding: Part
    positions: Part
    attention: Part
    feed_forward: Part
    router: Part
    norms: Part
    unembedding: Part
    """Nothing when tied: it is the embedding again."""

    def parts(self) -> dict[str, Part]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts().values())


def parameters(sizes: Sizes, *, active: bool = False) -> Parameters:
    """Count every weight once. `active`: only the experts that one token passes through.

    GPT-2's smallest model, with LayerNorm, biases, learned positions and a tied unembedding:

    >>> {name: part.count for name, part in parameters(REAL_MODELS["GPT-2"]).parts().items() if part.count}
    {'embedding': 38597376, 'positions': 786432, 'attention': 28348416, 'feed_forward': 56669184, 'norms': 38400}
    """
    s = sizes
    queries, keys = s.n_heads * s.d_head, s.n_kv_heads * s.d_head
    biases = (queries + 2 * keys if s.qkv_bias else 0) + (s.d_model if s.output_bias else 0)
    attention = s.d_model * (queries + 2 * keys) + queries * s.d_model

    experts = (s.experts_per_token if active else s.n_experts) if s.n_experts else 1
    up = 2 if s.gated else 1
    feed_forward = experts * (up + 1) * s.d_model * s.d_mlp
    mlp_biases = experts * (up * s.d_mlp + s.d_model) if s.mlp_bias else 0

    norm = s.d_model * (2 if s.norm == "layer" else 1)
    norms = s.norms_per_block * norm + (2 * s.d_head if s.qk_norm else 0)
    return Parameters(
        embedding=Part(s.d_vocab * s.d_model),
        positions=Part(s.learned_positions * s.d_model),
        attention=Part(s.n_layers * attention, s.n_layers * biases),
        feed_forward=Part(s.n_layers * feed_forward, s.n_layers * mlp_biases),
        router=Part(s.n_layers * s.d_model * s.n_experts),
        norms=Part(0, s.n_layers * norms + norm),
        unembedding=Part(0 if s.tied else s.d_vocab * s.d_model),
    )


def weight_bytes(sizes: Sizes, number: Format) -> float:
    """All matrices in `number`; norms and biases in at least 16 bits."""
    return sum(part.bytes(number) for part in parameters(sizes).parts().values())


def kv_numbers(sizes: Sizes, batch: int, length: int) -> int:
    """How many numbers the cache holds: 2 · batch · h_kv · d_head · (tokens held, summed over layers)."""
    held = sum(layers * (length if window is None else min(length, window)) for layers, window in sizes.window_groups())
    return 2 * batch * sizes.n_kv_heads * sizes.d_head * held


def kv_bytes(sizes: Sizes, batch: int, length: int, number: Format) -> int:
    """Bytes of keys and values of `batch` sequences of `length` tokens.

    >>> [kv_bytes(REAL_MODELS[m], 1, 1, FORMATS["bf16"]) for m in ("LLaMA-7B", "Llama-3-8B", "GPT-3")]
    [524288, 131072, 4718592]
    """
    return round(kv_numbers(sizes, batch, length) * number.bytes_each)


def equal_at(sizes: Sizes, weights: Format, cache: Format) -> float:
    """Cached tokens (batch x length, no window reached) at which the cache weighs as much as the model."""
    return weight_bytes(sizes, weights) / (kv_numbers(sizes, 1, 1) * cache.bytes_each)


def largest_batch(sizes: Sizes, length: int, memory: float, weights: Format, cache: Format) -> int:
    """How many sequences of `length` fit in `memory` bytes beside the weights; 0 when not even one does.

    >>> largest_batch(REAL_MODELS["Llama-3-8B"], 8192, 80e9, FORMATS["bf16"], FORMATS["bf16"])
    59
    """
    free = memory - weight_bytes(sizes, weights)
    return max(0, int(free // (kv_numbers(sizes, 1, length) * cache.bytes_each)))


def _every(n_layers: int, period: int, window: int) -> tuple[int | None, ...]:
    """Every `period`-th layer looks at everything, the others over a window."""
    return tuple(None if (i + 1) % period == 0 else window for i in range(n_layers))


def _gpt(n_layers: int, d_model: int, n_heads: int, n_ctx: int) -> Sizes:
    shape = (n_layers, d_model, n_heads, n_heads, d_model // n_heads, 4 * d_model, 50257)
    plain = Sizes(*shape, norm="layer", gated=False, tied=True, learned_positions=n_ctx)
    return replace(plain, qkv_bias=True, output_bias=True, mlp_bias=True)


#: Published sizes: each model's config.json; GPT-3: Brown et al. 2020, arXiv 2005.14165, table 2.1, with GPT-2's parts
#: layers, d_model, query heads, key/value heads, d_head, d_mlp, d_vocab
REAL_MODELS = {
    "SmolLM2-135M": Sizes(30, 576, 9, 3, 64, 1536, 49152, tied=True),
    "GPT-2": _gpt(12, 768, 12, 1024),
    "Gemma-3-270M": Sizes(
        18, 640, 4, 1, 256, 2048, 262144, norms_per_block=4, qk_norm=True, tied=True, windows=_every(18, 6, 512)
    ),
    "LLaMA-7B": Sizes(32, 4096, 32, 32, 128, 11008, 32000),
    "Falcon-7B": Sizes(32, 4544, 71, 1, 64, 18176, 65024, norm="layer", norms_per_block=1, gated=False, tied=True),
    "Mistral-7B": Sizes(32, 4096, 32, 8, 128, 14336, 32000, windows=(4096,) * 32),
    "Qwen2.5-7B": Sizes(28, 3584, 28, 4, 128, 18944, 152064, qkv_bias=True),
    "Llama-3-8B": Sizes(32, 4096, 32, 8, 128, 14336, 128256),
    "Gemma-7B": Sizes(28, 3072, 16, 16, 256, 24576, 256000, tied=True),
    "Gemma-2-9B": Sizes(42, 3584, 16, 8, 256, 14336, 256000, norms_per_block=4, tied=True, windows=(4096, None) * 21),
    "Mixtral-8x7B": Sizes(32, 4096, 32, 8, 128, 14336, 32000, n_experts=8, experts_per_token=2),
    "Llama-2-70B": Sizes(80, 8192, 64, 8, 128, 28672, 32000),
    "GPT-3": _gpt(96, 12288, 96, 2048),
    "Llama-3.1-405B": Sizes(126, 16384, 128, 8, 128, 53248, 128256),
}

#: Totals that papers state, in billions, rounded by them: Touvron et al. 2023, arXiv 2302.13971, table 2; Jiang et al.
#: 2024, arXiv 2401.04088; Brown et al. 2020, arXiv 2005.14165, table 2.1; Grattafiori et al. 2024, arXiv 2407.21783.
QUOTED = {"LLaMA-7B": 6.7, "Mixtral-8x7B": 47.0, "GPT-3": 175.0, "Llama-3.1-405B": 405.0}
