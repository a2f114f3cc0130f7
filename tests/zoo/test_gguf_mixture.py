"""Mixtures of experts in GGUF: the experts' tensors as gguf and llama.cpp read them, and as the explorer does again."""

from __future__ import annotations

import ctypes
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize
from gguf.quants import quantize as by_gguf

from explorer import zoo
from explorer.errors import UnsupportedModelError
from explorer.stack.systems.quantization.matrices import matrices, quantized
from explorer.stack.systems.quantization.mix import MIXES
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.zoo.gguf_file import convert
from explorer.zoo.gguf_tensors import paired, places
from explorer.zoo.gguf_writer import write
from tests.zoo.brought_models import brought

TEXT = "The capital of France is Paris, and 12 rivers run through it."
WIDE = {"hidden_size": 256, "intermediate_size": 256, "num_local_experts": 3, "sliding_window": None}
"""A Mixtral whose rows the K types fit."""


@pytest.fixture(scope="module")
def mixture() -> Any:
    return zoo.load("six-kinds-moe")


@pytest.fixture(scope="module")
def file(mixture: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(mixture, MIXES["q4_k_m"], tmp_path_factory.mktemp("mixture") / "q4_k_m.gguf").path


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return brought("Mixtral", tmp_path_factory.mktemp("wide") / "wide", **WIDE)


def kept(path: Path) -> dict[str, tuple[str, np.ndarray]]:
    return {each.name: (each.tensor_type.name, np.array(each.data)) for each in GGUFReader(path).tensors}


def test_every_tensor_is_what_gguf_makes_of_the_weights(mixture: Any, file: Path) -> None:
    """gguf's own quantizer on transformers' weights gives the same bytes; the router and the norms are the weights."""
    stored = kept(file)
    state, heads = mixture.weights, {"q_proj": 4, "k_proj": 2}
    for layer in range(6):
        theirs = f"model.layers.{layer}."
        gate_up = state[f"{theirs}mlp.experts.gate_up_proj"]
        expected = {
            "ffn_gate_exps": gate_up[:, :384], "ffn_up_exps": gate_up[:, 384:],
            "ffn_down_exps": state[f"{theirs}mlp.experts.down_proj"], "ffn_gate_inp": state[f"{theirs}mlp.gate.weight"],
            "attn_norm": state[f"{theirs}input_layernorm.weight"],
            "ffn_norm": state[f"{theirs}post_attention_layernorm.weight"],
        }  # fmt: skip
        for name, projection in (("q", "q_proj"), ("k", "k_proj"), ("v", "v_proj"), ("output", "o_proj")):
            weight = state[f"{theirs}self_attn.{projection}.weight"]
            expected[f"attn_{name}"] = paired(weight, heads[projection]) if projection in heads else weight
        for name, weight in expected.items():
            kind, raw = stored.pop(f"blk.{layer}.{name}.weight")
            numbers = weight.float().numpy()
            wanted = numbers if kind == "F32" else by_gguf(numbers, GGMLQuantizationType[kind])
            assert np.array_equal(raw, wanted), (layer, name, kind)
            assert (kind == "F32") == (name == "ffn_gate_inp" or "norm" in name)
    assert set(stored) == {"token_embd.weight", "output_norm.weight"}


def test_types_are_those_of_eight_experts(file: Path) -> None:
    """By hand from llama-quant.cpp, six blocks, rows of 192 and 384: Q4_K falls to Q5_0, Q5_K to Q5_1, Q6_K to Q8_0."""
    found: dict[str, set[str]] = {}
    for name, (kind, _) in kept(file).items():
        found.setdefault(re.sub(r"blk\.\d+\.|\.weight", "", name), set()).add(kind)
    assert {name: kinds for name, kinds in found.items() if "norm" not in name} == {
        "attn_q": {"Q5_0"}, "attn_k": {"Q8_0"}, "attn_v": {"Q8_0"}, "attn_output": {"Q5_1"}, "ffn_gate_inp": {"F32"},
        "ffn_gate_exps": {"Q5_0"}, "ffn_up_exps": {"Q5_0"}, "ffn_down_exps": {"Q5_0", "Q8_0"}, "token_embd": {"Q8_0"},
    }  # fmt: skip


@pytest.mark.thorough
def test_the_file_opens_as_the_quantized_mixture(mixture: Any, file: Path, empty_cache: Path) -> None:
    known = matrices(mixture.decoder)
    formats = SCHEMES["q4_k_m"].formats(known)
    small = quantized(mixture.decoder, {each.name: formats[each.name].quantize(each.weight) for each in known})
    again = zoo.load(str(file))
    ids = torch.tensor([mixture.vocabulary.encode(TEXT)])
    assert (again.card.architecture, again.card.kind) == ("MixtralForCausalLM", "moe")
    assert again.vocabulary.encode(TEXT) == ids[0].tolist()
    torch.testing.assert_close(again.decoder(ids), small(ids))
    assert float((small(ids) - mixture.decoder(ids)).abs().max()) > 0.1


def test_k_types_of_experts_are_as_gguf_reads_them(wide: Any, tmp_path: Path) -> None:
    stored = kept(write(wide, MIXES["q4_k_m"], tmp_path / "wide.gguf").path)
    formats = SCHEMES["q4_k_m"].formats(matrices(wide.decoder))
    for each in matrices(wide.decoder):
        if each.expert is None:
            continue
        names, expert = places(each.name)
        for name, part in zip(names, each.weight.chunk(len(names)), strict=True):
            kind, raw = stored[name]
            assert (
                kind == formats[each.name].name.upper() == ("Q6_K" if (each.layer, each.role) == (1, "out") else "Q4_K")
            )
            read = torch.from_numpy(dequantize(raw, GGMLQuantizationType[kind]))[expert]
            assert torch.equal(read, formats[each.name].quantize(part).dequantize())
            assert float((read - part).norm() / part.norm()) < 0.1


@pytest.mark.parametrize(("kind", "name", "settings"), [
    ("Qwen3Moe", "qwen3moe", {"num_experts": 4, "moe_intermediate_size": 48, "head_dim": 32, "norm_topk_prob": True}),
    ("Olmoe", "olmoe", {"num_experts": 4, "num_key_value_heads": 4}),
])  # fmt: skip
def test_other_mixtures_read_back(kind: str, name: str, settings: Any, tmp_path: Path, empty_cache: Path) -> None:
    model = brought(kind, tmp_path / "brought", **settings)
    path = write(model, MIXES["f32"], tmp_path / "m.gguf").path
    again, ids = zoo.load(str(path)), torch.arange(40)[None]
    assert GGUFReader(path).fields[f"{name}.expert_used_count"].contents() == 2
    assert type(again.hf) is type(model.hf)
    torch.testing.assert_close(again.hf(ids).logits, model.hf(ids).logits)
    small = kept(write(model, MIXES["q8_0"], tmp_path / "small.gguf").path)
    assert small["blk.1.ffn_gate_inp.weight"][0] == "F32"
    assert small["blk.1.ffn_down_exps.weight"][0] == ("Q8_0" if kind == "Olmoe" else "F16")  # rows of 32, and of 48


def test_an_importance_is_one_experts(wide: Any, tmp_path: Path) -> None:
    weigh = {"blocks.1.mlp.experts.2.gate_in": torch.rand(256, generator=torch.Generator().manual_seed(1)) ** 4}
    plain = kept(write(wide, MIXES["q4_0"], tmp_path / "plain.gguf").path)
    other = kept(write(wide, MIXES["q4_0"], tmp_path / "weighed.gguf", importance=weigh).path)
    differ = {
        name: np.flatnonzero((raw != other[name][1]).any((-2, -1))).tolist()
        for name, (_, raw) in plain.items() if raw.ndim == 3
    }  # fmt: skip
    assert {name for name, (_, raw) in plain.items() if not np.array_equal(raw, other[name][1])} == {
        name for name, experts in differ.items() if experts == [2]
    } == {"blk.1.ffn_gate_exps.weight", "blk.1.ffn_up_exps.weight"}  # fmt: skip


@pytest.mark.parametrize(("architecture", "settings", "renormalised", "said"), [
    ("MixtralForCausalLM", {"sliding_window": 64}, True, "a window of 64 tokens"),
    ("Qwen3MoeForCausalLM", {"norm_topk_prob": False}, False, "norm_topk_prob = False"),
    ("OlmoeForCausalLM", {"norm_topk_prob": True}, True, "norm_topk_prob = True"),
    ("OlmoeForCausalLM", {"clip_qkv": 8.0}, False, "clip_qkv = 8.0"),
    ("OlmoeForCausalLM", {"tie_word_embeddings": True}, False, "one table"),
    ("OlmoeForCausalLM", {}, False, "heads that share keys"),
])  # fmt: skip
def test_what_llama_cpp_would_compute_otherwise(
    architecture: str, settings: Any, renormalised: bool, said: str, mixture: Any, tmp_path: Path
) -> None:
    config = SimpleNamespace(**{"architectures": [architecture], "tie_word_embeddings": False, **settings})
    dims = replace(mixture.dims, experts_renormalised=renormalised)
    with pytest.raises(UnsupportedModelError, match=said):
        write(replace(mixture, hf=SimpleNamespace(config=config), dims=dims), MIXES["q8_0"], tmp_path / "m.gguf")
    assert not list(tmp_path.iterdir())


def test_experts_that_the_file_only_speaks_of(
    tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    told = {"expert_count": 4, "expert_used_count": 2}
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), told)
    with pytest.raises(UnsupportedModelError, match="no tensor of all experts"):
        convert(path, "0" * 64, tmp_path / "made")
    experts = {f"blk.{i}.ffn_down_exps.weight": np.zeros((4, 32, 48), np.float32) for i in range(2)}
    path = gguf_llama(tmp_path / "n.gguf", plain_llama(), {"expert_count": 4}, experts)
    with pytest.raises(UnsupportedModelError, match="expert_used_count"):
        convert(path, "0" * 64, tmp_path / "made")
    path = gguf_llama(tmp_path / "o.gguf", plain_llama(), told, experts)  # W_gate and W_in of the experts are missing
    with pytest.raises(Exception, match=r"missing|no place") as caught:
        convert(path, "0" * 64, tmp_path / "made")
    assert not (tmp_path / "made").exists(), caught


