"""A setting that the decoder does not understand refuses the model by its name."""

from __future__ import annotations

from typing import Any

import pytest
import transformers as hf

from explorer.errors import NotApplicableError
from explorer.stack.transformer import weights
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.config_fields import FIELDS, check_fields
from explorer.stack.transformer.decoder import Decoder

DEFAULTS = [
    hf.LlamaConfig, hf.MistralConfig, hf.MixtralConfig, hf.Qwen2Config, hf.Qwen3Config, hf.GemmaConfig,
    hf.Gemma2Config, hf.Gemma3TextConfig, hf.GPT2Config,
]  # fmt: skip


@pytest.mark.parametrize("kind", DEFAULTS)
def test_every_default_is_understood(kind: Any) -> None:
    check_fields(kind())
    assert kind().model_type in FIELDS


@pytest.mark.parametrize("kind", DEFAULTS)
@pytest.mark.parametrize("value", [True, 0.5, "on", [1], {"a": 1}])
def test_an_unknown_setting_that_is_on_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(NotApplicableError, match="some_new_setting"):
        DecoderConfig.from_hf(kind(some_new_setting=value))


@pytest.mark.parametrize("value", [None, False, 0, "", []])
def test_an_unknown_setting_that_is_off_changes_nothing(value: Any) -> None:
    llama: Any = hf.LlamaConfig
    assert DecoderConfig.from_hf(llama(some_new_setting=value)) == DecoderConfig.from_hf(llama())


def test_what_the_field_adds_to_known_models_is_inert() -> None:
    """SmolLM2's and others' own config.json, as they are published."""
    published = {"is_llama_config": True, "rope_interleaved": False, "transformers.js_config": {"dtype": "q4"}}
    check_fields(hf.LlamaConfig(pretraining_tp=1, **published))


def test_unknown_kinds_of_layers_are_refused() -> None:
    config = hf.Qwen2Config(num_hidden_layers=2, layer_types=["full_attention", "full_attention"])
    config.layer_types = ["full_attention", "chunked_attention"]
    with pytest.raises(NotApplicableError, match="chunked_attention"):
        check_fields(config)


def test_a_weight_that_has_no_place_is_refused() -> None:
    config = hf.LlamaConfig(
        vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2
    )
    model = hf.LlamaForCausalLM(config)
    state = dict(model.state_dict())
    made = DecoderConfig.from_hf(config)
    assert weights.from_hf(made, state).keys() == Decoder(made).state_dict().keys()
    state["model.layers.0.self_attn.sinks"] = state["model.norm.weight"]
    with pytest.raises(NotApplicableError, match=r"no place for the weight “model.layers.0.self_attn.sinks”"):
        weights.from_hf(made, state)
