"""Moonshine's files, a speech encoder-decoder for ONNX Runtime -> a folder in transformers' layout.

Moonshine (Jeffries et al. 2024, arXiv 2410.15608) reads samples of sound with three convolutions and an encoder, and
writes tokens with a decoder. Its matrices were stored in 8 bits (`q`, with a scale and a zero point for each tensor)
and are made wide again: w = (q - zero) * scale.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from explorer.zoo.card import Card
from explorer.zoo.graph_file import Graph, read_ort
from explorer.zoo.parts import cut_apart
from explorer.zoo.safetensors_folder import write_folder

SAMPLE_S = 8.5
"""So much of the sample recording is kept: four whole sentences."""


def write_moonshine(card: Card, path: Path, folder: Path) -> None:
    """The folder: weights, config, tokenizer.bin as it came, and sample.wav, the beginning of a recording."""
    from transformers import MoonshineConfig

    encoder, decoder, tokenizer, recording = cut_apart(card, path).values()
    config = MoonshineConfig(architectures=["MoonshineForConditionalGeneration"], dtype="float32")
    weights = dict(_encoder_weights(read_ort(encoder, "encoder_model.ort")))
    weights |= _decoder_weights(read_ort(decoder, "decoder_model_merged.ort"))
    write_folder(folder, config.to_dict(), weights)
    (folder / "tokenizer.bin").write_bytes(tokenizer)
    _write_sample(bytes(recording), folder / "sample.wav")


def _wide(graph: Graph, name: str) -> np.ndarray:
    """A tensor in float32, whether it was stored in 8 bits or not."""
    stored = graph.constants[name]
    if not name.endswith("_quantized"):
        return stored.astype(np.float32)
    base = name.removesuffix("_quantized")
    scale, zero = (graph.constants[base + part].astype(np.float32) for part in ("_scale", "_zero_point"))
    return (stored.astype(np.float32) - zero) * scale


def _matrices(graph: Graph) -> Iterator[tuple[str, np.ndarray]]:
    """Matrices stand transposed under a number; the node that multiplies by one bears the layer's name."""
    done: set[str] = set()
    for node in graph.nodes:
        layer = node.name.strip("/").replace("/", ".").split(".MatMul")[0]
        stored = next((name for name in node.inputs if name.endswith("_quantized") and name in graph.constants), None)
        if stored and ".MatMul" in node.name.replace("/", ".") and "layers" in layer and layer not in done:
            done.add(layer)
            yield f"{layer}.weight", _wide(graph, stored).T


def _vectors(graph: Graph) -> Iterator[tuple[str, np.ndarray]]:
    """Norms, biases and convolutions bear their own names, with what the exporter added to them."""
    for name in graph.constants:
        plain = name.replace("_merged_0", "").replace("_add_tensor", "")
        own = plain.startswith(("layers", "conv", "layer_norm", "model."))
        stored = name.endswith(("_quantized", "_scale", "_zero_point")) or "merged_1" in name or "Constant" in name
        if own and not stored:
            yield plain, _wide(graph, name)


def _encoder_weights(graph: Graph) -> Iterator[tuple[str, np.ndarray]]:
    for name, tensor in (*_matrices(graph), *_vectors(graph)):
        yield f"model.encoder.{name}", tensor
    # Two constants without a name: the norm between the convolutions, its weight multiplied, its bias added.
    yield "model.encoder.groupnorm.weight", _wide(graph, "onnx::Mul_2080").flatten()
    yield "model.encoder.groupnorm.bias", _wide(graph, "onnx::Add_2081").flatten()


def _decoder_weights(graph: Graph) -> dict[str, np.ndarray]:
    weights = dict((*_matrices(graph), *_vectors(graph)))
    weights["model.decoder.embed_tokens.weight"] = _wide(graph, "model.decoder.embed_tokens.weight_merged_0_quantized")
    return weights


def read_pieces(path: Path) -> list[bytes]:
    """tokenizer.bin: each token's length (one byte, or two from 128 on) and its bytes; "▁" stands for a space."""
    raw, at, pieces = path.read_bytes(), 0, []
    while at < len(raw):
        length, at = raw[at], at + 1
        if length >= 128:
            length, at = raw[at] * 128 + length - 128, at + 1
        pieces.append(raw[at : at + length])
        at += length
    return pieces


def _write_sample(recording: bytes, path: Path) -> None:
    with wave.open(io.BytesIO(recording)) as whole, wave.open(str(path), "wb") as part:
        part.setparams(whole.getparams())
        part.writeframes(whole.readframes(int(SAMPLE_S * whole.getframerate())))
