"""The numbers of a model of one's own: what they may be, and what they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.figures.inference.serving.number_limits import NumberLimits, Said, read_all
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.model_sizes import Sizes

#: What one setting of an own model is called, and what it may be.
LIMITS = {
    "n_layers": ("Blocks", 1, 512),
    "d_model": ("d_model", 8, 65536),
    "n_heads": ("Query heads", 1, 1024),
    "n_kv_heads": ("Key/value heads", 1, 1024),
    "d_head": ("d_head", 2, 1024),
    "d_mlp": ("d_mlp", 8, 1 << 20),
    "d_vocab": ("d_vocab", 2, 1 << 20),
}


#: What an own model begins with.
START = REAL_MODELS["Llama-3-8B"]


def limits(default: Sizes = START) -> dict[str, NumberLimits]:
    """What the numbers of an own model may be, and what they begin with."""
    return {
        field: NumberLimits(label=label, low=low, high=high, start=getattr(default, field))
        for field, (label, low, high) in LIMITS.items()
    }


def own(controls: Mapping[str, Said], default: Sizes = START) -> Sizes | str:
    """Sizes from numbers that a visitor gave, or a sentence that says which of them is wrong.

    >>> own({"n_layers": "-3"}, REAL_MODELS["Llama-3-8B"])
    'Blocks is −3: a whole number from 1 to 512 is needed.'
    >>> own({"n_heads": "33"}, REAL_MODELS["Llama-3-8B"])
    '33 query heads cannot share 8 key/value heads evenly.'
    """
    numbers, wrong = read_all(controls, limits(default))
    if wrong:
        return next(iter(wrong.values()))
    given: dict[str, Any] = {**numbers}
    try:
        return Sizes(**given, gated=controls.get("mlp") != "plain", tied=controls.get("unembedding") == "tied")
    except ValueError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."
