"""Chapter 4 of the reference, attention: its code is run as it is printed, beside torch's own."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.experiments.overview.errata.claims import Figure, Found, Ground, apart, share
from explorer.experiments.overview.errata.drawn import error, normal
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes


def sees_all(ground: Ground) -> Found:
    pattern = ground.trace.pattern[0, 0].float()
    ahead = float(pattern.triu(1).abs().max())
    return Found(
        "every token sees every other", f"{ahead:.0e} on later tokens", ahead > 0,
        "Largest weight of the first head of this run on a token that comes later. In a decoder the causal mask hides "
        "them; in an encoder the claim holds.",
    )  # fmt: skip


def weighted_sum(ground: Ground) -> Found:
    trace = ground.trace
    pattern, values, z = (each[0].float() for each in (trace.pattern, trace.v, trace.z))
    group = pattern.shape[0] // values.shape[-2]
    mine = torch.einsum("hqk,khd->qhd", pattern, values.repeat_interleave(group, -2))
    return apart("weights times values", error(mine, z), "The first block of this run: its weights times its values, "
                 "beside what its heads gave.", allowed=1e-3)  # fmt: skip


def printed(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor) -> tuple[Tensor, Tensor]:
    """As the reference prints it: weights and output."""
    seq_len, d_k = x.shape[0], W_Q.shape[1]
    Q, K, V = x @ W_Q, x @ W_K, x @ W_V
    scores = Q @ K.T / math.sqrt(d_k)
    mask = torch.triu(torch.ones(seq_len, seq_len), diagonal=1).bool()
    scores.masked_fill_(mask, float("-inf"))
    weights = F.softmax(scores, dim=-1)
    return weights, weights @ V


def _example() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return normal(7, 32), *(normal(32, 16, seed=at) / 32**0.5 for at in (1, 2, 3))


def steps(_: Ground) -> Found:
    x, *maps = _example()
    q, k, v = (x @ each for each in maps)
    theirs = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    return apart("attention", error(printed(x, *maps)[1], theirs), "The printed steps on 7 random tokens, beside "
                 "torch’s scaled_dot_product_attention.")  # fmt: skip


def sums_to_one(_: Ground) -> Found:
    weights = printed(*_example())[0]
    return apart("1", error(weights.sum(-1), torch.ones(7)), "Each row of the printed code’s weights, added up.")


def triangle(_: Ground) -> Found:
    weights = printed(*_example())[0]
    seen = [int((row > 0).sum()) for row in weights]
    return Found("itself and earlier ones", f"{seen[0]}, {seen[1]}, …, {seen[-1]} tokens", seen == [*range(1, 8)],
                 "How many tokens each of seven queries gives a weight, with the printed mask.")  # fmt: skip


def saturation(_: Ground) -> Found:
    q, k = normal(256, 128), normal(64, 128, seed=1)
    plain, scaled = (float((q @ k.T / by).softmax(-1).max(-1).values.mean()) for by in (1.0, 128**0.5))
    return Found(
        "prevents saturation", f"largest weight {share(scaled)}, not {share(plain)}", scaled < 0.3 < plain,
        "Random queries and keys of 128 numbers each, over 64 keys. Without the division a product has a standard "
        "deviation of 11, and the softmax gives one key almost all.",
    )  # fmt: skip


def shapes(_: Ground) -> Found:
    x, W_Q, W_K, _V = _example()
    found = tuple(x.shape), tuple(W_Q.shape), tuple((x @ W_Q).shape), tuple((x @ W_Q @ (x @ W_K).T).shape)
    return Found(
        "(n, d), (d, dk), (n, dk), (n, n)",
        ", ".join(map(str, found)),
        found == ((7, 32), (32, 16), (7, 16), (7, 7)),
        "Shapes in the printed code, for 7 tokens.",
    )


def _work(n: int, d: int) -> int:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        _ = torch.ones(n, d) @ torch.ones(d, n)
    return counter.get_total_flops()


def quadratic(_: Ground) -> Found:
    one, longer, wider = _work(64, 32), _work(128, 32), _work(64, 64)
    return Found("n² d", f"× {longer / one:g} for 2 n, × {wider / one:g} for 2 d", (longer, wider) == (4 * one,
    2 * one),
                 "Operations of Q Kᵀ, counted by torch.")  # fmt: skip


def memory(_: Ground) -> Found:
    sizes = [(normal(n, 8) @ normal(8, n)).numel() for n in (64, 128)]
    return Found(
        "n²",
        f"× {sizes[1] / sizes[0]:g} for 2 n",
        sizes[1] == 4 * sizes[0],
        "Numbers in the matrix of scores. FlashAttention never holds it: its memory grows with n.",
    )


def bottleneck(_: Ground) -> Found:
    sizes = REAL_MODELS["Llama-2-70B"]
    maps = sizes.d_model * (2 * sizes.n_heads + 2 * sizes.n_kv_heads) * sizes.d_head + 3 * sizes.d_model * sizes.d_mlp
    half = maps / (sizes.n_heads * sizes.d_head)  # 2 maps = 2 · n/2 · 2 h dk: scores and values, of half the keys
    shares = {n: n / (n + half) for n in (4096, 131_072)}
    return Found(
        "the bottleneck", f"{share(shares[4096], 0)} at 4,096, {share(shares[131_072], 0)} at 131,072",
        shares[131_072] > 0.5,
        "Share of Q Kᵀ and of the weighted sums in the operations of a forward pass of Llama 2 70B. Below "
        f"{half:,.0f} tokens the matrices of weights take more.",
    )  # fmt: skip


class MultiHeadAttention(nn.Module):
    """As the reference prints it."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads, self.d_k = n_heads, d_model // n_heads
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d_model, d_model, bias=False) for _ in range(4))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        B, T, C = x.shape
        q, k, v = (
            each(x).view(B, T, self.n_heads, self.d_k).transpose(1, 2) for each in (self.W_q, self.W_k, self.W_v)
        )
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(self.d_k)
        if mask is not None:
            scores.masked_fill_(mask == 0, float("-inf"))
        out = F.softmax(scores, dim=-1) @ v
        return self.W_o(out.transpose(1, 2).contiguous().view(B, T, C))


