"""FLOPs against torch's own counter, the cache's numbers, and experts that batches visit, by hand and by all draws."""

from __future__ import annotations

import itertools
import statistics
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from explorer.errors import NotApplicableError
from explorer.stack.architectures import moe_cost
from explorer.stack.architectures.moe_parameters import DEEPSEEK_V2, MIXTRAL_8X7B, Shape, from_hf, parameters
from explorer.stack.systems.roofline import experts_read
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


def test_flops_are_what_torch_counts_in_transformers_mixtral() -> None:
    """One token alone, eager attention: products with weights, and the query against itself."""
    from transformers import MixtralConfig, MixtralForCausalLM

    eager: Any = {"attn_implementation": "eager", "experts_implementation": "eager"}
    config = MixtralConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=4, **eager,
    )  # fmt: skip
    model = MixtralForCausalLM(config).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.tensor([[3]]))
    shape, norms = from_hf(config), parameters(from_hf(config)).norms
    counted: Any = counter.get_total_flops()
    rotary = counted - (moe_cost.flops(shape, 1).total - 2 * norms)  # norms multiply, but are no matrix products
    assert 0 <= rotary <= 2 * config.hidden_size  # transformers makes its angles by a product of half a head


def test_cache_and_attention_by_hand() -> None:
    assert moe_cost.kv_numbers(MIXTRAL_8X7B) == 2 * 8 * 128
    assert moe_cost.kv_numbers(DEEPSEEK_V2) == 512 + 64
    assert moe_cost.attention_flops(MIXTRAL_8X7B) == 32 * 4 * 128
    assert moe_cost.attention_flops(DEEPSEEK_V2) == 128 * (2 * 576 + 2 * 512)


def test_deepseek_v2_cache_is_what_its_paper_states() -> None:
    """Section 2.1.4: the cache of latent attention equals that of grouped queries with 2.25 groups."""
    assert moe_cost.kv_numbers(DEEPSEEK_V2) == 2.25 * 2 * 128


@pytest.mark.parametrize("tied", [True, False])
def test_a_dense_shape_counts_its_decoder(tied: bool) -> None:
    config = DecoderConfig(3, 16, 4, 2, 4, 24, 40, 64, tied=tied)
    count = parameters(moe_cost.dense_shape(config, "tiny"))
    assert count.total == sum(p.numel() for p in Decoder(config).parameters())
    assert count.active == count.total
    assert count.router == 0


def test_a_decoder_with_biases_is_not_counted() -> None:
    with pytest.raises(NotApplicableError):
        moe_cost.dense_shape(DecoderConfig(3, 16, 4, 2, 4, 24, 40, 64, mlp_bias=True), "tiny")


@given(
    choices=st.lists(st.sampled_from(list(itertools.combinations(range(4), 2))), min_size=1, max_size=6),
    batch=st.integers(1, 4),
)
def test_the_expectation_is_the_mean_over_all_batches(choices: list[tuple[int, int]], batch: int) -> None:
    batch = min(batch, len(choices))
    indices = torch.tensor(choices)
    every = [moe_cost.distinct(indices[list(pick)], 4) for pick in itertools.combinations(range(len(choices)), batch)]
    assert moe_cost.expected_distinct(indices, 4, batch) == pytest.approx(statistics.fmean(every))


def test_even_and_many_tokens_approach_the_formula() -> None:
    """All 28 pairs of 8 experts equally often, many tokens: drawing without putting back hardly matters."""
    indices = torch.tensor(list(itertools.combinations(range(8), 2)) * 200)
    for batch in (1, 2, 8, 32):
        assert moe_cost.expected_distinct(indices, 8, batch) == pytest.approx(experts_read(8, 2, batch), abs=2e-3)


def test_uneven_load_visits_fewer() -> None:
    lopsided = torch.tensor([[0, 1]] * 90 + [[2, 3]] * 10)
    assert moe_cost.expected_distinct(lopsided, 4, 4) < experts_read(4, 2, 4)


def test_drawn_batches_repeat_and_agree() -> None:
    indices = torch.randint(8, (200, 2), generator=torch.Generator().manual_seed(0))
    found = moe_cost.drawn(indices, 8, 5, 500, torch.Generator().manual_seed(1))
    assert found == moe_cost.drawn(indices, 8, 5, 500, torch.Generator().manual_seed(1))
    assert abs(found.mean - moe_cost.expected_distinct(indices, 8, 5)) < 4 * found.standard_error


def test_a_shape_without_untied_table_looks_nothing_up() -> None:
    tied = Shape("tied", 1, 8, 2, 2, 4, d_expert=8, n_experts=2, k=1, d_vocab=10, tied=True)
    assert moe_cost.lookup(tied) == 0
    assert moe_cost.lookup(MIXTRAL_8X7B) == 32000 * 4096
