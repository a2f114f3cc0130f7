"""What the reference says of number formats: bytes of a 70B model, and what rounding costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.overview.errata.claims import (
    Claim,
    Figure,
    Found,
    Ground,
    measured_elsewhere,
    power_of_ten,
    share,
)
from explorer.stack.systems.accelerators import ACCELERATORS
from explorer.stack.systems.quantization.formats import FORMATS, named
from explorer.stack.systems.quantization.gptq import gptq, loss
from explorer.stack.systems.quantization.memory_table import MODELS, Bits, constant, inside, nbytes, packed_bits, q4_k_m
from explorer.stack.systems.quantization.smooth_quant import by_token, eight_bits, product, scale_of

#: What a number with "~" before it may be off by.
ABOUT = 0.05
LLAMA = MODELS[0]


@cache
def _packed(name: str, d_in: int) -> float:
    return packed_bits(named(name), d_in)


def _stored(name: str) -> Bits:
    """The blocks' matrices as this format really packs them; embedding and unembedding in 16 bits."""
    return inside(partial(_packed, name))


def _gigabytes(bits: Bits) -> float:
    return nbytes(LLAMA, bits) / 1e9


def takes(said: float | int, bits: Bits, how: str, _: Ground) -> Found:
    found = _gigabytes(bits)
    return Found(
        f"{said:g} GB", f"{found:.1f} GB", abs(found / said - 1) < ABOUT,
        f"Every matrix of {LLAMA.name}, {how}.",
        (Figure("bits a weight", f"{8 * found * 1e9 / LLAMA.parameters:.2f}"),),
    )  # fmt: skip


def four_bits(_: Ground) -> Found:
    """What a 4-bit format stores beside its codes."""
    codes = _gigabytes(constant(4.0))
    held = {name: _gigabytes(_stored(name)) for name in ("int4", "nf4", "nf4_dq")}
    least, most = min(held.values()), max(held.values())
    return Found(
        "35 GB", f"{least:.1f} to {most:.1f} GB", abs(most / 35 - 1) < ABOUT,
        f"The codes alone take {codes:.1f} GB. Every format that is in use stores scales too, and libraries leave the "
        "embedding and the unembedding in 16 bits.",
        (Figure("4-bit codes alone", f"{codes:.2f} GB"),
         *(Figure(named(name).title, f"{each:.2f} GB") for name, each in held.items())),
    )  # fmt: skip


def native_fp8(_: Ground) -> Found:
    speeds = {name: ACCELERATORS[name] for name in ("h100", "mi300x", "a100_80")}
    has = {each.name: each.chip is not None and each.chip.fp8 is not None for each in speeds.values()}
    return Found(
        "H100 and MI300X", ", ".join(name for name, there in has.items() if there),
        [*has.values()] == [True, True, False],
        "Their data sheets state a speed in FP8; the A100’s does not. Quoted, not measured: no such device is here.",
        tuple(Figure(name, "stated" if there else "not stated") for name, there in has.items()),
    )  # fmt: skip


def k_quant(_: Ground) -> Found:
    bits = 8 * nbytes(LLAMA, q4_k_m) / LLAMA.parameters
    return Found(
        "4.8 bits", f"{bits:.2f} bits", abs(bits - 4.8) < 0.05,
        "llama.cpp’s mixture: most matrices in Q4_K, some in Q6_K. Its rule, counted over the matrices of "
        f"{LLAMA.name}; the published file has 41.42 GB.",
    )  # fmt: skip


@cache
def _weights() -> Float[Tensor, "out in"]:
    return torch.randn(64, 256, generator=torch.Generator().manual_seed(0))


def _error(name: str, weight: Float[Tensor, "out in"]) -> float:
    return float((named(name).quantize(weight).dequantize() - weight).norm() / weight.norm())


def normal_float(_: Ground) -> Found:
    normal, even = _weights(), torch.rand(64, 256, generator=torch.Generator().manual_seed(1)) * 2 - 1
    nf4, int4 = (_error(name, normal) for name in ("nf4", "int4_g64"))
    even_nf4, even_int4 = (_error(name, even) for name in ("nf4", "int4_g64"))
    return Found(
        "better for normal weights", f"{share(nf4)} off against {share(int4)}", nf4 < int4,
        f"Both in groups of 64, on drawn normal weights. On evenly spread weights it is the other way round: "
        f"{share(even_nf4)} against {share(even_int4)}.",
        (Figure("NF4", share(nf4, 2)), Figure("INT4", share(int4, 2))),
    )  # fmt: skip


