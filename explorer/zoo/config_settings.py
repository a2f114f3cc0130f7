"""The settings of a config.json, looked at before transformers builds from them; and which of them may be why it
cannot.

transformers' own words about a wrong setting often name none ("'list' object has no attribute 'get'", an assertion
without a text). So sizes that no model can have are refused by name beforehand, and where building fails all the same,
the error says where, and which settings are of another kind than the type's own.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from explorer.errors import WeightsDamagedError
from explorer.stack.inference.serving.model_config import EXPERTS, SIZES

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

APART = "Fetch or copy config.json again."
#: Sizes for which null means another one, or none.
MAY_BE_NULL = ("q_lora_rank", "sliding_window", "head_dim", "num_key_value_heads", "n_inner", "n_shared_experts")
#: How many experts there are goes by one of these.
OF_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
FIELD = re.compile(r"Field '(\w+)' (?:expected (\w+), got|with value)")
CLASS = re.compile(r"Class validation error for validator '\w+': \w+: (.*)", re.DOTALL)
KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text", "list": "a list"}
#: What may be of any kind, and numbers that may be 0.
UNCHECKED = re.compile(r"dtype$|_ids?$")
SHOWN = 40


def check_settings(config: Mapping[str, object], name: str) -> None:
    """Raise WeightsDamagedError for a size that no model can have, by the setting's name."""
    for given, plain in _tables(config):
        for key in (*SIZES, *EXPERTS):
            if key not in given or not hasattr(plain, key) or isinstance(getattr(plain, key), list | tuple | dict):
                continue
            value, least = given[key], int(key in SIZES)
            if value is None and (key in MAY_BE_NULL or getattr(plain, key) is None):
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise WeightsDamagedError(
                    f"The config of {name} says {key} = {shown(value)}; a whole number from {least} is needed.", APART
                )
        each, known = given.get("num_experts_per_tok"), hasattr(plain, "num_experts_per_tok")
        for key, most in ((key, given.get(key)) for key in OF_EXPERTS):
            if known and isinstance(each, int) and isinstance(most, int) and each > most:
                raise WeightsDamagedError(
                    f"The config of {name} says num_experts_per_tok = {each:,}, of {key} = {most:,}.", APART
                )


def why(error: Exception, config: Mapping[str, object]) -> str:
    """What transformers' error says, in a sentence's end: with the setting where it names one, else with the place in
    its code and the settings that may be meant."""
    text = " ".join(str(error).split())
    if field := FIELD.search(text):
        key, kind = field.groups()
        value = shown(config.get(key)) if key in config else "something else"
        return f"its config.json says {key} = {value}; {KINDS.get(kind, 'another kind of value')} is needed"
    if rule := CLASS.search(text):
        return rule[1].strip()[:300].rstrip(".")
    if isinstance(error, KeyError) and (named := [k for k, v in config.items() if error.args and v == error.args[0]]):
        return f"its config.json says {named[0]} = {shown(config[named[0]])}, which transformers does not know"
    if any(re.search(rf"\b{re.escape(key)}\b", text) for key in config):
        return f"{type(error).__name__}: {text[:300]}"
    frame = (traceback.extract_tb(error.__traceback__) or [None])[-1]
    at = f" at “{frame.line.strip()[:100]}”" if frame and frame.line else ""
    return f"{type(error).__name__}{f': {text[:200]}' if text else ''}{at}{suspects(config)}"


def suspects(config: Mapping[str, object]) -> str:
    """Settings of another kind than the type's own, for the end of a sentence; empty where there are none."""
    found = [
        f"{key} = {shown(value)}"
        for given, plain in _tables(config)
        for key, value in given.items()
        if not UNCHECKED.search(key) and _odd(value, getattr(plain, key, None))
    ]
    return f" (unusual in its config.json: {', '.join(found[:3])})" if found else ""


def shown(value: object) -> str:
    """A setting's value as a JSON file writes it, shortened.

    >>> shown(None), shown(True), shown([1] * 100)
    ('null', 'true', '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,…')
    """
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _odd(value: object, usual: object) -> bool:
    if usual is None or isinstance(usual, bool) != isinstance(value, bool):
        return usual is not None
    if isinstance(usual, int | float):
        return not isinstance(value, int | float) or (value <= 0 < usual)
    return type(value) is not type(usual)


def _tables(config: Mapping[str, object]) -> Iterator[tuple[Mapping[str, object], PreTrainedConfig]]:
    """The config, and that of its text within it, each with what its type has without any setting."""
    for given in (config, config.get("text_config")):
        if isinstance(given, Mapping) and (plain := _plain(given.get("model_type"))) is not None:
            yield given, plain


def _plain(kind: object) -> PreTrainedConfig | None:
    from transformers import CONFIG_MAPPING

    try:
        return CONFIG_MAPPING[kind]() if isinstance(kind, str) and kind in CONFIG_MAPPING else None
    except Exception:  # a type that cannot be made without settings
        return None
