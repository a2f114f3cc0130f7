"""What a name means, and that every way of going wrong is one clear error and no model."""

from __future__ import annotations

import json
import math
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.errors import (
    ExplorerError,
    SourceMissingError,
    UnknownModelError,
    UnsupportedModelError,
    WeightsDamagedError,
)
from explorer.zoo import loading
from explorer.zoo.model import Model


@pytest.fixture(autouse=True)
def _own_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads of these tests leave the session's model alone."""
    from cachetools import LRUCache

    monkeypatch.setattr(zoo, "_loaded", LRUCache(math.inf))


def edit_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def refused(kind: type[ExplorerError], name: str | Path) -> ExplorerError:
    """The error of a load that must fail; it has a hint, and nothing stays loaded."""
    with pytest.raises(kind) as caught:
        zoo.load(str(name))
    assert caught.value.message
    assert caught.value.hint
    assert str(name) not in zoo._loaded
    assert not zoo._locks
    return caught.value


def test_the_default_model(model: Model) -> None:
    dims = model.dims
    assert (dims.n_layers, dims.n_heads, dims.n_kv_heads, dims.d_head) == (30, 9, 3, 64)
    assert (dims.d_model, dims.d_mlp) == (576, 1536)
    assert (dims.d_vocab, dims.n_ctx, dims.parameters) == (49152, 8192, 134_515_008)
    assert dims.parameters == model.card.parameters
    assert dims.eps == pytest.approx(1e-5)
    assert model.card.chat == model.vocabulary.has_chat
    assert model.hf.config._attn_implementation == "eager"
    assert not model.hf.training
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in model.hf.parameters())


def test_known_answer(model: Model) -> None:
    ids = torch.tensor([model.vocabulary.encode("The capital of France is")])
    with torch.inference_mode():
        probabilities = model.bridge(ids)[0, -1].softmax(-1)
    best = int(probabilities.argmax())
    assert model.vocabulary.bytes(best) == b" Paris"
    assert float(probabilities[best]) == pytest.approx(0.7725, abs=5e-4)


