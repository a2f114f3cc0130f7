"""Looking at a folder before anything in it is loaded: safetensors only, whole, no code, an architecture that is
known."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from explorer.errors import UnsupportedModelError, WeightsDamagedError

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def read_config(folder: Path) -> dict[str, Any]:
    """The folder's config.json. Raises WeightsDamagedError if it is not there or not JSON."""
    path = folder / "config.json"
    if not path.is_file():
        raise WeightsDamagedError(
            f"{folder.name} has no config.json.", "Give a folder in transformers' layout: config.json, *.safetensors."
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WeightsDamagedError(f"{folder.name}/config.json is not readable: {error}", "Copy it again.") from error
    if not isinstance(config, dict):
        raise WeightsDamagedError(f"{folder.name}/config.json is not a table of settings.", "Copy it again.")
    return config


def check_folder(folder: Path) -> dict[str, Any]:
    """Check weights and architecture; returns the config. Nothing is loaded and no code of the folder is run."""
    config = read_config(folder)
    architecture = check_architecture(config, folder.name)
    check_safetensors(folder)
    return {**config, "architectures": [architecture]}


def check_safetensors(folder: Path) -> None:
    """Raise WeightsDamagedError unless every safetensors file that is needed is there and whole."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            files = {folder / name for name in json.loads(index.read_text())["weight_map"].values()}
        except (ValueError, KeyError, AttributeError) as error:
            raise WeightsDamagedError(f"{folder.name}/{index.name} is not readable.", "Copy it again.") from error
    else:
        files = set(folder.glob("*.safetensors"))
    if not files:
        if any(next(folder.glob(pattern), None) for pattern in PICKLES):
            raise WeightsDamagedError(
                f"{folder.name} holds pickled weights only, and a pickle can run any code when it is opened.",
                "Only safetensors and GGUF are read: take the model's safetensors, or convert it where you trust it.",
            )
        if ggufs := sorted(path.name for path in folder.glob("*.gguf")):
            raise WeightsDamagedError(f"{folder.name} holds GGUF only.", f"Name the file itself: {folder / ggufs[0]}")
        raise WeightsDamagedError(f"{folder.name} holds no weights.", "Copy its *.safetensors files there.")
    for path in sorted(files):
        if not path.is_file():
            raise WeightsDamagedError(f"{path.name} is missing from {folder.name}.", "Copy the missing part there.")
        if problem := _safetensors_damage(path):
            raise WeightsDamagedError(f"{path.name} in {folder.name} is damaged: {problem}.", "Fetch or copy it again.")


def _safetensors_damage(path: Path) -> str | None:
    """A safetensors file is 8 bytes of header length, a JSON header, and the tensors up to the largest offset in it."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 2 <= length <= size - 8:
            return f"it has {size:,} bytes, too few for its header"
        try:
            header = json.loads(stream.read(length))
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return "its header is not readable"
    expected = 8 + length + max(ends, default=0)
    return None if size == expected else f"it has {size:,} bytes instead of {expected:,}"


def check_architecture(config: dict[str, Any], name: str) -> str:
    """The architecture's class name, if transformers knows it as a causal language model and the bridge can take it."""
    from transformer_lens.factories.architecture_adapter_factory import SUPPORTED_ARCHITECTURES
    from transformers import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    model_type = str(config.get("model_type", ""))
    if model_type not in CONFIG_MAPPING:
        if config.get("auto_map"):
            raise UnsupportedModelError(
                f"{name} needs Python code that comes with its weights (auto_map), and such code is never run.",
                "Choose a model whose architecture transformers itself has.",
            )
        raise UnsupportedModelError(
            f"transformers does not know the model type {model_type!r} of {name}.",
            "Choose a causal language model such as Llama, Qwen, Gemma, GPT-2, Mistral or Mixtral.",
        )
    named = [str(architecture) for architecture in config.get("architectures") or []]
    expected = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(model_type, "")
    causal = {expected} if isinstance(expected, str) else set(expected)
    architecture = next((each for each in named if each in causal), "" if named else next(iter(causal), ""))
    if not architecture or architecture not in SUPPORTED_ARCHITECTURES:
        shown = ", ".join(named) or model_type
        raise UnsupportedModelError(
            f"{name} is a {shown}, which the TransformerLens bridge cannot take as a causal language model.",
            "Choose a decoder that it takes, such as Llama, Qwen, Gemma, GPT-2, Mistral or Mixtral.",
            architectures=named,
            model_type=model_type,
        )
    return architecture
