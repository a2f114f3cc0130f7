"""What a card holds, by hand, against transformers' own plan of tensor parallelism, and what is said to fit."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.inference.serving.cards import CARDS, Card
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.model_config import from_hf
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.inference.serving.serving_fit import (
    OVERHEAD,
    Serving,
    fits,
    kv_heads,
    mean_read,
    most_users,
    pace,
    per_card,
)
from explorer.stack.inference.serving.serving_remedies import remedies
from explorer.stack.inference.serving.weight_schemes import SCHEMES, format_bits, stored
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.memory_table import packed_bits

CARD = Card("c", "c", 1e6, 1e6, 1e9)
TINY = Sizes(2, 8, 4, 2, 2, 16, 32)


def _serving(sizes: Sizes = TINY, scheme: str = "bf16", users: int = 1, length: int = 4, cards: int = 1) -> Serving:
    return Serving(sizes, scheme, 2.0, users, length, cards, CARD)


def test_a_card_by_hand() -> None:
    """4 query and 2 key/value heads of width 2 on 4 cards: a query head and one of 2 key/value heads each."""
    need = per_card(_serving(cards=4, users=3, length=5))
    block = 8 * 2 + 2 * (8 * 2) + 2 * 8 + 3 * 8 * 4  # W_Q, W_K and W_V, W_O, a quarter of 16 features three times
    norms = 2 * (2 * 8) + 8
    assert need.weights == 2 * (2 * block + norms + 2 * 8 * 32 / 4)
    assert need.copied == 2 * norms
    assert need.cache == 3 * 5 * 2 * (2 * 1 * 2) * 2
    assert need.activations == 2 * 15 * (2 * 8 + 3 * 16 / 4) + 4 * 3 * 32 / 4
    assert need.total == need.weights + need.cache + need.activations + OVERHEAD


@pytest.mark.parametrize(("cards", "heads"), [(1, 8), (2, 4), (3, 3), (8, 1), (16, 1)])
def test_key_value_heads_are_repeated_where_there_are_more_cards(cards: int, heads: int) -> None:
    assert kv_heads(REAL_MODELS["Llama-3-70B"], cards) == heads


def test_a_latent_is_held_by_every_card() -> None:
    one, eight = (per_card(Serving(REAL_MODELS["DeepSeek-V3"], "fp8", 2.0, 1, 1000, n, CARDS["h200"])) for n in (1, 8))
    assert one.cache == eight.cache == 61 * 1000 * (512 + 64) * 2


@pytest.mark.parametrize("kind", ["LlamaConfig", "Qwen3Config"])
def test_cuts_are_those_of_transformers_plan(kind: str) -> None:
    """Each matrix of a block that transformers' plan cuts is cut here, and no other."""
    import transformers as hf

    config = getattr(hf, kind)(
        hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=8, num_key_value_heads=4,
        head_dim=8, vocab_size=50, tie_word_embeddings=False,
    )  # fmt: skip
    plan = {re.compile("model." + name.replace(".", r"\.").replace("*", r"\d+")): how
            for name, how in config.base_model_tp_plan.items()}  # fmt: skip
    with torch.device("meta"):
        model = hf.AutoModelForCausalLM.from_config(config)
    cards, held = 4, 0.0
    for name, weight in model.named_parameters():
        how = next((each for pattern, each in plan.items() if pattern.match(name.removesuffix(".weight"))), "")
        if ".layers." in name:
            cut = ("colwise" in how or "rowwise" in how) and weight.ndim == 2
            held += weight.numel() / (cards if cut else 1)
    parts = per_card(_serving(from_hf(config), cards=cards)).parts
    assert parts["attention"] + parts["feed_forward"] + parts["norms"] == 2 * (held + 64)


def test_gptq_bits_are_those_of_its_tensors() -> None:
    """As its checkpoints lay them out: qweight, qzeros and scales of a matrix of 4,096 x 4,096."""
    d, group = 4096, 128
    nbytes = 4 * (d // 8) * d + 4 * (d // group) * (d // 8) + 2 * (d // group) * d
    assert format_bits("gptq") == 8 * nbytes / d**2


@pytest.mark.parametrize("name", ["q4_k", "q6_k", "q8_0", "q5_k", "q3_k", "nf4_dq", "mxfp4", "fp8_e4m3"])
def test_bits_are_what_a_format_packs(name: str) -> None:
    assert format_bits(name) == packed_bits(FORMATS[name], 4096)


def test_only_the_experts_of_gpt_oss_are_packed() -> None:
    found = stored(REAL_MODELS["gpt-oss-20b"], "mxfp4")
    assert found["attention"] == stored(REAL_MODELS["gpt-oss-20b"], "bf16")["attention"]
    assert found["embedding"] == 2 * 201088 * 2880


def test_a_mix_packs_a_tied_table_as_the_unembedding() -> None:
    tied = stored(REAL_MODELS["Gemma-7B"], "q4_k_m")["embedding"]
    assert tied == 256000 * 3072 * 210 / 256  # Q6_K: 210 bytes for 256


def test_decoding_reads_weights_and_cache_once_a_step() -> None:
    asked = Serving(REAL_MODELS["Llama-3.1-8B"], "bf16", 2.0, 1, 1000, 1, CARDS["h100"])
    read = pace(asked)
    assert read.weights_read == 2 * (8_030_261_248 - 128256 * 4096)
    assert read.cache_read == 131_072 * 1000
    assert read.step == (read.weights_read + read.cache_read) / 3.35e12
    assert read.memory_bound
    many = pace(replace(asked, users=2000, length=16))
    assert not many.memory_bound
    assert many.step == pytest.approx(2000 * (2 * (8_030_261_248 - 128256 * 4096) + 32 * 16 * 4 * 4096) / 989.5e12)


def test_a_mixture_reads_the_experts_that_its_tokens_visit() -> None:
    sizes = REAL_MODELS["Mixtral-8x7B"]
    one, many = (pace(Serving(sizes, "bf16", 2.0, n, 1, 1, CARDS["h200"])).weights_read for n in (1, 512))
    assert one == pytest.approx(2 * (12_879_925_248 - 32000 * 4096))
    assert many == pytest.approx(2 * (46_702_792_704 - 32000 * 4096))


def test_a_window_bounds_what_a_prompt_reads() -> None:
    windowed = replace(TINY, windows=(3, None))
    assert mean_read(windowed, 5) == ((1 + 2 + 3 + 3 + 3) + (1 + 2 + 3 + 4 + 5)) / 5


@settings(deadline=None, max_examples=40)
@given(
    name=st.sampled_from(["Llama-3.1-8B", "gpt-oss-20b", "DeepSeek-V3", "Gemma-2-9B"]),
    scheme=st.sampled_from(list(SCHEMES)),
    users=st.integers(1, 3000),
    length=st.integers(1, 200_000),
    cards=st.integers(1, 16),
)
@pytest.mark.thorough
def test_what_is_said_to_fit_fits(name: str, scheme: str, users: int, length: int, cards: int) -> None:
    asked = Serving(REAL_MODELS[name], scheme, 2.0, users, length, cards, CARDS["a100_80"])
    most = most_users(asked)
    assert fits(asked) == (users <= most)
    if 0 < most < 1 << 20:
        assert fits(replace(asked, users=most))
        assert not fits(replace(asked, users=most + 1))
    for remedy in remedies(asked):
        assert fits(remedy.serving)
        assert not fits(asked)
    assert per_card(replace(asked, cards=2 * cards)).total <= per_card(asked).total + 1
