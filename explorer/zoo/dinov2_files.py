"""A graph that holds a DINOv2, a vision transformer -> a folder in transformers' layout.

DINOv2 (Oquab et al. 2023, arXiv 2304.07193) is the backbone of the graph; what was trained on top of it is left out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.zoo.graph_file import Graph, read_onnx
from explorer.zoo.safetensors_folder import write_folder


def write_dinov2(path: Path, folder: Path) -> None:
    """The folder of the DINOv2 within an ONNX file."""
    write_folder(folder, *dinov2_weights(read_onnx(path)))


def dinov2_weights(graph: Graph) -> tuple[dict[str, object], dict[str, np.ndarray]]:
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
