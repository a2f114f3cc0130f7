"""Written files in llama.cpp itself: every family in every mix opens there, has its quantizer's bytes and our logits.

llama.cpp comes as the package llama-cpp-python, whose installation builds it (a compiler, cmake, some minutes); hosted
CI does so every night. Where it is not installed these tests are skipped.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.mix import MIXES
from explorer.zoo.gguf_writer import write
from tests.zoo.brought_models import brought

INSTALL = "llama.cpp is not there: `.venv/bin/pip install llama-cpp-python` builds it"
WIDE = {"hidden_size": 256, "intermediate_size": 512, "head_dim": 64}
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", WIDE | {"tie_word_embeddings": True}),
    "llama with biases": ("Llama", WIDE | {"attention_bias": True, "mlp_bias": True}),
    "qwen3": ("Qwen3", WIDE),
    "gemma3": ("Gemma3", WIDE | {"sliding_window": 16, "num_hidden_layers": 7, "query_pre_attn_scalar": 64}),
    "mixtral": ("Mixtral", WIDE | {"num_local_experts": 8, "sliding_window": None}),
    "olmoe": ("Olmoe", {"hidden_size": 256, "intermediate_size": 256, "num_experts": 4, "num_key_value_heads": 4}),
    "qwen3moe": ("Qwen3Moe", WIDE | {"num_experts": 4, "moe_intermediate_size": 256, "norm_topk_prob": True}),
}
IDS = [*range(40)]
#: Of the logits' length. llama.cpp rounds activations too: to float16 with such weights, to 8 bits with smaller ones.
ROUNDED = {"f32": 2e-6, "f16": 1e-3}
EIGHT_BITS = 0.025
GELU = 1e-3
"""Its GELU is a table of float16 numbers, so that Gemma is off by this in F32 too, and by twice the rest."""


@pytest.fixture(scope="module")
def llama_cpp() -> Any:
    return pytest.importorskip("llama_cpp", reason=INSTALL)


def theirs(llama_cpp: Any, path: Path) -> Tensor:
    """llama.cpp's logits of every token."""
    llama = llama_cpp.Llama(str(path), n_ctx=128, logits_all=True, verbose=False, n_threads=1, type_k=0, type_v=0)
    llama.eval(IDS)
    return torch.from_numpy(np.array(llama.scores[: len(IDS)]))


def stored(path: Path) -> dict[str, tuple[str, bytes]]:
    from gguf import GGUFReader

    return {each.name: (each.tensor_type.name, each.data.tobytes()) for each in GGUFReader(path).tensors}


@pytest.mark.thorough
@pytest.mark.parametrize("family", FAMILIES)
def test_llama_cpp_opens_every_mix_and_computes_our_logits(
    llama_cpp: Any, family: str, tmp_path: Path, empty_cache: Path
) -> None:
    kind, settings = FAMILIES[family]
    model = brought(kind, tmp_path / "brought", std=0.06, **settings)
    whole = write(model, MIXES["f32"], tmp_path / "f32.gguf").path
    for name, mix in MIXES.items():
        path = write(model, mix, tmp_path / f"{name}.gguf", force=True).path
        if name != "f32":
            how = llama_cpp.llama_model_quantize_default_params()
            how.ftype, how.nthread = mix.file_type, 1
            made = tmp_path / "theirs.gguf"
            assert llama_cpp.llama_model_quantize(bytes(whole), bytes(made), ctypes.byref(how)) == 0
            assert stored(path) == stored(made), name
        again = zoo.load(str(path))
        ours = [again.hf(torch.tensor([IDS])).logits[0]]
        try:
            ours.append(again.decoder(torch.tensor([IDS]))[0])
        except NotApplicableError:
            assert kind in ("Olmoe", "Qwen3Moe")
        found = theirs(llama_cpp, path)
        bound = max(ROUNDED.get(name, EIGHT_BITS) * (2 if kind == "Gemma3" else 1), GELU if kind == "Gemma3" else 0)
        for logits in ours:
            assert float((found - logits).norm() / logits.norm()) < bound, name


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["Llama", "Qwen3", "Gemma3"])
def test_llama_cpp_reads_a_text_as_the_model_does(llama_cpp: Any, kind: str, tmp_path: Path) -> None:
    more = {"query_pre_attn_scalar": 16} if kind == "Gemma3" else {}
    model = brought(kind, tmp_path / "brought", head_dim=16, **more)
    llama = llama_cpp.Llama(str(write(model, MIXES["f32"], tmp_path / "m.gguf").path), vocab_only=True, verbose=False)
    for text in ("ab cd", "  a b", "Hello, world 12345", "é ü\n\n x"):
        assert llama.tokenize(text.encode(), add_bos=False) == model.vocabulary.encode(text)
