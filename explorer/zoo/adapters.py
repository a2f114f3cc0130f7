"""LoRA adapters in peft's format: adapter_config.json and adapter_model.safetensors, merged into a model of the shelf.

They lie in the folder of adapters of this machine, one folder each: EXPLORER_ADAPTERS, or `adapters` in the cache. What
is merged is what peft's own merge gives; a setting that is not understood is refused by its name.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import UnknownModelError, UnsupportedModelError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.progress import Progress
from explorer.zoo.json_file import MB, read_table
from explorer.zoo.safetensors_header import read_header

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PART = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<part>[AB])\.weight", re.ASCII)
#: Settings that change what is computed, with the values that are merged here. Of the ways to begin (init_lora_weights)
#: some change the base as well (pissa, olora, loftq): their adapters need another base than the shelf's.
PLAIN: Mapping[str, tuple[object, ...]] = {
    "peft_type": ("LORA",), "task_type": ("CAUSAL_LM", None), "bias": ("none", None),
    "init_lora_weights": (True, False, None, "gaussian", "orthogonal"),
}  # fmt: skip
#: Settings that change nothing in a trained adapter: which layers it has, its file says.
INERT = frozenset((
    "r", "lora_alpha", "use_rslora", "base_model_name_or_path", "revision", "peft_version", "inference_mode",
    "auto_mapping", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "lora_dropout",
    "megatron_core", "qalora_group_size", "runtime_config", "ensure_weight_tying",
))  # fmt: skip


@dataclass(frozen=True)
class Adapter:
    """An adapter that was looked over: its settings are understood, its file is whole."""

    folder: Path
    r: int
    scale: float

    @property
    def digest(self) -> str:
        """Of its two files."""
        found = [cache.sha256_of(self.folder / name) for name in (CONFIG, WEIGHTS)]
        return hashlib.sha256("".join(found).encode()).hexdigest()

    def merge(self, hf: PreTrainedModel, progress: Progress) -> str:
        """Add its products to the model's matrices; returns its digest.

        Raises UnsupportedModelError where it is not of this model: nothing of it may be left over.
        """
        import torch
        from safetensors.torch import load_file

        from explorer.stack.finetuning.lora import delta

        parts = load_file(self.folder / WEIGHTS)
        pairs = _pairs(self.folder.name, parts)
        with torch.no_grad():
            for done, (module, (A, B)) in enumerate(pairs.items()):
                progress("Merging the adapter", done, len(pairs))
                weight = self._weight(hf, module, A, B)
                weight.data = weight.data + delta(
                    A, B, self.scale
                )  # the file that it may be mapped from stays as it is
        return self.digest

    def _weight(self, hf: PreTrainedModel, module: str, A: Tensor, B: Tensor) -> Tensor:
        from torch import nn

        try:
            layer = hf.get_submodule(module)
        except AttributeError:
            layer = None
        if not isinstance(layer, nn.Linear):
            raise _another(self.folder.name, f"the model has no linear layer “{module[:80]}”")
        shapes = (tuple(A.shape), tuple(B.shape))
        fitting = ((self.r, layer.in_features), (layer.out_features, self.r))
        if shapes != fitting:
            raise _another(self.folder.name, f"its matrices for “{module[:80]}” are {shapes}, and {fitting} would fit")
        return layer.weight


def folder_of_adapters() -> Path:
    """Where adapters lie."""
    return Path(os.environ.get("EXPLORER_ADAPTERS") or cache.cache_folder() / "adapters").expanduser()


def adapters() -> list[str]:
    """Their names."""
    root = folder_of_adapters()
    return sorted(path.parent.name for path in root.glob(f"*/{CONFIG}")) if root.is_dir() else []


def adapter(name: str) -> Adapter:
    """The adapter of that name, looked over. Raises UnknownModelError, WeightsDamagedError, UnsupportedModelError."""
    from explorer.stack.finetuning.lora import scale

    folder = folder_of_adapters() / name
    if not (folder / CONFIG).is_file():
        raise UnknownModelError(
            f"There is no adapter “{name[:80]}” on this machine.",
            f"Put it there as a folder with {CONFIG} and {WEIGHTS}. Adapters here: {', '.join(adapters()) or 'none'}.",
        )
    if not (folder / WEIGHTS).is_file():
        raise WeightsDamagedError(
            f"The adapter “{name[:80]}” has no {WEIGHTS}.",
            "The explorer reads safetensors only: opening a pickle (.bin) can run any code.",
        )
    read_header(folder / WEIGHTS)
    config = read_table(folder / CONFIG, MB)
    for setting, value in config.items():
        off = value in (None, False, 0, "", [], {}) and setting not in PLAIN
        if setting not in INERT and not off and value not in PLAIN.get(setting, ()):
            raise UnsupportedModelError(
                f"The adapter “{name[:80]}” has {setting[:40]} = {str(value)[:60]}, which the explorer does not merge.",
                "It merges LoRA and rsLoRA of linear layers. Merge others with peft, and open the merged folder.",
            )
    if config.get("peft_type") not in PLAIN["peft_type"]:
        raise UnsupportedModelError(
            f"{CONFIG} of the adapter “{name[:80]}” names no kind of adapter.", "Copy it again."
        )
    try:
        r, alpha = config["r"], config["lora_alpha"]
        assert type(r) is int
        return Adapter(folder, r, scale(float(alpha), r, bool(config.get("use_rslora"))))
    except (KeyError, AssertionError, ValueError, TypeError) as error:
        raise WeightsDamagedError(
            f"{CONFIG} of the adapter “{name[:80]}” has no rank r and lora_alpha that make sense.", "Copy it again."
        ) from error


def _pairs(name: str, parts: dict[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
    """The matrices A and B of each layer. Raises UnsupportedModelError for a tensor that is none of them."""
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in parts.items():
        if (matched := PART.fullmatch(key)) is None or tensor.ndim != 2:
            raise UnsupportedModelError(
                f"The adapter “{name}” holds “{key[:80]}”, which is no LoRA matrix of a linear layer.",
                "Merge it with peft, and open the merged folder.",
            )
        found.setdefault(matched["module"], {})[matched["part"]] = tensor
    if lone := [module for module, pair in found.items() if len(pair) < 2]:
        raise WeightsDamagedError(
            f"The adapter “{name}” has one of two matrices of “{lone[0][:80]}”.", "Copy it again."
        )
    return {module: (pair["A"], pair["B"]) for module, pair in found.items()}


def _another(name: str, why: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"The adapter “{name}” is not of this model: {why}.", "Name the model that it was trained on."
    )