def per_channel(_: Ground) -> Found:
    weight = _weights() * torch.logspace(-2, 0, 64)[:, None]
    rows, whole = _error("int8", weight), _error("int8_tensor", weight)
    small = weight[:1]
    of_rows = _error("int8", small)
    of_whole = float((named("int8_tensor").quantize(weight).dequantize()[:1] - small).norm() / small.norm())
    return Found(
        "a scale for each channel", f"smallest row {share(of_rows)} off, {share(of_whole)} with one scale",
        of_rows < of_whole, "A matrix whose rows differ in size by a factor of 100. One scale for all of them rounds "
        "the smallest row away; a scale for each row keeps it.",
        (Figure("whole matrix, a scale each", share(rows, 2)), Figure("whole matrix, one scale", share(whole, 2))),
    )  # fmt: skip


def calibrated(_: Ground) -> Found:
    """GPTQ and rounding on inputs whose channels go together."""
    mixing = torch.randn(64, 64, generator=torch.Generator().manual_seed(2))
    x = (torch.randn(512, 64, generator=torch.Generator().manual_seed(3)) @ mixing).double()
    weight, hessian, form = _weights()[:, :64], x.T @ x, named("int4")
    plain = loss(weight, form.quantize(weight).dequantize(), hessian)
    made = loss(weight, gptq(weight, hessian, form).packed.dequantize(), hessian)
    return Found(
        "better than rounding", f"{made / plain:.2f} times rounding’s error", made < plain,
        "GPTQ reads what went through the matrix (calibration) and makes up for each column’s error in the next ones. "
        "Both in 4 bits; the error is that of the outputs. It depends on how far the inputs are correlated.",
    )  # fmt: skip


def on_the_fly(_: Ground) -> Found:
    x = torch.randn(8, 256, generator=torch.Generator().manual_seed(4))
    packed = named("int4").quantize(_weights())
    off = float((packed.multiply(x) - x @ packed.dequantize().T).abs().max())
    return Found(
        "dequantized while multiplying", f"{power_of_ten(off)} apart", off < 1e-3,
        f"The product through {packed.nbytes / packed.dequantize().nbytes * 100:.0f} % of the bytes of a float32 "
        "matrix is the product with the dequantized matrix.",
    )  # fmt: skip


def weight_only(_: Ground) -> Found:
    names = {"GPTQ": "int4", "AWQ": "int4", "GGUF": "q4_k"}
    x = _weights()[:4]
    kept = all(FORMATS[name].quantize(_weights()).multiply(x).dtype == x.dtype for name in names.values())
    return Found(
        "activations stay wide", "float32 in, float32 out" if kept else "activations are rounded", kept,
        "The three round weights; the activations keep their type. Some runtimes round activations to 8 bits as they "
        "multiply, llama.cpp on a CPU among them.",
    )  # fmt: skip


def integers(_: Ground) -> Found:
    x, weight = torch.randn(8, 256, generator=torch.Generator().manual_seed(5)), _weights()
    made = product(x, eight_bits(weight))
    exact = made.codes.double() @ eight_bits(weight).codes.double().T
    off = float((made.sums.double() - exact).abs().max())
    return Found(
        "a product of integers", f"{off:g} off in whole numbers", off == 0,
        "8-bit codes are multiplied and summed in 32 bits without an error; the scales come afterwards. That it is "
        f"faster on other hardware cannot be measured here. The result is "
        f"{share(float((made.y - x @ weight.T).norm() / (x @ weight.T).norm()))} off.",
    )  # fmt: skip


def outliers(_: Ground) -> Found:
    x, weight = torch.randn(64, 256, generator=torch.Generator().manual_seed(6)), _weights()
    x[:, 7] *= 100
    true = x @ weight.T

    def off(x: Tensor, weight: Tensor) -> float:
        return float((product(x, eight_bits(weight)).y - true).norm() / true.norm())

    s = scale_of(x.abs().amax(0), [weight], 0.5)
    plain, smooth = off(x, weight), off(x / s, weight * s)
    _codes, steps = by_token(x)
    return Found(
        "outliers need care", f"{share(plain)} off, {share(smooth)} smoothed", smooth < plain,
        "One of 256 channels is 100 times larger. It sets each row’s step, and the other channels are rounded away. "
        "SmoothQuant moves half of its size into the weights, which changes no exact product.",
        (Figure("a row’s mean step", f"{float(steps.mean()):.2f}"),),
    )  # fmt: skip


