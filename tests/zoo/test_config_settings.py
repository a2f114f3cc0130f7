"""What is wrong with a brought model's config or weights is said by its name, never in words that name nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.errors import ExplorerError, UnsupportedModelError, WeightsDamagedError
from explorer.zoo.config_settings import suspects, why
from explorer.zoo.loading import open_folder
from tests.tracing.tiny_configs import tiny

pytestmark = pytest.mark.usefixtures("empty_cache")
#: (architecture, setting, value, what the refusal says of it): each ended in words that named no setting once.
SETTINGS: list[tuple[str, str, Any, str]] = [
    (
        "llama",
        "head_dim",
        3,
        "12 tensors of another shape than its config asks for, such as model.layers.0.self_attn.k_proj.weight: 16 × 32",
    ),
    ("llama", "head_dim", -1, "head_dim = -1"),
    ("llama", "head_dim", 0, "head_dim = 0"),
    ("llama", "num_attention_heads", 0, "num_attention_heads = 0"),
    ("llama", "num_key_value_heads", 0, "num_key_value_heads = 0"),
    ("llama", "vocab_size", 0, "vocab_size = 0"),
    ("llama", "vocab_size", 100, "lm_head.weight"),
    ("llama", "hidden_act", "x", 'hidden_act = "x"'),
    ("llama", "hidden_act", 5, "hidden_act = 5; a text is needed"),
    ("llama", "rope_parameters", [1], "rope_parameters = [1]"),
    ("llama", "use_cache", "x", 'use_cache = "x"; true or false is needed'),
    ("llama", "hidden_size", 30, "30"),
    ("gpt2", "n_embd", -1, "n_embd = -1"),
    ("gpt2", "n_inner", 7, "c_fc"),
    ("mixtral", "num_experts_per_tok", 99, "num_experts_per_tok = 99, of num_local_experts = 4"),
    ("mixtral", "num_experts_per_tok", -1, "num_experts_per_tok = -1"),
    ("mixtral", "intermediate_size", 7, "experts"),
    ("mixtral", "sliding_window", -1, "sliding_window = -1"),
    ("deepseek_v3", "kv_lora_rank", -1, "kv_lora_rank = -1"),
    ("deepseek_v3", "v_head_dim", None, "v_head_dim = null"),
    ("deepseek_v3", "first_k_dense_replace", None, "first_k_dense_replace = null"),
    ("deepseek_v3", "num_key_value_heads", -1, "num_key_value_heads = -1"),
    ("gemma2", "num_hidden_layers", 0, "num_hidden_layers = 0"),
]
SAY_NOTHING = ("above report", "AssertionError: .", "has no attribute", "KeyError: 'x'.", "StrictDataclass")


@pytest.mark.parametrize(("kind", "key", "value", "said"), SETTINGS)
def test_a_refusal_names_the_setting_or_the_tensor(
    folder_of: Callable[[Any], Path], d_vocab: int, kind: str, key: str, value: Any, said: str
) -> None:
    folder = folder_of(tiny(kind, d_vocab))
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ExplorerError) as refused:
        open_folder(str(folder), None, folder)
    assert said in refused.value.message
    assert refused.value.hint
    assert not any(words in refused.value.message for words in SAY_NOTHING)


def changed(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> Path:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.uint8, torch.bool])
@pytest.mark.parametrize("name", ["model.embed_tokens.weight", "model.norm.weight"])
def test_weights_that_are_whole_numbers_are_refused(
    folder_of: Callable[[Any], Path], d_vocab: int, dtype: torch.dtype, name: str
) -> None:
    folder = folder_of(tiny("llama", d_vocab))
    changed(folder, lambda t: t.update({name: (t[name] * 100).to(dtype)}))
    with pytest.raises(WeightsDamagedError, match=f"The tensor {name} of .* is of the type"):
        open_folder(str(folder), None, folder)


def test_experts_of_different_shapes_are_named(folder_of: Callable[[Any], Path], d_vocab: int) -> None:
    folder = folder_of(tiny("mixtral", d_vocab))
    [name, *_] = [key for key in load_file(folder / "model.safetensors") if "experts" in key]
    changed(folder, lambda t: t.update({name: t[name][..., :-1].contiguous()}))
    with pytest.raises(WeightsDamagedError, match="experts") as refused:
        open_folder(str(folder), None, folder)
    assert "above report" not in refused.value.message


def test_a_tensor_that_is_missing_is_named(folder_of: Callable[[Any], Path], d_vocab: int) -> None:
    folder = changed(folder_of(tiny("llama", d_vocab)), lambda t: (t.pop("model.norm.weight"), None)[1])
    with pytest.raises(
        WeightsDamagedError, match=r"has a tensor missing that its config asks for, such as model\.norm\.weight"
    ):
        open_folder(str(folder), None, folder)


def test_an_error_without_a_text_says_where() -> None:
    config = {"model_type": "llama", "rope_theta": "x", "hidden_size": 32, "rms_norm_eps": None}
    with pytest.raises(AssertionError) as caught:
        assert len(config) > 99
    caught.value.args = ()
    told = why(caught.value, config)
    assert told.startswith("AssertionError at “assert len(config) > 99”")
    assert "rms_norm_eps = null" in told
    assert suspects({"model_type": "llama", "hidden_size": 32}) == ""


def test_transformers_own_failure_names_what_is_unusual(folder_of: Callable[[Any], Path], d_vocab: int) -> None:
    folder = folder_of(tiny("gemma3_text", d_vocab))
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sliding_window": None}))
    with pytest.raises(UnsupportedModelError, match=r"transformers itself cannot run this model: .*sliding_window"):
        open_folder(str(folder), None, folder)
