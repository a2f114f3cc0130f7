"""Sizes of real models, from the configs that their makers published, and the parameters that these make.

>>> from explorer.stack.inference.memory_calculator import parameters
>>> parameters(REAL_MODELS["Llama-3-70B"]).total == PUBLISHED["Llama-3-70B"]
True
"""

from __future__ import annotations

from dataclasses import replace

from explorer.stack.architectures.moe_parameters import DEEPSEEK_V3
from explorer.stack.inference.model_sizes import Sizes


def _every(n_layers: int, period: int, window: int) -> tuple[int | None, ...]:
    """Every `period`-th layer looks at everything, the others over a window."""
    return tuple(None if (i + 1) % period == 0 else window for i in range(n_layers))


def _gpt(n_layers: int, d_model: int, n_heads: int, n_ctx: int) -> Sizes:
    shape = (n_layers, d_model, n_heads, n_heads, d_model // n_heads, 4 * d_model, 50257)
    plain = Sizes(*shape, norm="layer", gated=False, tied=True, learned_positions=n_ctx)
    return replace(plain, qkv_bias=True, output_bias=True, mlp_bias=True)


def _gpt_oss(n_layers: int, n_experts: int) -> Sizes:
    """OpenAI 2025, gpt-oss model card, arXiv 2508.10925: every second layer looks back 128 tokens."""
    return Sizes(
        n_layers, 2880, 64, 8, 64, 2880, 201088, qkv_bias=True, output_bias=True, mlp_bias=True, router_bias=True,
        sinks=True, windows=(128, None) * (n_layers // 2), n_experts=n_experts, experts_per_token=4,
    )  # fmt: skip


_DEEPSEEK_V3 = Sizes(
    61, 7168, 128, 128, 192, 2048, 129280, n_experts=256, experts_per_token=8, n_shared=1, n_dense=3, d_dense=18432,
    latent=DEEPSEEK_V3.latent,
)  # fmt: skip

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
    "Llama-3.1-8B": Sizes(32, 4096, 32, 8, 128, 14336, 128256),
    "Gemma-7B": Sizes(28, 3072, 16, 16, 256, 24576, 256000, tied=True),
    "Gemma-2-9B": Sizes(42, 3584, 16, 8, 256, 14336, 256000, norms_per_block=4, tied=True, windows=(4096, None) * 21),
    "Mixtral-8x7B": Sizes(32, 4096, 32, 8, 128, 14336, 32000, n_experts=8, experts_per_token=2),
    "gpt-oss-20b": _gpt_oss(24, 32),
    "Qwen3-8B": Sizes(36, 4096, 32, 8, 128, 12288, 151936, qk_norm=True),
    "Qwen3-30B-A3B": Sizes(48, 2048, 32, 4, 128, 768, 151936, qk_norm=True, n_experts=128, experts_per_token=8),
    "Qwen3-32B": Sizes(64, 5120, 64, 8, 128, 25600, 151936, qk_norm=True),
    "Llama-2-70B": Sizes(80, 8192, 64, 8, 128, 28672, 32000),
    "Llama-3-70B": Sizes(80, 8192, 64, 8, 128, 28672, 128256),
    "gpt-oss-120b": _gpt_oss(36, 128),
    "GPT-3": _gpt(96, 12288, 96, 2048),
    "Llama-3.1-405B": Sizes(126, 16384, 128, 8, 128, 53248, 128256),
    "DeepSeek-V3": _DEEPSEEK_V3,
}

#: Totals that papers state, in billions, rounded by them: Touvron et al. 2023, arXiv 2302.13971, table 2; Jiang et al.
#: 2024, arXiv 2401.04088; Brown et al. 2020, arXiv 2005.14165, table 2.1; Grattafiori et al. 2024, arXiv 2407.21783.
QUOTED = {"LLaMA-7B": 6.7, "Mixtral-8x7B": 47.0, "GPT-3": 175.0, "Llama-3.1-405B": 405.0}

#: Parameters of the released weights, to the last one. DeepSeek-V3's: without the multi-token module and the router's
#: balancing terms, which no gradient reaches.
PUBLISHED = {
    "GPT-2": 124_439_808,
    "Llama-3.1-8B": 8_030_261_248,
    "Qwen3-8B": 8_190_735_360,
    "gpt-oss-20b": 20_914_757_184,
    "Qwen3-30B-A3B": 30_532_122_624,
    "Qwen3-32B": 32_762_123_264,
    "Mixtral-8x7B": 46_702_792_704,
    "Llama-3-70B": 70_553_706_496,
    "gpt-oss-120b": 116_829_156_672,
    "DeepSeek-V3": 671_026_404_352,
}

#: Gigabytes of published files: llama.cpp's conversions of Llama-3.1-8B and the 70Bs, OpenAI's own weights.
FILES = {
    ("Llama-3.1-8B", "q8_0"): 8.54,
    ("Llama-3.1-8B", "q6_k"): 6.60,
    ("Llama-3.1-8B", "q5_k_m"): 5.73,
    ("Llama-3.1-8B", "q4_k_m"): 4.92,
    ("Llama-3.1-8B", "q3_k_m"): 4.02,
    ("Llama-2-70B", "q4_k_m"): 41.42,
    ("Llama-3-70B", "q4_k_m"): 42.52,
    ("gpt-oss-20b", "mxfp4"): 13.76,
    ("gpt-oss-120b", "mxfp4"): 65.25,
}