def _claim(
    name: str, says: str, quotation: str, check: Callable[[Ground], Found],
    refuted: Literal["wrong", "loose"] = "wrong", at: tuple[str, str] = ("memory_table", "table"),
    section: str = "Quantization",
) -> Claim:  # fmt: skip
    return Claim(name, 9, section, says, quotation, check, refuted, *at)


_KINDS = "Weight-Only vs. Weight+Activation Quantization"

CLAIMS = (
    _claim("little-loss", "Reduced precision loses little quality", "reduced precision introduces minimal quality loss",
           measured_elsewhere("The panel “Whole model” measures it for each format."),
           at=("quantized_model", "quality")),
    _claim("fp32-bytes", "70B in FP32 takes 280 GB", "FP32 … 32 … ~280 GB",
           partial(takes, 280, constant(32.0), "at 4 bytes a weight")),
    _claim("int8-bytes", "70B in INT8 takes 70 GB", "INT8 … 8 … ~70 GB",
           partial(takes, 70, _stored("int8"), "with a scale for each row")),
    _claim("fp8-bytes", "70B in FP8 takes 70 GB", "FP8 (E4M3) … 8 … ~70 GB",
           partial(takes, 70, _stored("fp8_e4m3"), "with a scale for each row")),
    _claim("int4-bytes", "70B in INT4 or NF4 takes 35 GB", "INT4 / NF4 … 4 … ~35 GB", four_bits, "loose"),
    _claim("gptq-bytes", "70B in GPTQ or AWQ takes 35 GB", "GPTQ / AWQ … 4 … ~35 GB",
           partial(takes, 35, inside(lambda _: 4 + (16 + 4) / 128), "4-bit codes in groups of 128, each with a "
                   "16-bit scale and a 4-bit zero; embedding and unembedding in 16 bits"), "loose"),
    _claim("k-quant-bytes", "70B in Q4_K_M takes 42 GB", "GGUF Q4_K_M … ~42 GB",
           partial(takes, 42, q4_k_m, "in llama.cpp’s mixture")),
    _claim("k-quant-bits", "Q4_K_M has 4.8 bits a weight", "GGUF Q4_K_M … 4.8 avg", k_quant),
    _claim("two-bits", "70B in 2 bits takes 18 GB", "2-bit (QuIP#) … ~18 GB",
           partial(takes, 18, inside(lambda d_in: named("e8").bits + 16 / d_in), "in codes of the E8 lattice with a "
                   "scale for each row; embedding and unembedding in 16 bits")),
    _claim("per-channel", "INT8 scales by channel or by token", "Per-channel / per-token scaling", per_channel,
           at=("quantized_matrix", "formats")),
    _claim("fp8-native", "H100 and MI300X compute in FP8", "Hardware-native on H100/MI300X", native_fp8,
           at=("attention_roofline", "devices")),
    _claim("normal-float", "NF4 suits normally distributed weights", "NormalFloat for normally distributed weights",
           normal_float, at=("number_formats", "errors")),
    _claim("calibrated", "GPTQ uses calibration to lose less", "Calibration-based weight-only quant", calibrated,
           at=("gptq", "losses")),
    _claim("on-the-fly", "W4A16 widens the weights while it multiplies",
           "Dequantize weights on-the-fly during matrix multiplication", on_the_fly, at=("quantized_matrix", "cells"),
           section=_KINDS),
    _claim("weight-only", "GPTQ, AWQ and GGUF round weights only", "Used by GPTQ, AWQ, GGUF", weight_only,
           at=("quantized_model", "quality"), section=_KINDS),
    _claim("integer-product", "W8A8 multiplies integers", "Enables faster integer matrix multiplication", integers,
           at=("activation_aware", "product"), section=_KINDS),
    _claim("outliers", "Outliers in activations need care",
           "Requires careful handling of activation outliers (SmoothQuant, etc.)", outliers,
           at=("activation_aware", "ranges"), section=_KINDS),
)  # fmt: skip
