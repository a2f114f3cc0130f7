from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.architectures.published_models import PUBLISHED, UNBUILT
from explorer.stack.inference.serving import model_config
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import (
    FORMATS,
    equal_at,
    kv_bytes,
    largest_batch,
    parameters,
    weight_bytes,
)
from explorer.stack.inference.serving.model_sizes import Sizes
from tests.tiers import spread

BF16 = FORMATS["bf16"]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("GPT-2", 124_439_808),
        ("LLaMA-7B", 6_738_415_616),
        ("Llama-3-8B", 8_030_261_248),
        ("SmolLM2-135M", 134_515_008),
        ("Mixtral-8x7B", 46_702_792_704),
    ],
)
def test_published_counts(name: str, count: int) -> None:
    assert parameters(REAL_MODELS[name]).total == count


def test_a_token_of_mixtral_passes_two_of_eight_experts() -> None:
    assert parameters(REAL_MODELS["Mixtral-8x7B"], active=True).total == 12_879_925_248


@pytest.mark.parametrize(
    ("name", "each"),
    [("LLaMA-7B", 524_288), ("Llama-3-8B", 131_072), ("Llama-2-70B", 327_680), ("GPT-3", 4_718_592)],
)
def test_cache_bytes_of_a_token(name: str, each: int) -> None:
    assert kv_bytes(REAL_MODELS[name], 1, 1, BF16) == each


def test_gpt_3_is_175_billion_and_its_cache_counts_every_head() -> None:
    assert round(parameters(REAL_MODELS["GPT-3"]).total / 1e9) == 175
    assert REAL_MODELS["GPT-3"].n_heads * REAL_MODELS["GPT-3"].d_head == REAL_MODELS["GPT-3"].d_model


def test_transformers_own_defaults_are_these_models() -> None:
    """A second transcription: the defaults of a config class are those of the model that it was written for."""
    import transformers as hf

    defaults: dict[str, Any] = {
        "GPT-2": hf.GPT2Config(), "LLaMA-7B": hf.LlamaConfig(), "Mistral-7B": hf.MistralConfig(),
        "Gemma-7B": hf.GemmaConfig(), "Gemma-2-2B": hf.Gemma2Config(), "gpt-oss-120b": hf.GptOssConfig(),
        "Mixtral-8x7B": hf.MixtralConfig(), "DeepSeek-V3": hf.DeepseekV3Config(),
    }  # fmt: skip
    for name, config in defaults.items():
        assert model_config.from_hf(config) == REAL_MODELS[name], name


def test_released_weights_have_as_many_numbers() -> None:
    known = {name: PUBLISHED[name].exact for name in REAL_MODELS if PUBLISHED[name].exact}
    assert len(known) > 20
    assert {name: parameters(REAL_MODELS[name]).total for name in known} == known


@pytest.mark.parametrize("name", spread([name for name in REAL_MODELS if PUBLISHED[name].kind not in UNBUILT], 8))
def test_count_equals_that_of_transformers_model(name: str) -> None:
    from transformers import AutoModelForCausalLM

    config = PUBLISHED[name].hf()
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(config)
    weights = list(model.parameters())  # tied ones come once
    found = parameters(REAL_MODELS[name])
    assert found.total == sum(w.numel() for w in weights)
    assert model_config.from_hf(config) == REAL_MODELS[name]
    if not REAL_MODELS[name].mlp_bias or not REAL_MODELS[name].n_experts:  # experts' biases are stacked: two axes
        assert sum(part.vectors for part in found.parts().values()) == sum(w.numel() for w in weights if w.ndim == 1)
    if windows := REAL_MODELS[name].windows:
        kinds = getattr(config, "layer_types", None) or ["sliding_attention"] * len(windows)
        assert [w is None for w in windows] == [kind == "full_attention" for kind in kinds]
        assert {w for w in windows if w} == {config.sliding_window}


def test_weight_bytes_are_those_of_the_tensors() -> None:
    small = Sizes(2, 8, 2, 1, 4, 16, 32)
    matrices = 2 * 32 * 8 + 2 * (8 * 8 + 2 * 8 * 4 + 8 * 8 + 3 * 8 * 16)
    vectors = 2 * 2 * 8 + 8
    assert weight_bytes(small, FORMATS["fp32"]) == 4 * (matrices + vectors)
    assert weight_bytes(small, BF16) == 2 * (matrices + vectors)
    # 34 bytes hold 32 numbers of Q8_0, 18 bytes 32 of Q4_0; the vectors stay in 16 bits.
    assert weight_bytes(small, FORMATS["int8"]) == matrices / 32 * 34 + 2 * vectors
    assert weight_bytes(small, FORMATS["int4"]) == matrices / 32 * 18 + 2 * vectors


