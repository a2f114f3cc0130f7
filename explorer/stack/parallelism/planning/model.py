"""What a planner needs of a model: its matrices, block by block, and what they multiply.

A block's matrices lie in groups: attention's, those of a dense feed-forward, and those of a mixture, of which a token
passes k. Every group knows its [input, output] shapes, so that weights, operations and the share of each rank follow.

>>> llama = MODELS["Llama 3 70B"]
>>> f"{llama.parameters / 1e9:.2f}", llama.layers, len(llama.attention)
('70.55', 80, 3)
>>> deepseek = MODELS["DeepSeek-V3"]
>>> f"{deepseek.parameters / 1e9:.1f} {deepseek.active / 1e9:.1f}", deepseek.sparse_layers
('671.0 37.6', 58)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.stack.architectures.published_models import PUBLISHED


@dataclass(frozen=True)
class Matrix:
    """One weight matrix of a block."""

    inputs: int
    outputs: int
    by_columns: bool = True
    """Whether tensor parallelism splits its outputs; else its inputs."""
    split: bool = True
    """Whether it is split at all: latents are not."""

    @property
    def size(self) -> int:
        return self.inputs * self.outputs

    def of_a_rank(self, tp: int) -> tuple[float, float]:
        """Inputs and outputs of one rank's slice."""
        if not self.split:
            return float(self.inputs), float(self.outputs)
        return (float(self.inputs), self.outputs / tp) if self.by_columns else (self.inputs / tp, float(self.outputs))


def size(matrices: tuple[Matrix, ...]) -> int:
    return sum(each.size for each in matrices)


@dataclass(frozen=True)
class Model:
    """Sizes of a decoder."""

    name: str
    layers: int
    d_model: int
    heads: int
    kv_heads: int
    d_head: int
    """Of queries and keys."""
    d_value: int
    d_ff: int
    """Of a dense block."""
    d_vocab: int
    gated: bool = True
    tied: bool = False
    dropout: bool = False
    """Whether it was trained with dropout, whose masks are kept."""
    latent: tuple[int, int, int] | None = None
    """Multi-head latent attention: ranks of queries and of keys and values, width of the rotary part."""
    experts: int = 0
    k: int = 0
    d_expert: int = 0
    shared: int = 0
    dense_layers: int = 0
    """Of a mixture: blocks without experts."""

    @property
    def attention(self) -> tuple[Matrix, ...]:
        d, out = self.d_model, Matrix(self.heads * self.d_value, self.d_model, by_columns=False)
        if self.latent is None:
            q, kv = self.heads * self.d_head, self.kv_heads * self.d_head
            return (Matrix(d, q), Matrix(d, 2 * kv), out)
        q_rank, kv_rank, rope = self.latent
        nope = self.d_head - rope
        return (
            Matrix(d, q_rank, split=False),
            Matrix(q_rank, self.heads * self.d_head),
            Matrix(d, kv_rank + rope, split=False),
            Matrix(kv_rank, self.heads * (nope + self.d_value)),
            out,
        )

    def feed_forward(self, width: int) -> tuple[Matrix, ...]:
        return (Matrix(self.d_model, (2 if self.gated else 1) * width), Matrix(width, self.d_model, by_columns=False))

    @property
    def dense(self) -> tuple[Matrix, ...]:
        return self.feed_forward(self.d_ff)

    @property
    def expert(self) -> tuple[Matrix, ...]:
        return self.feed_forward(self.d_expert)

    @property
    def always(self) -> tuple[Matrix, ...]:
        """Of a sparse block, what every token passes beside its experts."""
        router = (Matrix(self.d_model, self.experts, split=False),)
        return router + (self.feed_forward(self.shared * self.d_expert) if self.shared else ())

    @property
    def sparse_layers(self) -> int:
        return self.layers - self.dense_layers if self.experts else 0

    @property
    def embedding(self) -> int:
        """Weights of one table."""
        return self.d_vocab * self.d_model

    @property
    def expert_weights(self) -> int:
        """Of all routed experts."""
        return self.sparse_layers * self.experts * size(self.expert)

    @property
    def block_weights(self) -> int:
        """Of all blocks, without the routed experts. Norms are left out: a ten-thousandth."""
        plain = self.layers - self.sparse_layers
        return self.layers * size(self.attention) + plain * size(self.dense) + self.sparse_layers * size(self.always)

    @property
    def parameters(self) -> int:
        return self.block_weights + self.expert_weights + self.embedding * (1 if self.tied else 2)

    @property
    def active(self) -> int:
        """What a token passes, with both tables, as the makers of mixtures count."""
        return self.parameters - self.expert_weights * (self.experts - self.k) // max(self.experts, 1)

    def useful(self, tokens: float | int, length: int, causal: bool = True) -> float:
        """Operations of a step that the model needs: 6 a weight and token, and attention's. Nothing computed twice."""
        passed = self.active - self.embedding * (1 if self.tied else 2) + self.embedding
        scores = 6 * self.layers * self.heads * (self.d_head + self.d_value) * length / (2 if causal else 1)
        return float(tokens * (6 * passed + scores))


