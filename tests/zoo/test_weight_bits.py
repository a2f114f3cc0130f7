"""In how many bits weights came is read from the files, and the shelf's cards say what their files say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.bench.peers import write_as
from explorer.fetching import cache
from explorer.panels.inference.speculative_views import _note
from explorer.panels.scene import Scene
from explorer.zoo.card import Card, shelf
from explorer.zoo.gguf_header import read_header
from explorer.zoo.safetensors_header import read_header as read_safetensors
from explorer.zoo.weight_bits import bits_of, type_of_gguf, type_of_safetensors
from tests.zoo.conftest import gguf_tokens


def small_llama() -> Any:
    """Rows of 64: blocks of 32 fit."""
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(gguf_tokens()), hidden_size=64, intermediate_size=96, num_hidden_layers=2,
                num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128,
            )
        )  # fmt: skip


@pytest.mark.parametrize(("kind", "bits"), [("Q4_0", 4), ("Q8_0", 8), ("F16", 16)])
def test_a_brought_gguf(kind: str, bits: int, tmp_path: Path, empty_cache: Path, gguf_llama: Any) -> None:
    """The table of the vocabulary, the largest matrix, is in Q8_0 or F16, and norms are in float32."""
    path = tmp_path / "brought.gguf"
    write_as(gguf_llama(tmp_path / "f32.gguf", small_llama()), path, kind)
    model = zoo.load(str(path))
    assert model.card.weight_bits == bits
    assert model.card.weights_note == f"GGUF weights (mostly {kind}), opened as float32"
    said = _note(Scene(model), ("int4", "lookup"))
    assert ("on a grid of 4 bits already" in said) is (bits == 4)
    assert ("were rounded before" in said) is (bits == 8)
    assert bool(said) is (bits < 16)


def test_a_target_that_came_in_several_sizes_is_said_to_be_quantized() -> None:
    """Gemma's file keeps its matrices in 4 to 8 bits, most of them in 5."""
    card, small = shelf()["gemma3-270m"], zoo.load("six-kinds-dense")
    assert card.weight_bits == 5
    scene = Scene(replace(small, card=card))
    assert _note(scene, ("int4", "lookup")).startswith(f"This model’s file holds {card.weights_note}. Its 4-bit draft")
    assert _note(scene, ("lookup",)) == ""
    assert _note(Scene(small), ("int4",)) == ""  # bfloat16


def test_a_mix_is_what_most_of_it_is(tmp_path: Path, gguf_llama: Any) -> None:
    from gguf import GGMLQuantizationType as Kind

    header = read_header(gguf_llama(tmp_path / "f32.gguf", small_llama()))
    assert type_of_gguf(header) == "F32"
    mixed = {
        name: replace(tensor, kind=int(Kind.Q8_0 if name.startswith("token_embd") or "attn_q" in name else Kind.Q4_K))
        for name, tensor in header.tensors.items()
    }
    assert type_of_gguf(replace(header, tensors=mixed)) == "Q4_K"


@pytest.mark.parametrize(("dtype", "bits"), [(torch.float16, 16), (torch.bfloat16, 16), (torch.float32, 32)])
def test_a_brought_folder(dtype: torch.dtype, bits: int, tiny_original: Path, tmp_path: Path) -> None:
    """Whatever its config says."""
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(tiny_original, tmp_path / "brought"))
    tensors = {name: tensor.to(dtype) for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model = zoo.load(str(folder))
    assert model.card.weight_bits == bits
    assert _note(Scene(model), ("int4",)) == ""


def test_where_no_block_has_a_matrix_nothing_is_said() -> None:
    assert type_of_safetensors({}) == ""
    assert bits_of("") is None


@pytest.mark.parametrize("card", shelf().values(), ids=shelf())
def test_a_card_says_what_its_file_says(card: Card) -> None:
    assert card.weights is not None
    if card.folder is not None:
        kind = type_of_safetensors(read_safetensors(card.folder / card.weights.file))
    else:
        file = cache.weights_file(card.weights.file, card.weights.sha256)
        if not file.is_file():
            pytest.skip(f"{card.name} has not been fetched")
        kind = type_of_gguf(read_header(file))
    assert card.weight_bits == bits_of(kind)