@pytest.mark.parametrize("name", ["q4_k_m", "q3_k_l", "q2_k", "q8_0"])
def test_llama_cpps_quantizer_makes_the_same_file(name: str, mixture: Any, tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    whole = write(mixture, MIXES["f32"], tmp_path / "f32.gguf").path
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype, settings.nthread = MIXES[name].file_type, 1
    assert llama_cpp.llama_model_quantize(bytes(whole), bytes(tmp_path / "theirs.gguf"), ctypes.byref(settings)) == 0
    ours, theirs = kept(write(mixture, MIXES[name], tmp_path / "ours.gguf").path), kept(tmp_path / "theirs.gguf")
    assert {each: kind for each, (kind, _) in ours.items()} == {each: kind for each, (kind, _) in theirs.items()}
    assert all(np.array_equal(ours[each][1], theirs[each][1]) for each in ours)


def test_llama_cpp_computes_a_mixtures_logits(mixture: Any, tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    olmoe = brought("Olmoe", tmp_path / "olmoe", num_experts=4, num_key_value_heads=4)
    qwen = brought("Qwen3Moe", tmp_path / "qwen", num_experts=4, moe_intermediate_size=48, norm_topk_prob=True)
    for model, ids in ((mixture, mixture.vocabulary.encode(TEXT)), (olmoe, [*range(40)]), (qwen, [*range(40)])):
        path = write(model, MIXES["f32"], tmp_path / f"{model.card.architecture}.gguf").path
        llama = llama_cpp.Llama(str(path), n_ctx=128, logits_all=True, verbose=False, n_threads=1, type_k=0, type_v=0)
        llama.eval(ids)
        ours = model.hf(torch.tensor([ids])).logits[0]
        scale = float(ours.abs().max())
        torch.testing.assert_close(
            torch.from_numpy(np.array(llama.scores[: len(ids)])), ours, atol=2e-5 * scale, rtol=1e-4
        )
