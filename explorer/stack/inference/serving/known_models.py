"""Sizes of real decoders, read from the configs that their makers published (`published_models`).

>>> from explorer.stack.inference.serving.memory_calculator import parameters
>>> parameters(REAL_MODELS["Llama-3-70B"]).total == PUBLISHED["Llama-3-70B"].exact
True
"""

from __future__ import annotations

from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.inference.serving.model_config import from_hf

REAL_MODELS = {name: from_hf(each.read()) for name, each in PUBLISHED.items() if each.shape == "decoder-only"}

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
