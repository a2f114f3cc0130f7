"""What the reference says of models' sizes and parts, held against their configs."""

from __future__ import annotations

from functools import partial

from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, share
from explorer.experiments.overview.errata.placed_norms import placed
from explorer.stack.architectures.moe_parameters import (
    DBRX,
    DEEPSEEK_V2,
    GROK_1,
    MIXTRAL_8X7B,
    MIXTRAL_8X22B,
    Shape,
    parameters,
)
from explorer.stack.inference.serving.known_models import REAL_MODELS

#: A number with "~" before it is held up by what is nearer than this.
ABOUT = 0.03


def mixture(shape: Shape, total: float | int, active: float | int, _: Ground) -> Found:
    """Both counts, in billions."""
    count = parameters(shape)
    found = (count.total / 1e9, count.active / 1e9)
    off = found[0] / total - 1
    holds = all(abs(mine / said - 1) < ABOUT for mine, said in zip(found, (total, active), strict=True))
    why = f"The matrices of its config hold {count.total:,} parameters, of which one token uses {count.active:,}."
    if not holds:
        copied = shape.n_experts * (count.total - count.experts + count.experts // shape.n_experts) / 1e9
        why += f" The total is {share(abs(off), 0)} {'less' if off < 0 else 'more'} than the reference says."
        why += f" If each expert were a whole model of its own, the total would be {copied:.1f} B."
    return Found(
        f"{total:g} B, {active:g} B active", f"{found[0]:.1f} B, {found[1]:.1f} B active", holds, why,
        (Figure("experts", f"{count.experts / 1e9:.2f} B"), Figure("attention", f"{count.attention / 1e9:.2f} B"),
         Figure("embedding and unembedding", f"{count.embedding / 1e9:.2f} B")),
    )  # fmt: skip


def by_transformers(shape: Shape) -> int:
    """Parameters of a Mixtral of that shape, counted in the tensors that transformers itself would make."""
    import torch
    from transformers import MixtralConfig, MixtralForCausalLM

    config = MixtralConfig(
        vocab_size=shape.d_vocab, hidden_size=shape.d_model, intermediate_size=shape.d_expert,
        num_hidden_layers=shape.n_layers, num_attention_heads=shape.n_heads, num_key_value_heads=shape.n_kv_heads,
        head_dim=shape.d_head, num_local_experts=shape.n_experts, num_experts_per_tok=shape.k,
    )  # fmt: skip
    with torch.device("meta"):
        return sum(each.numel() for each in MixtralForCausalLM(config).parameters())


def gemma_attention(_: Ground) -> Found:
    from transformers import GemmaConfig

    config = GemmaConfig()  # transformers' default is Gemma 7B
    h, kv = config.num_attention_heads, config.num_key_value_heads
    later = REAL_MODELS["Gemma-2-9B"]
    return Found(
        "grouped-query", "multi-head" if kv == h else "multi-query" if kv == 1 else "grouped-query", 1 < kv < h,
        f"Gemma 7B, which transformers’ GemmaConfig describes, has {kv} key-value heads for {h} query heads. The claim "
        f"holds for Gemma 2: its 9B model has {later.n_kv_heads} for {later.n_heads}.",
        (Figure("Gemma 7B, query heads", str(h)), Figure("its key-value heads", str(kv))),
    )  # fmt: skip


def gemma_activation(_: Ground) -> Found:
    import torch
    from transformers import GemmaConfig
    from transformers.activations import ACT2FN

    name = str(GemmaConfig().hidden_act)
    x = torch.linspace(-4, 4, 801)
    gate = ACT2FN[name](x)
    to_silu, to_gelu = (
        float((gate - other(x)).abs().max()) for other in (torch.nn.functional.silu, torch.nn.functional.gelu)
    )
    return Found(
        "SwiGLU", "SwiGLU" if to_silu < to_gelu else "GeGLU", to_silu < to_gelu,
        f"transformers’ GemmaConfig names {name}. Between −4 and 4 that function differs from GELU by at most "
        f"{to_gelu:.4f} and from SiLU by up to {to_silu:.2f}. LLaMA and Mistral use SiLU, as the reference says.",
        (Figure("largest difference from GELU", f"{to_gelu:.4f}"), Figure("from SiLU", f"{to_silu:.4f}")),
    )  # fmt: skip


def universally_pre(_: Ground) -> Found:
    found = {"Llama": placed("Llama"), "Gemma 3": placed("Gemma3"), "OLMo 2": placed("Olmo2"), "BERT": placed("Bert")}
    modern = {name: each for name, each in found.items() if name != "BERT"}
    other = [name for name, each in modern.items() if each.said != "before"]
    return Found(
        "all of them before", ", ".join(f"{name}: {modern[name].said}" for name in other) or "before", not other,
        "Blocks of transformers’ own classes, with random weights: the stream is made ten times as large. A sublayer’s "
        "input or output that does not grow has passed a norm. Llama normalizes before the sublayer and nowhere else.",
        tuple(Figure(name, each.said) for name, each in found.items()),
    )  # fmt: skip


def head_width(ground: Ground) -> Found:
    others = {name: each for name, each in REAL_MODELS.items() if each.d_head * each.n_heads != each.d_model}
    gemma, dims = REAL_MODELS["Gemma-3-270M"], ground.model.dims
    return Found(
        f"Gemma 3 270M: {gemma.d_model} / {gemma.n_heads} = {gemma.d_model // gemma.n_heads}", f"{gemma.d_head}",
        not others,
        f"The explorer knows the sizes of {len(REAL_MODELS)} models. {len(REAL_MODELS) - len(others)} of them have "
        f"d_k = d_model / h; {', '.join(others)} have another. W_Q maps d_model to h · d_k, so d_k may be any size.",
        (
            Figure(
                f"{ground.model.card.title}, on the page",
                f"{dims.d_head} ({dims.d_model} / {dims.n_heads} = {dims.d_model / dims.n_heads:g})",
            ),
            *(Figure(name, f"{each.d_head}, not {each.d_model // each.n_heads}") for name, each in others.items()),
        ),
    )  # fmt: skip


def feed_forward_width(ground: Ground) -> Found:
    dense = {name: each for name, each in REAL_MODELS.items() if not each.n_experts}
    ratios = {name: each.d_mlp / each.d_model for name, each in dense.items()}
    below = {name: ratio for name, ratio in ratios.items() if ratio < 4}
    dims = ground.model.dims
    return Found(
        "4 to 8", f"{min(ratios.values()):.2f} to {max(ratios.values()):.2f}", not below,
        f"{len(below)} of {len(ratios)} dense models are below 4. A gated layer has three matrices instead of two: "
        "with 8/3 times d_model it has as many parameters as a plain layer with 4 times.",
        (
            Figure(f"{ground.model.card.title}, on the page", f"{dims.d_mlp / dims.d_model:.2f}"),
            *(Figure(name, f"{ratio:.2f}") for name, ratio in sorted(ratios.items(), key=lambda each: each[1])),
        ),
    )  # fmt: skip


def _mixture(
    name: str, shape: Shape, total: float | int, active: float | int, about: str = "", printed: str = ""
) -> Claim:
    """`printed`: the model's name as the reference's table has it, where that is another."""
    return Claim(
        name, 5, "Load Balancing", f"{shape.name} has {total:g} B parameters, {active:g} B active",
        f"{printed or shape.name} … {about}{total:g}B … ~{active:g}B",
        partial(mixture, shape, total, active), panel="moe_cost", view="sizes",
    )  # fmt: skip


CLAIMS = (
    Claim(
        "head-width", 1, "Key Dimensions of an LLM", "The width of a head is d_model / h",
        "Head dimension … 64 – 256 … dmodel / h", head_width, "loose", "memory_calculator", "table", grounded=True,
    ),
    Claim(
        "ffn-width", 1, "Key Dimensions of an LLM", "The feed-forward layer is 4 to 8 times as wide as the stream",
        "FFN dimension … 4× to 8× dmodel",
        feed_forward_width, "loose", "feed_forward", "gates", grounded=True,
    ),
    Claim(
        "gemma-attention", 4, "Multi-Query Attention (MQA) & Grouped-Query Attention (GQA)",
        "Gemma has grouped-query attention", "g groups (1 < g < h) … LLaMA 2/3, Mistral, Gemma",
        gemma_attention, "loose", "grouped_query", "cost",
    ),
    Claim(
        "gemma-activation", 4, "Feed-Forward Network (FFN)", "Gemma’s feed-forward layer is a SwiGLU",
        "SwiGLU (Used in LLaMA, Mistral, Gemma)",
        gemma_activation, panel="feed_forward", view="gates",
    ),
    Claim(
        "pre-norm", 4, "Pre-Norm vs. Post-Norm", "All modern models normalize before a sublayer",
        'Modern LLMs universally use "Pre-Norm"',
        universally_pre, "loose", "norms", "gradients",
    ),
    _mixture("mixtral-8x7b", MIXTRAL_8X7B, 47, 13, "~", "Mixtral 8x7B"),
    _mixture("mixtral-8x22b", MIXTRAL_8X22B, 176, 39, "~", "Mixtral 8x22B"),
    _mixture("grok-1", GROK_1, 314, 86),
    _mixture("deepseek-v2", DEEPSEEK_V2, 236, 21),
    _mixture("dbrx", DBRX, 132, 36),
)  # fmt: skip
