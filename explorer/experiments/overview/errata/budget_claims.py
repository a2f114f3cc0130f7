"""What the reference says of compute, days, memory and traffic: sums done again."""

from __future__ import annotations

from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, power_of_ten, share
from explorer.experiments.systems.attention_io import by_dimension
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, equal_at, kv_bytes, weight_bytes
from explorer.stack.pretraining.scaling_law import HOFFMANN, KAPLAN_EXPONENT, REFIT
from explorer.stack.systems.accelerators import ACCELERATORS
from explorer.stack.systems.attention_io import power

#: The reference's example: a 70B model on 2T tokens.
FLOPS, GPUS, MFU, DAYS = 6 * 70e9 * 2e12, 2048, 0.5, 23
LLAMA, SIXTEEN = REAL_MODELS["Llama-2-70B"], FORMATS["bf16"]
#: FLOPs of Chinchilla's own training: 70B on 1.4T tokens.
CHINCHILLA = 5.76e23
#: Where the traffic is counted: dimensions of a head, tokens, numbers of fast memory.
DIMS, TOKENS, MEMORY = (16, 32, 64, 128), 512, 8192
DAY = 86_400


def days(_: Ground) -> Found:
    device = ACCELERATORS["h100"]
    peak = device.machine("bf16").flops
    found = FLOPS / (GPUS * peak * MFU) / DAY
    used = FLOPS / (GPUS * peak * DAYS * DAY)
    return Found(
        f"{DAYS} days", f"{found:.1f} days", abs(found / DAYS - 1) < 0.1,
        f"{power_of_ten(FLOPS)} FLOPs / ({GPUS:,} GPUs × {peak / 1e12:g} TFLOP/s × {MFU:g}) is {found:.1f} days. A "
        f"training of {DAYS} days uses {share(used, 0)} of the same GPUs’ peak.",
        (Figure("FLOPs", power_of_ten(FLOPS)), Figure(f"{device.name}, bfloat16, dense", f"{peak / 1e12:g} TFLOP/s"),
         Figure("days at 50 % MFU", f"{found:.2f}"), Figure(f"MFU at {DAYS} days", share(used))),
    )  # fmt: skip


def compute(_: Ground) -> Found:
    said = 8.4e23
    return Found(
        "8.4e23 FLOPs",
        f"{power_of_ten(FLOPS)} FLOPs",
        abs(FLOPS / said - 1) < 0.01,
        "6 · N · D, for N = 70e9 parameters and D = 2e12 tokens.",
    )


def tokens_per_parameter(_: Ground) -> Found:
    printed, refit = (law.best(CHINCHILLA).tokens_per_parameter for law in (HOFFMANN, REFIT))
    return Found(
        "20", f"{refit:.1f}", abs(refit / 20 - 1) < 0.2,
        f"The refit of Besiroglu et al. gives {refit:.1f}. The constants that Hoffmann et al. print give "
        f"{printed:.1f}; their other two approaches give about 20. For ten times the compute, the refit asks for "
        f"{10**REFIT.exponent:.1f} times the parameters and Kaplan’s law for {10**KAPLAN_EXPONENT:.1f} times.",
        (Figure("tokens a parameter, refit", f"{refit:.1f}"), Figure("by the printed constants", f"{printed:.1f}"),
         Figure("10 × compute: parameters, refit", f"× {10**REFIT.exponent:.2f}"),
         Figure("tokens", f"× {10 ** (1 - REFIT.exponent):.2f}"),
         Figure("parameters, Kaplan", f"× {10**KAPLAN_EXPONENT:.2f}"),
         Figure("tokens, Kaplan", f"× {10 ** (1 - KAPLAN_EXPONENT):.2f}")),
    )  # fmt: skip


def one_cache(_: Ground) -> Found:
    found = kv_bytes(LLAMA, 1, 4096, SIXTEEN) / 1e9
    return Found(
        "1.34 GB",
        f"{found:.2f} GB",
        abs(found / 1.34 - 1) < 0.01,
        "K and V: 2 · 80 blocks · 8 heads · 128 · 4,096 tokens numbers, of 2 bytes each.",
    )


