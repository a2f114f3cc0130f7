"""Looking at a folder before anything in it is loaded: safetensors only, whole, no code, an architecture that is
known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.zoo.config_settings import check_settings
from explorer.zoo.fit import check_sizes, check_types
from explorer.zoo.json_file import MB, read_table
from explorer.zoo.safetensors_header import Entry, read_header

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
FILE_NAME = re.compile(r"\w[\w.-]{0,200}\.safetensors", re.ASCII)
"""What an index may name: no separator, no leading dot, no NUL."""
CONFIG_LIMIT, INDEX_LIMIT, VOCABULARY_LIMIT = 10 * MB, 100 * MB, 200 * MB
SETTINGS = ("generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
VOCABULARIES = (
    "tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "merges.txt", "vocab.txt", "chat_template.jinja",
)  # fmt: skip


def read_config(folder: Path) -> dict[str, Any]:
    """The folder's config.json. Raises WeightsDamagedError if it is not there or not JSON."""
    path = folder / "config.json"
    if not path.is_file():
        raise WeightsDamagedError(
            f"{folder.name} has no config.json.", "Give a folder in transformers' layout: config.json, *.safetensors."
        )
    return read_table(path, CONFIG_LIMIT)


def check_folder(folder: Path) -> dict[str, Any]:
    """Check weights and architecture; returns the config. Nothing is loaded and no code of the folder is run."""
    config = read_config(folder)
    architecture = check_architecture(config, folder.name)
    _check_only_one_model(folder, config)
    _check_sidecars(folder)
    entries = check_safetensors(folder)
    check_settings(config, folder.name)
    check_types(config, entries, folder.name)
    check_sizes(config, [entry.shape for entry in entries.values()], folder.name)
    return {**config, "architectures": [architecture]}


def check_safetensors(folder: Path) -> dict[str, Entry]:
    """The tensors of the folder by name. Raises WeightsDamagedError unless every file needed is there and whole."""
    entries: dict[str, Entry] = {}
    for path in weight_files(folder):
        if not path.is_file():
            raise WeightsDamagedError(f"{path.name} is missing from {folder.name}.", "Copy the missing part there.")
        entries |= read_header(path)
    return entries


def weight_files(folder: Path) -> list[Path]:
    """The files that transformers would load, in its order of choice: one model.safetensors, or those of the index.

    Raises WeightsDamagedError where there are none, or where the index points outside the folder.
    """
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if index.is_file():
        indexed = _indexed_files(folder, index)
        if not single.is_file() or single in indexed:
            return indexed
        raise WeightsDamagedError(
            f"{folder.name} has a model.safetensors and an index of other files: two models.",
            "Remove the one that you do not mean.",
        )
    if single.is_file():
        return [single]
    if others := sorted(path.name for path in folder.glob("*.safetensors")):
        raise WeightsDamagedError(
            f"{folder.name} has {others[0]}, but neither model.safetensors nor an index of the parts.",
            "Rename the only file to model.safetensors, or copy model.safetensors.index.json there.",
        )
    if any(next(folder.glob(pattern), None) for pattern in PICKLES):
        raise WeightsDamagedError(
            f"{folder.name} has pickled weights only. Opening a pickle can run any code.",
            "The explorer reads only safetensors and GGUF: use the model’s safetensors, or convert the file where you "
            "trust it.",
        )
    if ggufs := sorted(path.name for path in folder.glob("*.gguf")):
        raise WeightsDamagedError(f"{folder.name} holds GGUF only.", f"Name the file itself: {folder / ggufs[0]}")
    raise WeightsDamagedError(f"{folder.name} holds no weights.", "Copy its *.safetensors files there.")


def _indexed_files(folder: Path, index: Path) -> list[Path]:
    """The files of the index. A link to elsewhere is fine (the hub's cache is made of them), a path is not."""
    names = read_table(index, INDEX_LIMIT).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise WeightsDamagedError(f"{folder.name}/{index.name} names no files.", "Copy it again.")
    for name in names.values():
        if not isinstance(name, str) or not FILE_NAME.fullmatch(name):
            raise WeightsDamagedError(
                f"{folder.name}/{index.name} points to {str(name)[:80]!r}, which is no safetensors file of its folder.",
                "Take the index from where the weights came from.",
            )
    return [folder / name for name in sorted(set(names.values()))]


def _check_only_one_model(folder: Path, config: dict[str, Any]) -> None:
    """Refuse what would make transformers load something other than what is checked here."""
    if (folder / "adapter_config.json").exists():
        raise UnsupportedModelError(
            f"{folder.name} holds an adapter (adapter_config.json) and no model.",
            f"Put it among the adapters and open adapter:BASE+{folder.name}, where BASE is its model on the shelf.",
        )
    if config.get("transformers_weights") is not None:
        raise UnsupportedModelError(
            f"{folder.name}/config.json names a weight file of its own (transformers_weights), which the explorer does "
            "not read.",
            "Rename that file to model.safetensors and remove the setting.",
        )


def _check_sidecars(folder: Path) -> None:
    """The small files beside the weights are small, and those that are JSON are JSON."""
    for name in SETTINGS:
        if (folder / name).is_file():
            read_table(folder / name, CONFIG_LIMIT)
    for name in VOCABULARIES:
        path = folder / name
        if path.is_file() and path.stat().st_size > VOCABULARY_LIMIT:
            raise WeightsDamagedError(
                f"{folder.name}/{name} has {path.stat().st_size:,} bytes; {VOCABULARY_LIMIT:,} are read.",
                "Fetch or copy it again.",
            )


def check_architecture(config: dict[str, Any], name: str) -> str:
    """The architecture's class name, if transformers knows it as a causal language model and the bridge can take it."""
    from transformer_lens.factories.architecture_adapter_factory import SUPPORTED_ARCHITECTURES
    from transformers import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    from explorer.zoo import own_decoder

    model_type = str(config.get("model_type", ""))
    if model_type == own_decoder.KIND:
        own_decoder.known_to_transformers()
        return own_decoder.ARCHITECTURE
    if model_type not in CONFIG_MAPPING:
        if config.get("auto_map"):
            raise UnsupportedModelError(
                f"{name} needs Python code that comes with its weights (auto_map), and the explorer never runs such "
                "code.",
                "Choose a model whose architecture is part of transformers.",
            )
        raise UnsupportedModelError(
            f"transformers does not know the model type {model_type!r} of {name}.",
            "Choose a causal language model such as Llama, Qwen, Gemma, GPT-2, Mistral or Mixtral.",
        )
    stated = config.get("architectures") or []
    named = [str(architecture) for architecture in (stated if isinstance(stated, list) else [stated])]
    expected = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(model_type, "")
    causal = {expected} if isinstance(expected, str) else set(expected)
    architecture = next((each for each in named if each in causal), "" if named else next(iter(causal), ""))
    if not architecture or architecture not in SUPPORTED_ARCHITECTURES:
        shown = ", ".join(named) or model_type
        raise UnsupportedModelError(
            f"{name} is a {shown}, which the TransformerLens bridge does not support as a causal language model.",
            "Choose a decoder that it supports, such as Llama, Qwen, Gemma, GPT-2, Mistral or Mixtral.",
            architectures=named,
            model_type=model_type,
        )
    return architecture
