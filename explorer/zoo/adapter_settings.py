"""adapter_config.json of peft's: which kind of adapter it is, and what its numbers are multiplied by.

Every setting is understood or refused by its name: one that is passed over would give other numbers without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from explorer.errors import UnsupportedModelError, WeightsDamagedError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
#: Beside them, of an adapter that the page taught: what it was taught, and what was measured.
RECIPE = "recipe.json"
Kind = Literal["LORA", "IA3", "PREFIX_TUNING", "PROMPT_TUNING"]
#: Settings that change what is computed, with the values that are understood. Of the ways to begin (init_lora_weights)
#: some change the base as well (pissa, olora, loftq): their adapters need another base than the shelf's.
PLAIN: Mapping[str, tuple[object, ...]] = {
    "peft_type": ("LORA", "IA3", "PREFIX_TUNING", "PROMPT_TUNING"), "task_type": ("CAUSAL_LM", None),
    "bias": ("none", None), "init_lora_weights": (True, False, None, "gaussian", "orthogonal"),
}  # fmt: skip
_SHARED = frozenset((
    "base_model_name_or_path", "revision", "peft_version", "inference_mode", "auto_mapping", "target_modules",
    "exclude_modules", "runtime_config",
))  # fmt: skip
_LORA = frozenset((
    "r", "lora_alpha", "use_rslora", "use_dora", "layers_to_transform", "layers_pattern", "lora_dropout",
    "megatron_core", "qalora_group_size", "ensure_weight_tying",
))  # fmt: skip
_VIRTUAL = frozenset((
    "num_virtual_tokens", "num_layers", "num_attention_heads", "token_dim", "num_transformer_submodules",
    "encoder_hidden_size", "prompt_tuning_init", "prompt_tuning_init_text", "tokenizer_name_or_path",
    "tokenizer_kwargs", "init_weights",
))  # fmt: skip
#: Settings of each kind that are read here, or change nothing in a trained adapter: its layers, its file says.
INERT: Mapping[str, frozenset[str]] = {
    "LORA": _SHARED | _LORA, "IA3": _SHARED | {"feedforward_modules", "init_ia3_weights"},
    "PREFIX_TUNING": _SHARED | _VIRTUAL, "PROMPT_TUNING": _SHARED | _VIRTUAL,
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What the numbers of an adapter mean."""

    kind: Kind
    r: int = 0
    """Of LoRA."""
    scale: float = 1.0
    """What B A is multiplied by."""
    dora: bool = False

    @property
    def title(self) -> str:
        if self.kind == "LORA":
            return f"{'DoRA' if self.dora else 'LoRA'} adapter of rank {self.r}"
        return {"IA3": "IA3 factors", "PREFIX_TUNING": "prefix", "PROMPT_TUNING": "prompt"}[self.kind]


def read(name: str, config: Mapping[str, object]) -> Settings:
    """Raises UnsupportedModelError for a setting that is not understood, WeightsDamagedError for one without sense."""
    kind = config.get("peft_type")
    inert = INERT.get(kind, frozenset()) if isinstance(kind, str) else frozenset[str]()
    # The kind first: the settings of another kind are not what is wrong with it.
    for setting, value in sorted(config.items(), key=lambda each: each[0] != "peft_type"):
        off = value in (None, False, 0, "", [], {}) and setting not in PLAIN
        if setting not in inert and not off and value not in PLAIN.get(setting, ()):
            raise UnsupportedModelError(
                f"The adapter “{name[:80]}” has {setting[:40]} = {str(value)[:60]}, which the explorer does not read.",
                "It reads LoRA, rsLoRA, DoRA and IA3 of linear layers, prefixes and prompts. Merge others with peft, "
                "and open the merged folder.",
            )
    if kind not in INERT:
        raise UnsupportedModelError(
            f"{CONFIG} of the adapter “{name[:80]}” names no kind of adapter.", "Copy it again."
        )
    return _lora(name, config) if kind == "LORA" else Settings(kind)  # pyright: ignore[reportArgumentType]


def _lora(name: str, config: Mapping[str, object]) -> Settings:
    from explorer.stack.finetuning.lora import scale

    r, alpha = config.get("r"), config.get("lora_alpha")
    if type(r) is int and r > 0 and isinstance(alpha, int | float):
        by = scale(float(alpha), r, bool(config.get("use_rslora")))
        return Settings("LORA", r, by, bool(config.get("use_dora")))
    raise WeightsDamagedError(
        f"{CONFIG} of the adapter “{name[:80]}” has no rank r and lora_alpha that make sense.", "Copy it again."
    )