def test_a_folder_is_loaded_without_any_network(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> Any:
        raise AssertionError("a local load went to the network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    loaded = zoo.load(str(tiny))
    ids = torch.tensor([loaded.vocabulary.encode("hello")])
    with torch.inference_mode():
        assert torch.allclose(loaded.bridge(ids), loaded.hf(ids).logits, atol=1e-5)
    assert loaded.card.title == "tiny-llama"
    assert loaded.card.architecture == "LlamaForCausalLM"
    assert loaded.dims.n_kv_heads == 2


def test_equal_requests_share_one_load(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    original = loading.load_model

    def counted(name: str, *rest: Any) -> Model:
        calls.append(name)
        return original(name, *rest)

    monkeypatch.setattr(loading, "load_model", counted)
    found: list[Model] = []
    threads = [threading.Thread(target=lambda: found.append(zoo.load(str(tiny)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert len(found) == 6
    assert len({id(each) for each in found}) == 1


def test_only_a_few_models_stay_in_memory(tiny_original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    monkeypatch.setenv("EXPLORER_MAX_LOADED", "2")
    names = [str(shutil.copytree(tiny_original, tmp_path / each)) for each in "abc"]
    first, second = zoo.load(names[0]), zoo.load(names[1])
    assert zoo.load(names[0]) is first
    zoo.load(names[2])
    assert [name for name, _ in zoo._loaded] == [names[0], names[2]]
    assert zoo.loaded(second.name) is None


@pytest.mark.parametrize(
    "name", ["smollm2", "no such model", "", "..", "a/../b", "/no/folder", "x.gguf", "\x00", "z" * 9999]
)
def test_unknown_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExplorerError) as caught:
        zoo.load(name)
    assert caught.value.hint
    assert len(caught.value.message) < 300


def test_a_near_miss_is_suggested() -> None:
    assert "smollm2-135m" in refused(UnknownModelError, "smollm2-135").hint


def test_a_hub_name_without_a_hub_says_so_at_once() -> None:
    error = refused(SourceMissingError, "owner/repository")
    assert "HF_HUB_OFFLINE" in error.message


def test_a_cut_file(tiny: Path) -> None:
    weights = tiny / "model.safetensors"
    size = weights.stat().st_size
    with weights.open("r+b") as stream:
        stream.truncate(size - 1000)
    assert f"{size:,}" in refused(WeightsDamagedError, tiny).message


@pytest.mark.parametrize("content", [b"", b"1234", b"\xff" * 64, b"\x10" + b"\0" * 7 + b"no json at all!!"])
def test_a_file_that_is_no_safetensors(tiny: Path, content: bytes) -> None:
    (tiny / "model.safetensors").write_bytes(content)
    refused(WeightsDamagedError, tiny)


def test_weights_of_another_model(tiny: Path) -> None:
    edit_config(tiny, num_hidden_layers=3)
    assert "layers.2" in refused(WeightsDamagedError, tiny).message


def test_weights_of_another_width(tiny: Path) -> None:
    edit_config(tiny, intermediate_size=64)
    refused(ExplorerError, tiny)


def test_a_missing_shard(tiny: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (tiny / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "model-2.safetensors" in refused(WeightsDamagedError, tiny).message


def test_pickles_are_not_opened(tiny: Path) -> None:
    import pickle

    (tiny / "model.safetensors").unlink()
    (tiny / "pytorch_model.bin").write_bytes(pickle.dumps({"any": "thing"}))
    assert "pickle" in refused(WeightsDamagedError, tiny).message


def test_code_that_comes_with_weights_is_not_run(tiny: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (tiny / "modeling_evil.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Evil: ...\n")
    code = {"AutoConfig": "modeling_evil.Evil", "AutoModelForCausalLM": "modeling_evil.Evil"}
    edit_config(tiny, model_type="evil", auto_map=code)
    assert "auto_map" in refused(UnsupportedModelError, tiny).message
    # An architecture that transformers has itself is loaded by transformers' own code.
    edit_config(tiny, model_type="llama")
    assert zoo.load(str(tiny)).dims.n_layers == 2
    assert not ran.exists()


@pytest.mark.parametrize(
    ("model_type", "architecture"),
    [
        ("t5", "T5ForConditionalGeneration"),
        ("bert", "BertForMaskedLM"),
        ("vit", "ViTForImageClassification"),
        ("no", "No"),
    ],
)
def test_an_architecture_that_the_bridge_cannot_take(tiny: Path, model_type: str, architecture: str) -> None:
    edit_config(tiny, model_type=model_type, architectures=[architecture])
    refused(UnsupportedModelError, tiny)


def test_no_config(tiny: Path) -> None:
    (tiny / "config.json").unlink()
    assert "config.json" in refused(WeightsDamagedError, tiny).message


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_config_that_is_none(tiny: Path, text: str) -> None:
    (tiny / "config.json").write_text(text)
    refused(WeightsDamagedError, tiny)


def test_no_tokenizer(tiny: Path) -> None:
    for path in tiny.glob("*token*"):
        path.unlink()
    refused(ExplorerError, tiny)


@pytest.mark.parametrize(
    "text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "{", "[]", "\0"]
)
def test_a_tokenizer_that_is_none(tiny: Path, text: str) -> None:
    (tiny / "tokenizer.json").write_text(text)
    refused(ExplorerError, tiny)


@pytest.mark.parametrize("dropout", [0.1, 1.0])
def test_a_tokenizer_that_drops_merges_at_random(tiny: Path, dropout: float) -> None:
    """Its ids differ each time; the explorer's own reader refuses it likewise."""
    path = tiny / "tokenizer.json"
    whole = json.loads(path.read_text())
    whole["model"]["dropout"] = dropout
    path.write_text(json.dumps(whole))
    assert f"drops merges at random (dropout {dropout:g})" in refused(UnsupportedModelError, tiny).message


def test_a_gguf_that_is_none(tmp_path: Path, empty_cache: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"PK\x03\x04 not one")
    assert "GGUF" in refused(WeightsDamagedError, path).message
    path.write_bytes(b"GGUF\x03\0\0\0" + b"\x05" + b"\0" * 40)
    refused(WeightsDamagedError, path)


def test_opt_in_is_never_fetched_by_the_way(empty_cache: Path) -> None:
    error = refused(SourceMissingError, "gemma3-270m")
    assert "Gemma" in error.message
    assert "fetch gemma3-270m" in error.hint