def _heads() -> tuple[MultiHeadAttention, nn.MultiheadAttention, Tensor]:
    torch.manual_seed(0)
    mine, theirs = MultiHeadAttention(32, 4), nn.MultiheadAttention(32, 4, bias=False, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([mine.W_q.weight, mine.W_k.weight, mine.W_v.weight]))
        theirs.out_proj.weight.copy_(mine.W_o.weight)
    return mine, theirs, normal(2, 7, 32)


def multi_head(_: Ground) -> Found:
    mine, theirs, x = _heads()
    return apart("multi-head attention", error(mine(x), theirs(x, x, x, need_weights=False)[0]),
                 "The printed class beside torch’s nn.MultiheadAttention with the same weights.")  # fmt: skip


def two_masks(_: Ground) -> Found:
    mine, _theirs, x = _heads()
    mask = torch.triu(torch.ones(7, 7), diagonal=1).bool()  # of the steps above: True is forbidden
    made = mine(x, mask)
    right = mine(x, ~mask)
    lost = int(made.isnan().any(-1).sum())
    return Found(
        "the mask of the steps above", f"{lost} of 14 outputs are NaN", not lost and error(made, right) < 1e-5,
        "The steps fill where the mask is True, the class fills where it is 0. The first one’s mask, handed to the "
        "second, hides the past and shows the future; the last token then sees nothing.",
    )  # fmt: skip


def concatenated(_: Ground) -> Found:
    mine, _theirs, x = _heads()
    parts = torch.zeros(2, 7, 32)
    for head in range(4):
        rows = slice(8 * head, 8 * head + 8)
        q, k, v = (F.linear(x, each.weight[rows]) for each in (mine.W_q, mine.W_k, mine.W_v))
        parts += F.linear(F.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None])[:, 0],
                          mine.W_o.weight[:, rows])  # fmt: skip
    return apart("concatenated and projected", error(parts, mine(x)), "Concatenating and projecting is the sum of what "
                 "each head writes through its own rows of W_O.", allowed=1e-4)  # fmt: skip


