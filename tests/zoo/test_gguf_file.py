"""A GGUF file's computation arrives whole in the converted folder, or the file is refused by name.

The yardstick is transformers' own Llama, made directly with the settings that the file says.
"""

from __future__ import annotations

import contextlib
import gc
import math
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.errors import ExplorerError, StorageError, UnsupportedModelError, WeightsDamagedError
from explorer.zoo.gguf_file import convert
from explorer.zoo.gguf_rope import llama_3_divisors

IDS = torch.arange(0, 250, 1)[None] % 97


def converted(path: Path, tmp_path: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(convert(path, "0" * 64, tmp_path / "made")).eval()


def refusal(path: Path, tmp_path: Path, kind: type[ExplorerError] = UnsupportedModelError) -> str:
    with pytest.raises(kind) as caught:
        convert(path, "0" * 64, tmp_path / "made")
    assert caught.value.hint
    assert not (tmp_path / "made").exists()
    return caught.value.message


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return model(IDS).logits


DEFAULT = {"rope_type": "default", "rope_theta": 10_000.0}
HALVED = {"rope_type": "linear", "rope_theta": 10_000.0, "factor": 2.0}
YARN = {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, "original_max_position_embeddings": 64}
LLAMA_3 = {
    "rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}  # fmt: skip
SCALED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "none": ({}, DEFAULT),
    "another base": ({"rope.freq_base": 500_000.0}, {"rope_type": "default", "rope_theta": 500_000.0}),
    "no base": ({"rope.freq_base": None}, DEFAULT),
    "linear": (
        {"rope.scaling.type": "linear", "rope.scaling.factor": 4.0},
        {"rope_type": "linear", "rope_theta": 10_000.0, "factor": 4.0},
    ),
    "a factor without a type": ({"rope.scaling.factor": 2.0}, HALVED),
    "linear, the older name": ({"rope.scale_linear": 2.0}, HALVED),
    "type none": ({"rope.scaling.type": "none", "rope.scaling.factor": 4.0}, DEFAULT),
    "YaRN": (
        {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 64,
         "rope.scaling.finetuned": True},
        YARN,
    ),
    "YaRN with everything": (
        {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 64,
         "rope.scaling.attn_factor": 1.5, "rope.scaling.yarn_beta_fast": 16.0, "rope.scaling.yarn_beta_slow": 2.0,
         "rope.scaling.yarn_ext_factor": 1.0, "rope.scaling.yarn_attn_factor": 1.0},
        {**YARN, "attention_factor": 1.5 * (1 + 0.1 * math.log(4)), "beta_fast": 16.0, "beta_slow": 2.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "parameters"), SCALED.values(), ids=SCALED)
def test_rope_scaling(
    said: dict[str, Any],
    parameters: dict[str, Any],
    tmp_path: Path,
    empty_cache: Path,
    plain_llama: Any,
    gguf_llama: Any,
) -> None:
    theirs = plain_llama(rope_parameters=parameters)
    found = converted(gguf_llama(tmp_path / "m.gguf", theirs, said), tmp_path)
    assert found.config.rope_parameters["rope_type"] == parameters["rope_type"]
    assert (logits(found) - logits(theirs)).abs().max() < 1e-4
    if parameters["rope_type"] != "default":
        plain = plain_llama(rope_parameters=DEFAULT)
        assert (logits(found) - logits(plain)).abs().max() > 0.1, "the scaling makes no difference here"


def test_yarn_turns_as_ggmls_rope_does(tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any) -> None:
    """ggml's own formula (rope_yarn in ggml-cpu/ops.cpp), written out here: angle and length of each pair."""
    said, _ = SCALED["YaRN with everything"]
    model = converted(gguf_llama(tmp_path / "m.gguf", plain_llama(), said), tmp_path)
    n_dims, base, factor, original = 16, 10_000.0, 4.0, 64

    def dimension(rotations: float) -> float:
        return n_dims * math.log(original / (rotations * 2 * math.pi)) / (2 * math.log(base))

    low, high = max(0, math.floor(dimension(16.0))), min(n_dims - 1, math.ceil(dimension(2.0)))
    for pair in range(n_dims // 2):
        extrapolated = base ** (-2 * pair / n_dims)
        mix = 1 - min(1.0, max(0.0, (pair - low) / max(0.001, high - low)))
        expected = extrapolated / factor * (1 - mix) + extrapolated * mix
        assert float(model.model.rotary_emb.inv_freq[pair]) == pytest.approx(expected, rel=1e-5)
    assert model.model.rotary_emb.attention_scaling == pytest.approx(1.5 * (1 + 0.1 * math.log(factor)))


def test_the_divisors_are_what_transformers_divides_by(plain_llama: Any) -> None:
    theirs = plain_llama(rope_parameters=LLAMA_3).model.rotary_emb.inv_freq.double().numpy()
    plain = 500_000.0 ** -(np.arange(0, 16, 2) / 16)
    assert plain / theirs == pytest.approx(llama_3_divisors(500_000.0, 16, LLAMA_3), rel=1e-5)


@pytest.mark.parametrize("factor", [8.0, 32.0, 5.0])
def test_frequencies_as_llama_cpp_stores_those_of_llama_3(
    factor: float, tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    parameters = {**LLAMA_3, "factor": factor}
    theirs = plain_llama(rope_parameters=parameters)
    stored = llama_3_divisors(500_000.0, 16, parameters).astype(np.float32)
    path = gguf_llama(tmp_path / "m.gguf", theirs, {"rope.freq_base": 500_000.0}, {"rope_freqs.weight": stored})
    found = converted(path, tmp_path)
    assert {key: found.config.rope_parameters[key] for key in parameters} == parameters
    assert (logits(found) - logits(theirs)).abs().max() < 1e-4


def test_other_frequencies(tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any) -> None:
    odd = np.linspace(1, 8, 8, dtype=np.float32)
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {}, {"rope_freqs.weight": odd})
    assert "rope_freqs.weight" in refusal(path, tmp_path)
    ones = np.ones(8, np.float32)
    path = gguf_llama(tmp_path / "n.gguf", plain_llama(), {}, {"rope_freqs.weight": ones})
    assert converted(path, tmp_path).config.rope_parameters["rope_type"] == "default"


UNREAD: dict[str, tuple[str, Any]] = {
    "longrope": ("rope.scaling.type", "longrope"),
    "an unknown scaling": ("rope.scaling.type", "new"),
    "attention factor of linear": ("rope.scaling.attn_factor", 1.2),
    "alpha": ("rope.scaling.alpha", 1000.0),
    "log multiplier": ("rope.scaling.yarn_log_multiplier", 0.1),
    "a negative factor": ("rope.scaling.factor", -4.0),
    "partial rotation": ("rope.dimension_count", 8),
    "sections": ("rope.dimension_sections", [4, 4, 0, 0]),
    "a setting to come": ("rope.something_new", 1.0),
    "window": ("attention.sliding_window", 64),
    "soft cap": ("attn_logit_softcapping", 50.0),
    "scale": ("attention.scale", 0.1),
    "clamp": ("attention.clamp_kqv", 8.0),
    "ALiBi": ("attention.max_alibi_bias", 8.0),
    "not causal": ("attention.causal", False),
    "logit scale": ("logit_scale", 0.25),
    "experts": ("expert_count", 8),
    "layers that differ": ("attention.head_count_kv", [1, 2]),
    "values of another length": ("attention.value_length", 8),
    "one of several files": (".split.count", 3),
    "a string for a number": ("rope.scaling.factor", "four"),
}


@pytest.mark.parametrize(("key", "value"), UNREAD.values(), ids=UNREAD)
def test_what_cannot_be_followed_is_refused_by_name(
    key: str, value: Any, tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    # Llama 3.1's head: head_dim 16, stated twice.
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {"attention.key_length": 16, key: value})
    message = refusal(path, tmp_path)
    assert key.lstrip(".") in message or value == "four" or "num_key_value_heads" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [("attention.value_length", 16), ("rope.scaling.finetuned", False), ("expert_count", 0), ("logit_scale", 1.0),
     ("attention.causal", True), ("attention.sliding_window", 0),
     ("tensor_data_layout", "Meta AI original pth"), (".split.count", 1), (".anything.else", 7)],
)  # fmt: skip
def test_what_changes_nothing_is_let_by(
    key: str, value: Any, tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    theirs = plain_llama(rope_parameters=DEFAULT)
    found = converted(gguf_llama(tmp_path / "m.gguf", theirs, {key: value}), tmp_path)
    assert (logits(found) - logits(theirs)).abs().max() < 1e-4


@pytest.mark.parametrize(
    "key",
    [
        "block_count",
        "context_length",
        "embedding_length",
        "attention.head_count",
        "attention.head_count_kv",
        "attention.layer_norm_rms_epsilon",
    ],
)
def test_a_setting_that_is_not_there(
    key: str, tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    message = refusal(gguf_llama(tmp_path / "m.gguf", plain_llama(), {key: None}), tmp_path)
    assert key in message or "epsilon" in message


def test_a_tensor_without_a_place(tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any) -> None:
    bias = {"blk.0.attn_q.bias": np.ones(32, np.float32)}
    assert "blk.0.attn_q.bias" in refusal(gguf_llama(tmp_path / "m.gguf", plain_llama(), {}, bias), tmp_path)


def test_layers_that_are_left_out(tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any) -> None:
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {"block_count": 1})
    assert "blk.1." in refusal(path, tmp_path)


def test_a_place_without_a_tensor(tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any) -> None:
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {}, {"blk.1.ffn_up.weight": None})
    assert "missing" in refusal(path, tmp_path, WeightsDamagedError)


@pytest.mark.parametrize("said", [{"block_count": 10**6}, {"embedding_length": 10**9}, {"context_length": 2**31}])
def test_absurd_sizes(
    said: dict[str, Any], tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    refusal(gguf_llama(tmp_path / "m.gguf", plain_llama(), said), tmp_path, ExplorerError)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads /proc/self/maps")
@pytest.mark.thorough
def test_no_map_of_the_file_stays(tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any) -> None:
    path = gguf_llama(tmp_path / "mapped.gguf", plain_llama())
    convert(path, "0" * 64, tmp_path / "made")
    gc.collect()
    assert "mapped.gguf" not in Path("/proc/self/maps").read_text()


@pytest.mark.thorough
def test_changed_bytes_give_a_model_or_an_error_that_can_be_read(
    tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    import random

    from explorer.zoo.gguf_header import read_header

    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {"rope.scaling.type": "yarn", "rope.scaling.factor": 2.0})
    raw = path.read_bytes()
    vocabulary = raw.index(b"tokenizer.ggml.tokens")
    tensors = raw.index(b"token_embd.weight"), min(tensor.begin for tensor in read_header(path).tensors.values())
    draw = random.Random(0)
    for _ in range(60):
        changed = bytearray(raw)
        first, last = draw.choice([(8, vocabulary), (8, vocabulary), tensors])
        changed[draw.randrange(first, last)] = draw.choice([0, 1, 127, 255])
        path.write_bytes(changed)
        with contextlib.suppress(ExplorerError):
            convert(path, "0" * 64, tmp_path / "made")


def test_gemma_3(tmp_path: Path, empty_cache: Path, gguf_llama: Any) -> None:
    """Two bases, scaling of the layers that see everything only, and norms stored as 1 + weight."""
    from transformers import Gemma3TextConfig

    from explorer.zoo import gguf_config
    from explorer.zoo.gguf_header import Header

    said = {
        "context_length": 1024, "embedding_length": 64, "block_count": 6, "feed_forward_length": 128,
        "attention.head_count": 4, "attention.head_count_kv": 1, "attention.key_length": 32,
        "attention.value_length": 32, "attention.layer_norm_rms_epsilon": 1e-6, "attention.sliding_window": 512,
        "rope.freq_base": 1_000_000.0, "rope.scaling.type": "linear", "rope.scaling.factor": 8.0,
    }  # fmt: skip
    settings = {"general.architecture": "gemma3", **{f"gemma3.{key}": value for key, value in said.items()}}
    config: Any = Gemma3TextConfig(
        hidden_size=64, num_hidden_layers=6, intermediate_size=128, num_attention_heads=4, num_key_value_heads=1,
        head_dim=32, sliding_window=512, max_position_embeddings=1024,
    )  # fmt: skip
    gguf_config.complete(config, Header(tmp_path / "m.gguf", settings, {}))
    assert config.rope_parameters["full_attention"]["rope_type"] == "linear"
    assert config.rope_parameters["full_attention"]["factor"] == 8.0
    assert config.rope_parameters["sliding_attention"]["rope_type"] == "default"
    assert config.query_pre_attn_scalar == 32
    settings["gemma3.attention.sliding_window_pattern"] = 2
    with pytest.raises(UnsupportedModelError, match="sliding_window_pattern"):
        gguf_config.complete(config, Header(tmp_path / "m.gguf", settings, {}))


@pytest.mark.parametrize("seen", [True, False], ids=["before it begins", "while it writes"])
def test_a_disk_that_is_full(
    tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    """The library that writes safetensors has an error of its own for it; and each request converted all anew."""
    from safetensors import SafetensorError
    from transformers import LlamaForCausalLM

    path, made = gguf_llama(tmp_path / "full.gguf", plain_llama()), list[int]()

    def save(*_: Any, **__: Any) -> None:
        made.append(1)
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(LlamaForCausalLM, "save_pretrained", save)
    if seen:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000))
    for _ in range(2):
        with pytest.raises(StorageError, match=r"full: about \d+ MB are needed"):
            convert(path, "0" * 64, tmp_path / "out")
    assert len(made) == (0 if seen else 2), "without room for it, it is not begun"
    assert not list((empty_cache / "staging").iterdir())
