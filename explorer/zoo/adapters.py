"""Adapters in peft's format: adapter_config.json and adapter_model.safetensors, on a model of the shelf.

They lie in the folder of adapters of this machine, one folder each: EXPLORER_ADAPTERS, or `adapters` in the cache. Some
were trained here and lie on the shelf, in `adapters` beside their base's card; of one name the shelf's is meant. What
is merged is what peft's own merge gives; a setting that is not understood is refused by its name.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import UnknownModelError, UnsupportedModelError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.progress import Progress
from explorer.zoo import adapter_settings, adapter_tensors
from explorer.zoo.adapter_settings import CONFIG, RECIPE, WEIGHTS, Settings
from explorer.zoo.card import shelf_folder
from explorer.zoo.json_file import MB, read_table
from explorer.zoo.made_names import is_word
from explorer.zoo.safetensors_header import read_header

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

    from explorer.stack.finetuning.adapter import Adapter as Changes
    from explorer.stack.finetuning.change import Change
    from explorer.stack.finetuning.virtual_tokens import VirtualTokens
    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class Adapter:
    """An adapter that was looked over: its settings are understood, its file is whole."""

    folder: Path
    settings: Settings

    @property
    def digest(self) -> str:
        """Of its two files."""
        found = [cache.sha256_of(self.folder / name) for name in (CONFIG, WEIGHTS)]
        return hashlib.sha256("".join(found).encode()).hexdigest()

    def changes(self) -> dict[str, Change]:
        """By transformers' names of layers. Raises UnsupportedModelError for a prefix or a prompt, which are no changes
        of layers, and for what `adapter_tensors.changes` refuses."""
        from safetensors.torch import load_file

        if self.settings.kind in ("PREFIX_TUNING", "PROMPT_TUNING"):
            raise UnsupportedModelError(
                f"The adapter “{self.folder.name}” is a {self.settings.title}: it stands before the text, and no "
                "matrix can hold it.",
                "Name a LoRA, DoRA or IA3 adapter.",
            )
        return adapter_tensors.changes(self.folder.name, self.settings, load_file(self.folder / WEIGHTS))

    def on(self, decoder: Decoder) -> Changes | VirtualTokens:
        """What it is on the explorer's own decoder. Raises UnsupportedModelError where it is not of this model."""
        from safetensors.torch import load_file

        from explorer.stack.finetuning.adapter import Adapter as Changes

        if self.settings.kind in ("PREFIX_TUNING", "PROMPT_TUNING"):
            tensors = load_file(self.folder / WEIGHTS)
            made: Changes | VirtualTokens = adapter_tensors.virtual(self.folder.name, self.settings, tensors)
        else:
            of = self.changes()
            unknown = next((name for name in of if adapter_tensors.ours(name) is None), None)
            if unknown is not None:
                raise _another(self.folder.name, f"the model has no linear layer “{unknown[:80]}”")
            made = Changes({str(adapter_tensors.ours(name)): change for name, change in of.items()})
        if wrong := made.misfit(decoder):
            raise _another(self.folder.name, wrong)
        return made

    def merge(self, hf: PreTrainedModel, progress: Progress) -> str:
        """Add it to the model's matrices; returns its digest.

        Raises UnsupportedModelError where it is not of this model: nothing of it may be left over.
        """
        import torch
        from torch import nn

        of = self.changes()
        with torch.no_grad():
            for done, (module, change) in enumerate(of.items()):
                progress("Merging the adapter", done, len(of))
                layer = self._layer(hf, module, change)
                d_weight, d_bias = change.delta(layer)
                # The file that they may be mapped from stays as it is.
                if d_weight is not None:
                    layer.weight = nn.Parameter(layer.weight + d_weight, requires_grad=False)
                if d_bias is not None:
                    layer.bias = nn.Parameter(layer.bias + d_bias, requires_grad=False)
        return self.digest

    def _layer(self, hf: PreTrainedModel, module: str, change: Change) -> nn.Linear:
        from torch import nn

        try:
            layer = hf.get_submodule(module)
        except AttributeError:
            layer = None
        if not isinstance(layer, nn.Linear):
            raise _another(self.folder.name, f"the model has no linear layer “{module[:80]}”")
        if wrong := change.misfit(layer):
            raise _another(self.folder.name, f"at “{module[:80]}” {wrong}")
        return layer


def folder_of_adapters() -> Path:
    """Where adapters lie."""
    return Path(os.environ.get("EXPLORER_ADAPTERS") or cache.cache_folder() / "adapters").expanduser()


def adapters() -> list[str]:
    """Names of this machine's."""
    root = folder_of_adapters()
    return sorted(path.parent.name for path in root.glob(f"*/{CONFIG}")) if root.is_dir() else []


def taught_here(name: str) -> bool:
    """Whether the page taught it: its recipe lies beside it."""
    return is_word(name) and (folder_of_adapters() / name / RECIPE).is_file()


def committed(base: str = "*") -> dict[str, Path]:
    """Folders of the shelf's by name, of one base or of all; a base that is a folder of its own has none."""
    if base != "*" and not is_word(base):
        return {}
    return {path.parent.name: path.parent for path in sorted(shelf_folder().glob(f"{base}/adapters/*/{CONFIG}"))}


def folder_of(name: str) -> Path:
    """Where the adapter of that name lies, or would."""
    return committed().get(name) or folder_of_adapters() / name


def adapter(name: str) -> Adapter:
    """The adapter of that name, looked over. Raises UnknownModelError, WeightsDamagedError, UnsupportedModelError."""
    folder = folder_of(name)
    if not (folder / CONFIG).is_file():
        here = sorted({*adapters(), *committed()})
        raise UnknownModelError(
            f"There is no adapter “{name[:80]}” on this machine.",
            f"Put it there as a folder with {CONFIG} and {WEIGHTS}. Adapters here: {', '.join(here) or 'none'}.",
        )
    if not (folder / WEIGHTS).is_file():
        raise WeightsDamagedError(
            f"The adapter “{name[:80]}” has no {WEIGHTS}.",
            "The explorer reads safetensors only: opening a pickle (.bin) can run any code.",
        )
    read_header(folder / WEIGHTS)
    return Adapter(folder, adapter_settings.read(name, read_table(folder / CONFIG, MB)))


def _another(name: str, why: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"The adapter “{name}” is not of this model: {why}.", "Name the model that it was trained on."
    )
