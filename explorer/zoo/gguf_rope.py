"""RoPE as a GGUF file says it, brought into transformers' `rope_parameters`; what cannot be is refused by name.

As llama.cpp means it: scaling of type `linear` divides each frequency by `factor`; `yarn` is that of Peng et al. (2023,
arXiv:2309.00071); the tensor `rope_freqs.weight` holds, for each frequency, what it is divided by: so are the bands of
Llama 3.1 stored, and from it their parameters are found again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import UnsupportedModelError
from explorer.zoo.gguf_header import INSTEAD, Header

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

LLAMA_3_BANDS = {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
LLAMA_3_CONTEXT = 8192
LLAMA_3_FACTORS = (8.0, 32.0)
"""Of 3.1 and 3.2; where the largest divisor is not the factor, since no wavelength is long enough."""
TOLERANCE = 1e-5
LONG = ("rope_factors_long.weight", "rope_factors_short.weight")


def bring_rope(config: PreTrainedConfig, header: Header, rope: dict[str, Any]) -> None:
    """The frequencies: base, how many of a head's dimensions turn, and the scaling."""
    parameters = getattr(config, "rope_parameters", None)
    scaled = [name for name in ("rope_freqs.weight", *LONG) if name in header.tensors]
    if parameters is None:
        for key, value in rope.items():
            raise header.refusal(f"rope.{key}", value)
        if scaled:
            raise UnsupportedModelError(f"{header.path.name} holds {scaled[0]}, but its class turns nothing.", INSTEAD)
        return
    by_kind = "full_attention" in parameters
    main = parameters["full_attention"] if by_kind else parameters
    base = rope.pop("freq_base", None if by_kind else 10_000.0)
    if base is not None:
        main["rope_theta"] = float(base)
    windowed = rope.pop("freq_base_swa", None)
    if windowed is not None:
        target = parameters.get("sliding_attention") if by_kind else main
        if target is None or (not by_kind and windowed != main["rope_theta"]):
            raise header.refusal("rope.freq_base_swa", windowed)
        target["rope_theta"] = float(windowed)
    _bring_rotary_width(config, header, main, rope)
    main.update(_scaling(config, header, rope))
    for key, value in rope.items():
        raise header.refusal(f"rope.{key}", value)


def _bring_rotary_width(config: PreTrainedConfig, header: Header, main: dict[str, Any], rope: dict[str, Any]) -> None:
    turned, head = rope.pop("dimension_count", None), head_dim(config)
    if rope.pop("dimension_count_swa", turned) != turned:
        raise header.refusal("rope.dimension_count_swa", turned)
    if any(rope.pop("dimension_sections", [])):
        raise header.refusal("rope.dimension_sections", "several")
    if turned is None or turned == int(head * main.get("partial_rotary_factor", 1.0)):
        return
    if "partial_rotary_factor" not in main:
        raise header.refusal("rope.dimension_count", turned, f"its class turns all {head} dimensions of a head")
    main["partial_rotary_factor"] = turned / head


def _scaling(config: PreTrainedConfig, header: Header, rope: dict[str, Any]) -> dict[str, Any]:
    """What to add to the RoPE parameters; takes the settings that it has understood out of `rope`."""
    kind = rope.pop("scaling.type", "linear")
    older = rope.pop("scale_linear", 0.0)
    factor = float(rope.pop("scaling.factor", older) or 1.0)
    attention = float(rope.pop("scaling.attn_factor", 1.0))
    original = int(rope.pop("scaling.original_context_length", 0)) or None
    fast, slow = rope.pop("scaling.yarn_beta_fast", 32.0), rope.pop("scaling.yarn_beta_slow", 1.0)
    rope.pop("scaling.finetuned", None)
    for key, nothing in {"alpha": (0,), "yarn_log_multiplier": (0,), "yarn_attn_factor": (1,),
                         "yarn_ext_factor": (-1, 1)}.items():  # fmt: skip
        value = rope.pop(f"scaling.{key}", nothing[0])
        if value not in nothing:
            raise header.refusal(f"rope.scaling.{key}", value)
    if kind not in ("none", "linear", "yarn") or any(name in header.tensors for name in LONG):
        raise header.refusal("rope.scaling.type", kind if kind != "linear" else "longrope")
    if not (math.isfinite(factor) and factor >= 1 and math.isfinite(attention) and attention > 0):
        raise header.refusal("rope.scaling.factor", factor, "no RoPE scaling has this value")
    if kind == "none":
        factor = 1.0
    bands = _bands(config, header, original)
    if bands and (factor != 1 or attention != 1):
        raise header.refusal("rope.scaling.factor", factor, "it holds rope_freqs.weight as well, and both are not read")
    if kind == "yarn" and factor != 1:
        return {
            "rope_type": "yarn", "factor": factor, "beta_fast": float(fast), "beta_slow": float(slow),
            "original_max_position_embeddings": original or int(config.max_position_embeddings),
            "attention_factor": attention * (1 + 0.1 * math.log(factor)),
        }  # fmt: skip
    if attention != 1:
        raise header.refusal("rope.scaling.attn_factor", attention)
    return {"rope_type": "linear", "factor": factor} if factor != 1 else bands


def _bands(config: PreTrainedConfig, header: Header, original: int | None) -> dict[str, Any]:
    """Llama 3.1's parameters that give exactly the divisors in rope_freqs.weight; {} if they are all 1 or not there.

    The lowest frequencies are divided by `factor`, the highest by 1, and those between by something between, which
    the context of the first training and two constants decide.
    """
    if "rope_freqs.weight" not in header.tensors:
        return {}
    divisors = np.array(header.floats("rope_freqs.weight"), np.float64)
    if np.all(divisors == 1):
        return {}
    parameters = config.rope_parameters
    turned = int(head_dim(config) * parameters.get("partial_rotary_factor", 1.0))
    theta = parameters.get("rope_theta")
    if theta is not None and len(divisors) == turned // 2 and bool(np.all(np.isfinite(divisors) & (divisors > 0))):
        for factor in (round(float(divisors.max()), 4), *LLAMA_3_FACTORS):
            found = {
                "rope_type": "llama3", "factor": factor, **LLAMA_3_BANDS,
                "original_max_position_embeddings": original or LLAMA_3_CONTEXT,
            }  # fmt: skip
            if np.all(np.abs(llama_3_divisors(theta, turned, found) / divisors - 1) < TOLERANCE):
                return found
    raise UnsupportedModelError(
        f"{header.path.name} divides its RoPE frequencies (rope_freqs.weight) in a way that is not Llama 3.1's, "
        "and no other is read.",
        INSTEAD,
    )


def llama_3_divisors(theta: float, turned: int, parameters: dict[str, Any]) -> np.ndarray:
    """What each of the turned // 2 frequencies is divided by, highest frequency first.

    >>> llama_3_divisors(10_000.0, 8, {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    ...     "original_max_position_embeddings": 8192}).round(4).tolist()
    [1.0, 1.0, 1.0, 4.6815]
    """
    low, high = parameters["low_freq_factor"], parameters["high_freq_factor"]
    factor, original = parameters["factor"], parameters["original_max_position_embeddings"]
    wavelengths = 2 * np.pi * theta ** (np.arange(0, turned, 2) / turned)
    smooth = (original / wavelengths - low) / (high - low)
    between = 1 / ((1 - smooth) / factor + smooth)
    return np.where(wavelengths < original / high, 1.0, np.where(wavelengths > original / low, factor, between))


def head_dim(config: PreTrainedConfig) -> int:
    """Dimensions of a head."""
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
