"""Families and settings that a written file must carry: read back as the same model with the same ids, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.errors import UnsupportedModelError
from explorer.stack.systems.quantization.mix import MIXES
from explorer.zoo.gguf_tokenizer import split_name
from explorer.zoo.gguf_writer import write
from tests.zoo.brought_models import brought

pytestmark = pytest.mark.usefixtures("empty_cache")
GEMMA = {"head_dim": 16, "query_pre_attn_scalar": 16}
TEXTS = ("ab cd", "  a b", "Hello, world 12345", "don't", "é ü\n\n x", "cafe\u0301", "ab<eos>ab")
NFC = {"type": "NFC"}


@pytest.mark.parametrize(("kind", "settings"), [
    ("Llama", {"attention_bias": True}),
    ("Llama", {"mlp_bias": True, "num_key_value_heads": 1}),
    ("Llama", {"attention_bias": True, "mlp_bias": True}),
    ("Qwen3", {"head_dim": 16}),
    ("Gemma3", GEMMA),
    ("Olmoe", {"num_experts": 4, "num_key_value_heads": 4}),
])  # fmt: skip
def test_a_family_reads_back(kind: str, settings: dict[str, Any], tmp_path: Path) -> None:
    model = brought(kind, tmp_path / "brought", **settings)
    again = zoo.load(str(write(model, MIXES["f32"], tmp_path / "m.gguf").path))
    ids = torch.arange(40)[None]
    torch.testing.assert_close(again.hf(ids).logits, model.hf(ids).logits)
    for text in TEXTS:
        assert again.vocabulary.encode(text) == model.vocabulary.encode(text), text


@pytest.mark.parametrize(("kind", "settings", "said"), [
    ("Qwen3", {"attention_bias": True}, "biases in its matrices, and its qwen3"),
    ("Gemma3", GEMMA | {"attention_bias": True}, "biases in its matrices, and its gemma3"),
    ("Gemma3", GEMMA | {"query_pre_attn_scalar": 64}, "scores divided by the root of 64"),
    ("Gemma3", GEMMA | {"final_logit_softcapping": 30.0}, "soft caps"),
    ("Gemma3", GEMMA | {"layer_types": ["full_attention", "sliding_attention"]}, "other blocks that look"),
    ("Olmoe", {"num_experts": 4, "num_key_value_heads": 4, "attention_bias": True}, "biases in its matrices"),
    ("Llama", {"hidden_act": "gelu"}, "the nonlinearity gelu"),
    ("Qwen3Moe", {"num_experts": 4, "norm_topk_prob": True, "mlp_only_layers": [0]}, "dense blocks"),
])  # fmt: skip
def test_what_llama_cpp_would_not_open_or_compute_otherwise(
    kind: str, settings: dict[str, Any], said: str, tmp_path: Path
) -> None:
    model = brought(kind, tmp_path / "brought", **settings)
    with pytest.raises(UnsupportedModelError, match=said):
        write(model, MIXES["q8_0"], tmp_path / "m.gguf")
    assert not (tmp_path / "m.gguf").exists()


def test_a_normalization_that_a_file_cannot_say() -> None:
    from explorer.stack.tokenization.patterns import QWEN_2

    plain = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    split = {"type": "Split", "pattern": {"Regex": QWEN_2}, "behavior": "Isolated", "invert": False}
    qwen = {"type": "Sequence", "pretokenizers": [split, plain | {"use_regex": False}]}
    named = [split_name(cut, how) for cut in (plain, qwen) for how in (None, NFC)]
    assert named == ["gpt-2", "olmo", "stablelm2", "qwen2"]
    with pytest.raises(UnsupportedModelError, match="Lowercase"):
        split_name(plain, {"type": "Lowercase"})


def test_a_split_of_digits_and_composed_accents_has_no_name() -> None:
    digits = {"type": "Digits", "individual_digits": True}
    plain = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    with pytest.raises(UnsupportedModelError, match="no name"):
        split_name({"type": "Sequence", "pretokenizers": [digits, plain]}, NFC)