def nearby(ground: Ground) -> Found:
    pattern = ground.trace.pattern.float()  # layer head query key
    n = pattern.shape[-1]
    away = (torch.arange(n)[:, None] - torch.arange(n)).clamp(min=0).float()
    distance = (pattern * away).sum(-1)[..., 1:].mean(-1).flatten()
    near, far = float(distance.min()), float(distance.max())
    return Found(
        "near and far", f"{near:.1f} to {far:.1f} tokens back", far > 2 * near,
        f"How far back each of {len(distance)} heads of this model looks in this run, on average.",
    )  # fmt: skip


def savings(kv: int, _: Ground) -> Found:
    whole = 32
    sizes = REAL_MODELS["LLaMA-7B"]
    from dataclasses import replace

    some = kv_bytes(replace(sizes, n_kv_heads=kv), 1, 4096, FORMATS["bf16"])
    factor = kv_bytes(sizes, 1, 4096, FORMATS["bf16"]) / some
    return Found(f"{whole // kv} times", f"{factor:g} times", factor == whole / kv,
                 f"The cache of a model of LLaMA 7B’s sizes with 32 query heads and {kv} key-value heads.")  # fmt: skip


def grouped_users(_: Ground) -> Found:
    from transformers import LlamaConfig, MistralConfig

    small, mistral = LlamaConfig(), MistralConfig()
    heads = {name: (REAL_MODELS[name].n_heads, REAL_MODELS[name].n_kv_heads) for name in ("Llama-2-70B", "Llama-3-8B")}
    heads |= {"LLaMA 2 7B": (small.num_attention_heads, small.num_key_value_heads),
              "Mistral 7B": (mistral.num_attention_heads, mistral.num_key_value_heads)}  # fmt: skip
    other = [name for name, (h, kv) in heads.items() if h == kv]
    return Found(
        "LLaMA 2/3, Mistral", f"not {', '.join(other)}" if other else "all", not other,
        "Of LLaMA 2 only the 70B model (and an unreleased 34B) groups its queries; 7B and 13B are multi-head.",
        tuple(Figure(name, f"{h} heads, {kv} for keys and values") for name, (h, kv) in heads.items()),
    )  # fmt: skip


def multi_query_users(_: Ground) -> Found:
    falcon = REAL_MODELS["Falcon-7B"]
    return Found("Falcon: 1", f"Falcon 7B: {falcon.n_kv_heads}", falcon.n_kv_heads == 1,
                 "Falcon 7B’s published sizes. Falcon 40B has 8 groups; PaLM’s weights were never published, its "
                 "paper says multi-query (arXiv 2204.02311).")  # fmt: skip


def multi_head_users(_: Ground) -> Found:
    from transformers import BertConfig, BertModel

    with torch.device("meta"):
        bert = BertModel(BertConfig(num_hidden_layers=1)).encoder.layer[0].attention.self
    gpt3 = REAL_MODELS["GPT-3"]
    same = bert.key.out_features == bert.query.out_features and gpt3.n_kv_heads == gpt3.n_heads
    return Found("as many as queries", f"GPT-3 {gpt3.n_kv_heads}, BERT {bert.key.out_features // 64}", same,
                 "GPT-3’s published sizes, and BERT’s matrices as transformers makes them.")  # fmt: skip


def pairs_of_heads(_: Ground) -> Found:
    from transformers.models.llama.modeling_llama import repeat_kv

    keys = torch.arange(4.0).reshape(1, 4, 1, 1)
    read = repeat_kv(keys, 2).flatten().tolist()
    return Found("1 1 2 2 3 3 4 4", " ".join(f"{each + 1:g}" for each in read), read == [0, 0, 1, 1, 2, 2, 3, 3],
                 "Which of 4 keys each of 8 query heads reads, in transformers’ code of LLaMA.")  # fmt: skip