def test_the_formats_are_those_of_gguf() -> None:
    import gguf

    for name, kind in (("int8", gguf.GGMLQuantizationType.Q8_0), ("int4", gguf.GGMLQuantizationType.Q4_0)):
        numbers, size = gguf.GGML_QUANT_SIZES[kind]
        assert FORMATS[name].bytes_each == size / numbers


def test_a_window_stops_the_cache_from_growing() -> None:
    mistral, gemma = REAL_MODELS["Mistral-7B"], REAL_MODELS["Gemma-3-270M"]
    assert kv_bytes(mistral, 1, 4096, BF16) == kv_bytes(mistral, 1, 100_000, BF16)
    # 3 of 18 layers look at everything
    grown = kv_bytes(gemma, 1, 2048, BF16) - kv_bytes(gemma, 1, 1024, BF16)
    assert grown == 2 * 3 * 1 * 256 * 1024 * 2


def test_the_cache_of_llama_70b_at_batch_32_is_a_third_of_its_weights() -> None:
    """The reference says that its 42.9 GB often exceed the weights; the weights are 138 GB."""
    llama = REAL_MODELS["Llama-2-70B"]
    cache, weights = kv_bytes(llama, 32, 4096, BF16), weight_bytes(llama, BF16)
    assert round(cache / 1e9, 1) == 42.9
    assert cache / weights == pytest.approx(0.3113, abs=1e-4)
    assert kv_bytes(llama, 102, 4096, BF16) < weights < kv_bytes(llama, 103, 4096, BF16)
    assert equal_at(llama, BF16, BF16) == pytest.approx(102.784 * 4096, rel=1e-4)


def test_sizes_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="evenly"):
        Sizes(2, 8, 3, 2, 4, 16, 32)
    with pytest.raises(ValueError, match="at least 1"):
        Sizes(0, 8, 2, 2, 4, 16, 32)
    with pytest.raises(ValueError, match="windows"):
        Sizes(2, 8, 2, 2, 4, 16, 32, windows=(4,))


def test_sizes_of_a_decoder_config() -> None:
    config: Any = SimpleNamespace(
        n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=16, d_vocab=32, n_ctx=64, norm="layer",
        placement="sandwich", qk_norm=True, positions="learned", gated=False, attention_bias=True, output_bias=False,
        mlp_bias=True, tied=True, windows=(None, 16), n_experts=0, k=0, n_shared=0,
    )  # fmt: skip
    found = Sizes.of(config)
    assert (found.learned_positions, found.norms_per_block, found.windows) == (64, 4, (None, 16))
    assert (found.qkv_bias, found.output_bias) == (True, False)
    assert found.window_groups() == [(1, None), (1, 16)]


@given(
    layers=st.integers(1, 4),
    groups=st.integers(1, 4),
    kv_heads=st.integers(1, 4),
    batch=st.integers(1, 9),
    length=st.integers(1, 300),
    memory=st.integers(0, 10**7),
    name=st.sampled_from(list(FORMATS)),
)
def test_what_is_said_to_fit_fits(
    layers: int, groups: int, kv_heads: int, batch: int, length: int, memory: int, name: str
) -> None:
    sizes = Sizes(layers, 8, groups * kv_heads, kv_heads, 4, 16, 32)
    number = FORMATS[name]
    assert kv_bytes(sizes, batch, length, number) == pytest.approx(
        batch * kv_bytes(sizes, 1, length, number), abs=batch
    )
    fits = largest_batch(sizes, length, float(memory), number, number)
    assert fits == 0 or weight_bytes(sizes, number) + kv_bytes(sizes, fits, length, number) <= memory + 1
    assert weight_bytes(sizes, number) + kv_bytes(sizes, fits + 1, length, number) > memory - 1


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("mistral", "sliding_window", -5),
        ("gemma3_text", "sliding_window", "4096"),
        ("gemma3_text", "sliding_window_pattern", -1),
        ("deepseek_v3", "kv_lora_rank", -4),
        ("deepseek_v3", "q_lora_rank", 0),
        ("deepseek_v2", "v_head_dim", -8),
        ("deepseek_v2", "qk_nope_head_dim", True),
        ("deepseek_v3", "n_shared_experts", -1),
        ("deepseek_v3", "first_k_dense_replace", 99),
        ("deepseek_v3", "first_k_dense_replace", -2),
        ("mixtral", "num_experts_per_tok", 99),
        ("mixtral", "num_experts_per_tok", 0),
        ("mixtral", "num_local_experts", 0),
        ("qwen3_moe", "num_experts_per_tok", 129),
        ("gpt2", "n_inner", -4),
        ("gpt2", "n_positions", -1024),
        ("llama", "num_attention_heads", 0),
    ],
)
def test_a_size_that_cannot_be_is_refused_by_name(kind: str, field: str, value: Any) -> None:
    with pytest.raises(BadRequestError, match=field):
        model_config.read(json.dumps({"model_type": kind, field: value}))
