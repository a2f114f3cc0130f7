"""A decoder to train: Mixtral's (experts in every layer) or, with one expert, Llama's; bfloat16 products, float32 sums.

    x <- x + Attention(RMSNorm(x));    x <- x + Experts(RMSNorm(x))  or  x + SwiGLU(RMSNorm(x))

The residual stream, norms, router and losses are float32, matrix products bfloat16 where `compute` says so. The state
dict's names and shapes are transformers' own (`MixtralForCausalLM`, `LlamaForCausalLM`), through `hf_state_dict`.

Jiang et al. 2024, Mixtral of Experts (arXiv 2401.04088); Touvron et al. 2023, LLaMA (2302.13971).

>>> import torch
>>> config = SparseDecoderConfig(d_vocab=50, n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_expert=8, n_ctx=32)
>>> model = SparseDecoder(config, torch.Generator().manual_seed(0))
>>> losses = model.loss(torch.randint(50, (2, 9), generator=torch.Generator().manual_seed(1)))
>>> round(losses.lm.item(), 1), round(losses.balance.item(), 1), len(losses.load)  # ln 50 = 3.9; uniform top-2: 2
(3.9, 2.0, 2)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.transformer.balancing import load_balancing, z_loss
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.experts import Experts


@dataclass(frozen=True)
class SparseDecoderConfig:
    """Sizes; `n_experts` 1 is the dense decoder, whose one feed-forward has the width `d_expert`."""

    d_vocab: int
    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_expert: int
    """Hidden width of one expert."""
    n_ctx: int
    """Positions the saved config promises; training windows may be shorter."""
    n_experts: int = 8
    k: int = 2
    """Experts that a token visits."""
    theta: float = 10_000.0
    eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.d_model % self.n_heads or self.n_heads % self.n_kv_heads or (self.d_model // self.n_heads) % 2:
            raise ValueError("n_heads must divide d_model into even heads, and n_kv_heads must divide n_heads")
        if not 1 <= self.k <= self.n_experts and self.n_experts > 1:
            raise ValueError(f"{self.k} of {self.n_experts} experts cannot be chosen")

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads

    @property
    def sparse(self) -> bool:
        return self.n_experts > 1


@dataclass(frozen=True)
class Losses:
    """What one batch costs."""

    lm: Float[Tensor, ""]
    """Mean next-token cross-entropy, nats."""
    balance: Float[Tensor, ""]
    """Load-balancing loss, mean over the layers; 0 of a dense decoder."""
    z: Float[Tensor, ""]
    """Router z-loss, mean over the layers."""
    load: list[Float[Tensor, " expert"]]
    """Share of the pairs of each expert, layer by layer; sums to 1."""


class SparseDecoder(nn.Module):
    """The decoder with its losses; weights from N(0, 0.02), those that write to the stream scaled down by depth."""

    def __init__(
        self,
        config: SparseDecoderConfig,
        generator: torch.Generator | None = None,
        compute: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.config, self.compute = config, compute
        self.embed = nn.Parameter(torch.empty(config.d_vocab, config.d_model))
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.n_layers))
        self.ln_final = nn.Parameter(torch.ones(config.d_model))
        cos, sin = _rotation(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if parameter.dim() > 1:
                    writes = name.endswith((".W_O", "experts.out"))
                    parameter.normal_(0, 0.02 / (2 * config.n_layers) ** 0.5 if writes else 0.02, generator=generator)

    def hidden(
        self, ids: Int[Tensor, "batch pos"]
    ) -> tuple[Float[Tensor, "batch pos d_model"], list[tuple[Tensor, Tensor, Tensor]]]:
        """The final hidden states, and of each sparse layer its router's logits, probabilities and choices."""
        x = F.embedding(ids, self.embed)  # [batch pos d_model]
        tables: Any = (self.cos, self.sin)
        cos, sin = (table[: ids.shape[1]].to(self.compute) for table in tables)
        routings = []
        blocks: Any = self.blocks
        for block in blocks:
            x, routing = block(x, cos, sin, self.compute)
            if routing is not None:
                routings.append(routing)
        return F.rms_norm(x, (x.shape[-1],), self.ln_final, self.config.eps), routings

    def forward(self, ids: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_vocab"]:
        """The logits of every position."""
        x, _ = self.hidden(ids)
        return F.linear(x.to(self.compute), self.embed.to(self.compute)).float()

    def loss(self, windows: Int[Tensor, "batch pos"]) -> Losses:
        """The losses of windows whose last token is only a target."""
        x, routings = self.hidden(windows[:, :-1])
        flat = x.flatten(0, 1).to(self.compute)  # [batch*pos d_model]
        lm = linear_cross_entropy(flat, self.embed.to(self.compute), windows[:, 1:].reshape(-1))
        zero = lm.new_zeros(())
        if not routings:
            return Losses(lm, zero, zero, [])
        balances = [load_balancing(probs, indices) for _, probs, indices in routings]
        balance = torch.stack([each.loss for each in balances]).mean()
        z = torch.stack([z_loss(logits) for logits, _, _ in routings]).mean()
        return Losses(lm, balance, z, [(each.f / self.config.k).detach() for each in balances])

    def hf_config(self) -> dict[str, object]:
        """The settings of transformers' config for this decoder."""
        c = self.config
        shared: dict[str, object] = {
            "architectures": ["MixtralForCausalLM" if c.sparse else "LlamaForCausalLM"],
            "model_type": "mixtral" if c.sparse else "llama",
            "vocab_size": c.d_vocab,
            "hidden_size": c.d_model,
            "intermediate_size": c.d_expert,
            "num_hidden_layers": c.n_layers,
            "num_attention_heads": c.n_heads,
            "num_key_value_heads": c.n_kv_heads,
            "head_dim": c.d_head,
            "hidden_act": "silu",
            "max_position_embeddings": c.n_ctx,
            "rms_norm_eps": c.eps,
            "rope_theta": c.theta,
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
            "bos_token_id": 0,
            "eos_token_id": 0,
        }
        if not c.sparse:
            return shared | {"attention_bias": False, "mlp_bias": False}
        experts = {"num_local_experts": c.n_experts, "num_experts_per_tok": c.k, "sliding_window": None}
        return shared | experts | {"output_router_logits": False, "router_jitter_noise": 0.0}

    def hf_state_dict(self) -> dict[str, Tensor]:
        """The weights under transformers' names (for experts, those of Mixtral's published checkpoints)."""
        state = {"model.embed_tokens.weight": self.embed, "model.norm.weight": self.ln_final}
        blocks: Any = self.blocks
        for n, block in enumerate(blocks):
            at = f"model.layers.{n}."
            state |= {
                at + "input_layernorm.weight": block.ln1,
                at + "post_attention_layernorm.weight": block.ln2,
                **{f"{at}self_attn.{hf}_proj.weight": getattr(block, f"W_{hf.upper()}") for hf in "qkvo"},
            }
            experts = block.experts
            for e in range(self.config.n_experts):
                gate, up = experts.gate_in[e].chunk(2)
                if self.config.sparse:
                    one = f"{at}block_sparse_moe.experts.{e}."
                    state |= {one + "w1.weight": gate, one + "w3.weight": up, one + "w2.weight": experts.out[e]}
                else:
                    one = f"{at}mlp."
                    state |= {
                        one + "gate_proj.weight": gate, one + "up_proj.weight": up,
                        one + "down_proj.weight": experts.out[e],
                    }  # fmt: skip
            if block.router is not None:
                state[at + "block_sparse_moe.gate.weight"] = block.router
        return {name: tensor.detach() for name, tensor in state.items()}


class _Block(nn.Module):
    """One layer."""

    def __init__(self, config: SparseDecoderConfig) -> None:
        super().__init__()
        c = self.config = config
        self.ln1 = nn.Parameter(torch.ones(c.d_model))
        self.W_Q = nn.Parameter(torch.empty(c.n_heads * c.d_head, c.d_model))
        self.W_K = nn.Parameter(torch.empty(c.n_kv_heads * c.d_head, c.d_model))
        self.W_V = nn.Parameter(torch.empty(c.n_kv_heads * c.d_head, c.d_model))
        self.W_O = nn.Parameter(torch.empty(c.d_model, c.n_heads * c.d_head))
        self.ln2 = nn.Parameter(torch.ones(c.d_model))
        self.router = nn.Parameter(torch.empty(c.n_experts, c.d_model)) if c.sparse else None
        self.experts = Experts(c.n_experts, c.d_model, c.d_expert)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, compute: torch.dtype
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor] | None]:
        c = self.config
        h = F.rms_norm(x, (c.d_model,), self.ln1, c.eps).to(compute)
        weights = torch.cat([self.W_Q, self.W_K, self.W_V]).to(compute)
        qkv = F.linear(h, weights).unflatten(-1, (-1, c.d_head)).transpose(1, 2)  # [batch head pos d_head]
        q, k, v = qkv.split([c.n_heads, c.n_kv_heads, c.n_kv_heads], dim=1)
        q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
        group = c.n_heads // c.n_kv_heads
        z = F.scaled_dot_product_attention(
            q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), is_causal=True
        )  # [batch head pos d_head]
        x = x + F.linear(z.transpose(1, 2).flatten(2), self.W_O.to(compute))
        normed = F.rms_norm(x, (c.d_model,), self.ln2, c.eps)
        flat = normed.flatten(0, 1)  # [batch*pos d_model]
        if self.router is None:
            return x + self.experts.one(0, flat.to(compute)).view_as(x), None
        # The router stays in float32: a rounded logit may choose another expert.
        logits = F.linear(flat, self.router)
        probs = logits.softmax(-1)
        top, indices = probs.topk(c.k, dim=-1)
        y = self.experts(flat.to(compute), indices, top / top.sum(-1, keepdim=True))
        return x + y.view_as(x), (logits, probs, indices)


def _rotation(config: SparseDecoderConfig) -> tuple[Float[Tensor, "pos d_head"], Float[Tensor, "pos d_head"]]:
    half = torch.arange(0, config.d_head, 2, dtype=torch.float32) / config.d_head
    angles = torch.outer(torch.arange(config.n_ctx).float(), config.theta**-half)  # [pos d_head/2]
    both = torch.cat([angles, angles], -1)
    return both.cos(), both.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], -1) * sin