def _published(name: str, known: str) -> Model:
    """A dense Llama of the list of published configs, or a mixture of it."""
    c = PUBLISHED[known].read()
    if c.model_type == "gpt2":
        return gpt(c.n_layer, c.n_embd, c.n_head, name, d_vocab=c.vocab_size)
    more: dict[str, object] = {}
    d_head = d_value = getattr(c, "head_dim", 0)
    if c.model_type == "deepseek_v3":
        d_head, d_value = c.qk_nope_head_dim + c.qk_rope_head_dim, c.v_head_dim
        more = {
            "latent": (c.q_lora_rank, c.kv_lora_rank, c.qk_rope_head_dim), "experts": c.n_routed_experts,
            "k": c.num_experts_per_tok, "d_expert": c.moe_intermediate_size, "shared": c.n_shared_experts,
            "dense_layers": c.first_k_dense_replace,
        }  # fmt: skip
    elif hasattr(c, "num_local_experts"):
        more = {"experts": c.num_local_experts, "k": c.num_experts_per_tok, "d_expert": c.intermediate_size}
    return Model(
        name, c.num_hidden_layers, c.hidden_size, c.num_attention_heads, c.num_key_value_heads, d_head, d_value,
        c.intermediate_size, c.vocab_size, tied=bool(c.tie_word_embeddings), **more,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


def gpt(layers: int, d_model: int, heads: int, name: str, d_vocab: int = 51200) -> Model:
    """As Megatron trains them: four times the width, GELU, dropout, tied tables."""
    return Model(name, layers, d_model, heads, heads, d_model // heads, d_model // heads, 4 * d_model, d_vocab,
                 gated=False, tied=True, dropout=True)  # fmt: skip


_KIMI = Model("Kimi K2", 61, 7168, 64, 64, 192, 128, 18432, 163840, latent=(1536, 512, 64), experts=384, k=8,
              d_expert=2048, shared=1, dense_layers=1)  # fmt: skip
_NEMOTRON = Model("Nemotron-4 340B", 96, 18432, 96, 8, 192, 192, 73728, 256000, gated=False)
_PALM = Model("PaLM 540B", 118, 18432, 48, 1, 256, 256, 73728, 256000, tied=True)
_LLAMA = ("Llama 3 8B", "Llama-3-8B"), ("Llama 3 70B", "Llama-3-70B"), ("Llama 3 405B", "Llama-3.1-405B")

MODELS: Mapping[str, Model] = {
    each.name: each
    for each in (
        *(_published(*each) for each in _LLAMA),
        _published("Llama 2 70B", "Llama-2-70B"),
        gpt(48, 6144, 64, "GPT 22B"),
        gpt(96, 12288, 96, "GPT-3 175B"),
        gpt(70, 14336, 112, "BLOOM 176B", d_vocab=250880),
        gpt(105, 20480, 128, "Megatron 530B"),
        gpt(128, 25600, 160, "Megatron 1T"),
        _NEMOTRON,
        _PALM,
        _published("Mixtral 8x7B", "Mixtral-8x7B"),
        _published("Grok-1 314B", "Grok-1"),
        _published("DeepSeek-V3", "DeepSeek-V3"),
        _KIMI,
    )
}
