"""Adapters of files: merged as peft merges them, and refused where they are something else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import explorer
from explorer import zoo
from explorer.errors import ExplorerError, UnknownModelError, UnsupportedModelError, WeightsDamagedError
from explorer.fetching import cache
from explorer.zoo.card import shelf
from explorer.zoo.stamp import stamp

BASE = "six-kinds-dense"
NAME = f"adapter:{BASE}+tuned"
ROLES = {"self_attn.q_proj": (192, 192), "self_attn.v_proj": (192, 96), "mlp.down_proj": (768, 192)}
R = 3


@pytest.fixture
def adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An adapter of the shelf's dense model in peft's format."""
    monkeypatch.setenv("EXPLORER_ADAPTERS", str(tmp_path))
    zoo.forget(NAME)
    folder, generator = tmp_path / "tuned", torch.Generator().manual_seed(0)
    folder.mkdir()
    weights = {}
    for layer in (0, 2, 5):
        for role, (d_in, d_out) in ROLES.items():
            key = f"base_model.model.model.layers.{layer}.{role}.lora_"
            weights[f"{key}A.weight"] = 0.05 * torch.randn(R, d_in, generator=generator)
            weights[f"{key}B.weight"] = 0.05 * torch.randn(d_out, R, generator=generator)
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    configured(folder)
    return folder


def configured(folder: Path, **changes: Any) -> None:
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": R, "lora_alpha": 12, "bias": "none", "use_dora": False,
        "target_modules": [role.split(".")[1] for role in ROLES], "layers_to_transform": [0, 2, 5],
        "base_model_name_or_path": BASE, **changes,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config))


def beside(folder: Path, ids: torch.Tensor, scale: float) -> torch.Tensor:
    """The base's logits with the adapter beside its layers: transformers' own model, two narrow products a layer."""
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    hf: Any = AutoModelForCausalLM.from_pretrained(shelf()[BASE].folder, dtype=torch.float32)
    weights = load_file(folder / "adapter_model.safetensors")
    for key in [each for each in weights if each.endswith("lora_A.weight")]:
        A, B = weights[key], weights[key.replace("lora_A", "lora_B")]
        layer = hf.get_submodule(key.removeprefix("base_model.model.").removesuffix(".lora_A.weight"))
        layer.register_forward_hook(lambda _m, given, made, A=A, B=B: made + scale * ((given[0] @ A.T) @ B.T))
    with torch.inference_mode():
        return hf(ids[None]).logits[0]


@pytest.mark.parametrize(("stabilised", "scale"), [(False, 4.0), (True, 12 / 3**0.5)])
def test_a_merged_adapter_computes_what_one_beside_the_layers_computes(
    adapter: Path, stabilised: bool, scale: float
) -> None:
    configured(adapter, use_rslora=stabilised)
    before = cache.sha256_of(shelf()[BASE].folder / "model.safetensors")  # pyright: ignore[reportOptionalOperand]
    model = zoo.load(NAME)
    trace = explorer.trace(model, "It was a dark and stormy night")
    assert float((trace.logits - beside(adapter, trace.ids, scale)).abs().max()) < 1e-4
    plain = explorer.trace(zoo.load(BASE), "It was a dark and stormy night")
    assert float((trace.logits - plain.logits).abs().max()) > 0.1
    assert float((model.decoder(trace.ids[None])[0] - trace.logits).abs().max()) < 1e-4
    assert "rank 3" in model.card.weights_note
    assert cache.sha256_of(shelf()[BASE].folder / "model.safetensors") == before  # pyright: ignore[reportOptionalOperand]


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
def test_peft_merges_the_same(adapter: Path) -> None:
    peft = pytest.importorskip("peft")
    from transformers import AutoModelForCausalLM

    hf = AutoModelForCausalLM.from_pretrained(shelf()[BASE].folder, dtype=torch.float32)
    theirs = peft.PeftModel.from_pretrained(hf, str(adapter)).merge_and_unload()
    ours = zoo.load(NAME).weights
    apart = max(float((ours[name] - each).abs().max()) for name, each in theirs.state_dict().items())
    assert apart < 1e-6


def test_an_adapter_that_was_replaced_is_opened_anew(adapter: Path) -> None:
    one, was = zoo.load(NAME), stamp(NAME)
    assert zoo.load(NAME) is one
    configured(adapter, lora_alpha=24)
    assert stamp(NAME) != was
    other = zoo.load(NAME)
    assert other is not one
    assert other.verdict.fingerprint != one.verdict.fingerprint


def refused(kind: type[ExplorerError], words: str) -> None:
    with pytest.raises(kind) as caught:
        zoo.load(NAME)
    assert words in str(caught.value)
    assert caught.value.hint
    assert zoo.loaded(NAME) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"peft_type": "OFT"}, "peft_type = OFT"),
        ({"bias": "all"}, "bias = all"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"rank_pattern": {"q_proj": 9}}, "rank_pattern"),
        ({"fan_in_fan_out": True}, "fan_in_fan_out"),
        ({"init_lora_weights": "pissa"}, "init_lora_weights = pissa"),
        ({"a_setting_of_tomorrow": 3}, "a_setting_of_tomorrow = 3"),
        ({"peft_type": None}, "peft_type = None"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_setting(adapter: Path, changes: dict[str, Any], words: str) -> None:
    configured(adapter, **changes)
    refused(UnsupportedModelError, words)


@pytest.mark.parametrize("changes", [{"r": 0}, {"r": "3"}, {"r": True}, {"lora_alpha": None}])
def test_a_rank_that_makes_no_sense_is_refused(adapter: Path, changes: dict[str, Any]) -> None:
    configured(adapter, **changes)
    refused(WeightsDamagedError, "rank r and lora_alpha")


def test_a_file_that_was_cut_is_refused(adapter: Path) -> None:
    path = adapter / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    refused(WeightsDamagedError, "damaged")


def test_an_adapter_of_another_model_is_refused(adapter: Path) -> None:
    key = "base_model.model.model.layers.0.self_attn.q_proj.lora_"
    weights = {f"{key}A.weight": torch.zeros(R, 64), f"{key}B.weight": torch.zeros(192, R)}
    save_file(weights, adapter / "adapter_model.safetensors")
    refused(UnsupportedModelError, "not of this model")
    nowhere = {f"base_model.model.nowhere.lora_{part}.weight": torch.zeros(R, R) for part in "AB"}
    save_file(nowhere, adapter / "adapter_model.safetensors")
    refused(UnsupportedModelError, "no linear layer")


def test_a_tensor_that_is_left_over_or_alone_is_refused(adapter: Path) -> None:
    save_file({"base_model.model.lm_head.weight": torch.zeros(2, 2)}, adapter / "adapter_model.safetensors")
    refused(UnsupportedModelError, "no LoRA matrix")
    save_file({"base_model.model.x.lora_A.weight": torch.zeros(2, 2)}, adapter / "adapter_model.safetensors")
    refused(WeightsDamagedError, "one of two matrices")


def test_pickles_and_missing_adapters_are_refused(adapter: Path) -> None:
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    refused(WeightsDamagedError, "adapter_model.safetensors")
    shutil.rmtree(adapter)
    refused(UnknownModelError, "Adapters here: json, number-words")