def cache_and_weights(_: Ground) -> Found:
    cached, weights = kv_bytes(LLAMA, 32, 4096, SIXTEEN) / 1e9, weight_bytes(LLAMA, SIXTEEN) / 1e9
    at = equal_at(LLAMA, SIXTEEN, SIXTEEN) / 4096
    return Found(
        "more than the weights", f"{cached / weights:.2f} times the weights", cached > weights,
        f"The {cached:.1f} GB are right, but the weights of the same model take {weights:.1f} GB. The cache is as "
        f"large as the weights at {at:.1f} sequences of 4,096 tokens.",
        (Figure("cache, 32 × 4,096 tokens", f"{cached:.1f} GB"), Figure("weights, 16 bits", f"{weights:.1f} GB"),
         Figure("equal at", f"{at:.1f} sequences")),
    )  # fmt: skip


def sixteen_bits(_: Ground) -> Found:
    found = weight_bytes(LLAMA, SIXTEEN) / 1e9
    return Found(
        "140 GB",
        f"{found:.0f} GB",
        abs(found / 140 - 1) < 0.03,
        "The sum over all weights of Llama 2 70B, at 2 bytes a weight.",
    )


def traffic(_: Ground) -> Found:
    points = list(by_dimension(DIMS, TOKENS, MEMORY))[-1]
    first, second = (
        power(DIMS, [each.counted.bytes for each in points if each.kernel == kernel])
        for kernel in ("flash_1", "flash_2")
    )
    return Found(
        "grows with d", f"grows with d^{first:.2f}", abs(first - 1) < abs(first - 2),
        "A memory meter counts every byte while attention runs in tiles. A tile holds M / d rows: a larger d means "
        "more passes, and each pass reads rows of d numbers. So d counts twice: O(N²d² / M) (Dao et al. 2022, "
        "theorem 2).",
        (Figure("power of d, FlashAttention", f"{first:.2f}"), Figure("power of d, FlashAttention-2", f"{second:.2f}"),
         *(Figure(f"d = {each.shape.d}", f"{each.counted.bytes / 1e6:.1f} MB")
           for each in points if each.kernel == "flash_1")),
    )  # fmt: skip


CLAIMS = (
    Claim(
        "flops", 6, "The Compute–Performance Relationship", "70 B parameters on 2 T tokens take 8.4e23 FLOPs",
        "6 × 70×10⁹ × 2×10¹² = 8.4 × 10²³ FLOPs", compute,
    ),
    Claim(
        "days", 6, "The Compute–Performance Relationship", "That training takes 23 days on 2,048 H100s",
        "On 2048 H100s at 50% MFU: ~23 days", days,
    ),
    Claim(
        "chinchilla", 6, "Chinchilla Optimal Scaling", "20 tokens a parameter are optimal",
        "for a fixed compute budget, the optimal model trains approximately 20 tokens per "
        "parameter", tokens_per_parameter,
        "loose",
    ),
    Claim(
        "kv-cache", 8, "KV Cache", "The KV cache of 4,096 tokens takes 1.34 GB in LLaMA 70B",
        "LLaMA 70B (GQA with 8 KV heads), batch=1, seq=4096, FP16 … ≈ 1.34 GB", one_cache,
        panel="memory_calculator", view="budget",
    ),
    Claim(
        "kv-weights", 8, "KV Cache", "The KV cache of 32 such sequences is larger than the weights",
        "≈ 42.9 GB  (often exceeds model weight memory!)", cache_and_weights, panel="memory_calculator", view="table",
    ),
    Claim(
        "sixteen-bits", 9, "Quantization", "A 70B model takes 140 GB in 16 bits", "FP16 / BF16 … ~140 GB", sixteen_bits,
        panel="memory_table", view="table",
    ),
    Claim(
        "flash-traffic", 9, "FlashAttention Memory Access Pattern", "FlashAttention’s traffic is O(N²d / M)",
        "Total HBM access: O(N²d / M) where M = SRAM size", traffic, panel="attention_roofline", view="dimension",
    ),
)  # fmt: skip
