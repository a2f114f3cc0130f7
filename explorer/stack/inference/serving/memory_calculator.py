"""How much memory a decoder needs: its weights, and the keys and values of every token that it still reads.

Weights: every matrix and vector of the architecture, counted from its sizes. A block of a Llama-type decoder holds

    attention     d_model·h·d_head (W_Q) + 2·d_model·h_kv·d_head (W_K, W_V) + h·d_head·d_model (W_O)
    feed-forward  3·d_model·d_mlp when gated (SwiGLU, GeGLU), else 2·d_model·d_mlp
    norms         2·d_model (RMSNorm), 4·d_model (LayerNorm, which also has a bias)

and around the blocks stand the embedding (d_vocab·d_model), one final norm, and the unembedding unless it is tied.

KV cache (keys and values of grouped-query attention, Ainslie et al. 2023, arXiv 2305.13245):

    bytes = 2 · batch · length · n_layers · n_kv_heads · d_head · bytes per number

A layer that looks back over a window only (Beltagy et al. 2020, arXiv 2004.05150) holds min(length, window) tokens.

Activations and the framework's own memory are estimated in `serving_fit`.

Worked example: Llama-2-70B with 16-bit numbers, 32 sequences of 4,096 tokens. The cache takes 42.9 GB, the weights
138 GB: grouped-query attention keeps it at less than a third. (It would overtake the weights at the 103rd sequence.)

>>> from explorer.stack.inference.serving.known_models import REAL_MODELS
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

from dataclasses import dataclass, fields

from explorer.stack.inference.serving.model_sizes import Sizes, tensors


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

    >>> from explorer.stack.inference.serving.known_models import REAL_MODELS
    >>> {name: part.count for name, part in parameters(REAL_MODELS["GPT-2"]).parts().items() if part.count}
    {'embedding': 38597376, 'positions': 786432, 'attention': 28348416, 'feed_forward': 56669184, 'norms': 38400}
    """
    found = {each.name: Part() for each in fields(Parameters)}
    for each in tensors(sizes, active=active):
        so_far = found[each.part]
        matrices, vectors = (0, each.count) if each.vector else (each.count, 0)
        found[each.part] = Part(so_far.matrices + matrices, so_far.vectors + vectors)
    return Parameters(**found)


def weight_bytes(sizes: Sizes, number: Format) -> float:
    """All matrices in `number`; norms and biases in at least 16 bits."""
    return sum(part.bytes(number) for part in parameters(sizes).parts().values())


def kv_numbers(sizes: Sizes, batch: int, length: int) -> int:
    """How many numbers the cache holds: batch · 2 · h_kv · d_head · (tokens held, summed over layers); of latent
    attention, batch · (kv_rank + d_rope) · the same."""
    held = sum(layers * (length if window is None else min(length, window)) for layers, window in sizes.window_groups())
    return batch * sizes.cached * held


def kv_bytes(sizes: Sizes, batch: int, length: int, number: Format) -> int:
    """Bytes of keys and values of `batch` sequences of `length` tokens.

    >>> from explorer.stack.inference.serving.known_models import REAL_MODELS
    >>> [kv_bytes(REAL_MODELS[m], 1, 1, FORMATS["bf16"]) for m in ("LLaMA-7B", "Llama-3-8B", "GPT-3")]
    [524288, 131072, 4718592]
    """
    return round(kv_numbers(sizes, batch, length) * number.bytes_each)


def equal_at(sizes: Sizes, weights: Format, cache: Format) -> float:
    """Cached tokens (batch x length, no window reached) at which the cache weighs as much as the model."""
    return weight_bytes(sizes, weights) / (kv_numbers(sizes, 1, 1) * cache.bytes_each)


def largest_batch(sizes: Sizes, length: int, memory: float, weights: Format, cache: Format) -> int:
    """How many sequences of `length` fit in `memory` bytes beside the weights; 0 when not even one does.

    >>> from explorer.stack.inference.serving.known_models import REAL_MODELS
    >>> largest_batch(REAL_MODELS["Llama-3-8B"], 8192, 80e9, FORMATS["bf16"], FORMATS["bf16"])
    59
    """
    free = memory - weight_bytes(sizes, weights)
    return max(0, int(free // (kv_numbers(sizes, 1, length) * cache.bytes_each)))
