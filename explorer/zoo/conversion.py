"""A fetched file turned once into a sealed folder in transformers' layout: config.json, model.safetensors, tokenizer.

What the file is, its suffix says: .gguf a language model; .zip such a folder already; .onnx the graph of a vision
transformer; .parts the files of a speech model, one behind the other.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.progress import Progress, silent
from explorer.zoo import gguf_file
from explorer.zoo.card import Card
from explorer.zoo.graph_file import Graph, read_onnx

KEPT = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
STAGE = "Converting to safetensors, once"


def convert(card: Card, path: Path, sha256: str, target: Path, progress: Progress = silent) -> Path:
    """Write the card's file as a sealed folder at `target`, whole or not at all."""
    if path.suffix == ".gguf":
        return gguf_file.convert(path, sha256, target, progress)
    with cache.staging() as staged:
        folder = staged / "model"
        folder.mkdir()
        progress(STAGE, 0, 1)
        match path.suffix:
            case ".zip":
                unpack(path, folder)
            case ".onnx":
                write_folder(folder, *dinov2_weights(read_onnx(path)))
            case ".parts":
                from explorer.zoo.moonshine_files import write_moonshine

                write_moonshine(card, path, folder)
            case other:
                raise UnsupportedModelError(f"{path.name} is of a kind ({other}) that is not read.", "Mend its card.")
        cache.seal(folder, sha256)
        cache.install(folder, target)
        progress(STAGE, 1, 1)
    return target


def write_folder(folder: Path, config: dict[str, Any], weights: dict[str, np.ndarray]) -> None:
    """config.json and model.safetensors, as transformers reads them."""
    from safetensors.numpy import save_file

    (folder / "config.json").write_text(json.dumps(config, indent=1))
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in weights.items()}
    save_file(contiguous, folder / "model.safetensors", metadata={"format": "pt"})


def unpack(path: Path, folder: Path) -> None:
    """Take the model and its tokenizer out of an archive; nothing else, and nothing by a path of its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in KEPT:
                (folder / name).write_bytes(archive.read(name))
    except (KeyError, zipfile.BadZipFile) as error:
        raise WeightsDamagedError(f"{path.name} does not hold the model whole: {error}", "Fetch it again.") from error


def dinov2_weights(graph: Graph) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Config and weights of the DINOv2 within the graph, under transformers' names.

    Matrices stand transposed in the graph, under a number: the node that multiplies by one bears the layer's name. The
    table of positions was cut by the exporter into CLS's row and the others. The mask token was dropped: it served
    training alone.
    """
    weights = {
        name.removeprefix("backbone."): tensor
        for name, tensor in graph.constants.items()
        if name.startswith("backbone.")
    }
    for node in graph.nodes:
        if node.kind == "MatMul" and node.name.startswith("/backbone/") and node.inputs[1] in graph.constants:
            layer = node.name.removeprefix("/backbone/").removesuffix("/MatMul").replace("/", ".")
            weights[f"{layer}.weight"] = graph.constants[node.inputs[1]].T
    cls = weights["embeddings.cls_token"]
    width = cls.shape[-1]
    unnamed = [tensor for name, tensor in graph.constants.items() if "::" in name and tensor.ndim == 3]
    first = next(tensor for tensor in unnamed if tensor.shape == cls.shape)
    others = next(tensor for tensor in unnamed if tensor.shape[1] > 1 and tensor.shape[2] == width)
    weights["embeddings.position_embeddings"] = np.concatenate([first, others], 1)
    weights["embeddings.mask_token"] = np.zeros((1, width), np.float32)
    patch = weights["embeddings.patch_embeddings.projection.weight"].shape[-1]
    config = {
        "model_type": "dinov2",
        "architectures": ["Dinov2Model"],
        "hidden_size": width,
        "num_hidden_layers": sum(name.endswith("norm1.weight") for name in weights),
        "num_attention_heads": width // 64,  # 64 coordinates a head in every size of DINOv2
        "mlp_ratio": len(weights["encoder.layer.0.mlp.fc1.bias"]) // width,
        "patch_size": patch,
        "image_size": round(others.shape[1] ** 0.5) * patch,
        "layer_norm_eps": 1e-6,
        "use_swiglu_ffn": False,
        "dtype": "float32",
    }
    return config, weights
