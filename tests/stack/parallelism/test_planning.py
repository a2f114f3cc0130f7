"""The planner's model: exact counts, published formulas, refusals by name, and plans that multiply to the cards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.parallelism.planning.memory import in_flight, kept_by_a_token, needed, states
from explorer.stack.parallelism.planning.model import MODELS
from explorer.stack.parallelism.planning.plan import Plan
from explorer.stack.parallelism.planning.refuse import cluster_of, hard, memory
from explorer.stack.parallelism.planning.search import Job, best, grid, top
from explorer.stack.parallelism.planning.step import block, step, waves
from explorer.stack.pretraining.compute import attention_of_a_token
from explorer.stack.pretraining.korthikanti import Layer, rows
from explorer.stack.systems.clusters import CLUSTERS

H100, A100 = CLUSTERS["h100"], CLUSTERS["a100"]
LLAMA = MODELS["Llama 3 70B"]


@pytest.mark.parametrize(
    ("ours", "published"),
    [("Llama 3 8B", "Llama-3-8B"), ("Llama 3 405B", "Llama-3.1-405B"), ("DeepSeek-V3", "DeepSeek-V3"),
     ("Mixtral 8x7B", "Mixtral-8x7B")],
)  # fmt: skip
def test_the_matrices_are_the_models(ours: str, published: str) -> None:
    """All but the norms, a thousandth of a per cent."""
    exact = PUBLISHED[published].exact
    assert exact is not None
    assert MODELS[ours].parameters == pytest.approx(exact, rel=4e-5)


@pytest.mark.parametrize(
    ("name", "billions", "active"),
    [("GPT-3 175B", 175, None), ("Megatron 530B", 530, None), ("Megatron 1T", 1008, None), ("BLOOM 176B", 176.2, None),
     ("PaLM 540B", 540.35, None), ("Nemotron-4 340B", 341, None), ("Kimi K2", 1026, 32), ("Grok-1 314B", 314, 86),
     ("DeepSeek-V3", 671, 37)],
)  # fmt: skip
def test_sizes_are_those_that_makers_state(name: str, billions: float, active: float | None) -> None:
    model = MODELS[name]
    assert model.parameters / 1e9 == pytest.approx(billions, rel=0.012)
    if active:
        assert model.active / 1e9 == pytest.approx(active, rel=0.05)


def test_useful_work_is_palms() -> None:
    model = MODELS["PaLM 540B"]
    by_formula = 6 * 540.35e9 + attention_of_a_token(118, 48, 256, 2048)
    assert model.useful(1, 2048, causal=False) == pytest.approx(by_formula, rel=2e-3)


def test_activations_of_gpt3_are_korthikantis() -> None:
    """Table 2: the same layer under five ways to train it."""
    model, layer = MODELS["GPT-3 175B"], Layer(s=2048, b=1, h=12288, a=96, t=8)
    plan = Plan(tp=8, length=2048, flash=False, sequence=False)
    ways = [
        replace(plan, tp=1), plan, replace(plan, sequence=True), replace(plan, recompute="selective"),
        replace(plan, recompute="selective", sequence=True),
    ]  # fmt: skip
    assert [2048 * kept_by_a_token(model, each) for each in ways] == pytest.approx(
        [each.bytes for each in rows(layer)[:5]]
    )


def test_zero_shares_as_its_paper_says() -> None:
    """18 bytes a parameter here, whose gradients are float32: 6 + 12/N, 2 + 16/N, 18/N."""
    totals = [sum(states(1e9, 1e9, 64, zero).values()) / 1e9 for zero in (0, 1, 2, 3)]
    assert totals == pytest.approx([18, 6 + 12 / 64, 2 + 16 / 64, 18 / 64])


def test_kimi_k2_holds_six_terabytes_over_256_cards() -> None:
    """Its report, section 2.4.2: 16-bit weights and float32 gradients are about 6 TB, and a card holds about 30 GB of
    all states. Ours counts the first stage, which has the embedding and four of 61 blocks."""
    model = MODELS["Kimi K2"]
    found = needed(model, Plan(pp=16, ep=16, dp=16, batch=512, length=4096))
    assert 6 * model.parameters / 1e12 == pytest.approx(6, rel=0.05)
    assert (found["weights"] + found["gradients"]) / 1e9 == pytest.approx(30, rel=0.2)


@pytest.mark.parametrize(("chunks", "dual", "kept"), [(1, False, 8.0), (2, False, 8 * (1 + 7 / 16)), (1, True, 9.0)])
def test_what_the_first_stage_keeps(chunks: int, dual: bool, kept: float) -> None:
    assert in_flight(Plan(pp=8, batch=64, chunks=chunks, dual=dual)) == pytest.approx(kept)


@pytest.mark.parametrize(
    ("plan", "cards", "constraint", "said"),
    [
        (Plan(tp=16, batch=512, length=8192), 64, "node", "Up to 8 would fit"),
        (Plan(tp=8, pp=3, batch=512, length=8192), 192, "blocks", "2 or 4 would fit"),
        (Plan(tp=8, pp=16, batch=512, length=8192), 64, "cards", "needs 128 cards for one copy; there are 64"),
        (Plan(tp=8, pp=2, dp=4, batch=512, length=8192), 70, "cards", "64 or 80 would fit"),
        (Plan(tp=8, pp=2, dp=4, batch=510, length=8192), 64, "batch", "3 or 5 would fit"),
        (Plan(dp=1024, batch=512, length=8192), 1024, "batch", "512 sequences feed 512 copies, 512 cards"),
        (Plan(dp=8, cp=3, batch=512, length=8192), 24, "length", "8192 tokens do not divide over 3 ranks"),
    ],
)
def test_each_constraint_is_named_with_what_would_fit(plan: Plan, cards: int, constraint: str, said: str) -> None:
    found = hard(LLAMA, plan, H100, cards)
    assert found is not None
    assert found.constraint == constraint
    assert said in found.sentence


def test_heads_and_experts_that_do_not_divide_are_named() -> None:
    found = hard(MODELS["BLOOM 176B"], Plan(tp=3, batch=512, length=2048), H100, 3)
    assert found is not None
    assert found.sentence == "112 heads do not divide over 3 ranks: 2 or 4 would fit."
    found = hard(MODELS["Grok-1 314B"], Plan(ep=3, dp=3, batch=512, length=2048), H100, 3)
    assert found is not None
    assert found.sentence.startswith("8 experts over 3 ranks of 3 copies do not divide: 2 or 4 would fit")


def test_what_does_not_fit_in_memory_names_its_largest_part() -> None:
    found = memory(LLAMA, Plan(batch=1, length=8192), H100)
    assert found is not None
    assert "the largest part is optimizer, 846.6 GB" in found.sentence


@pytest.mark.parametrize(("cards", "said"), [(0, "0 cards trains nothing"), (1_000_001, "More than 1,000,000 cards")])
def test_no_cluster_and_too_large_a_one_are_said(cards: int, said: str) -> None:
    found = cluster_of(cards)
    assert found is not None
    assert said in found.sentence
    with pytest.raises(ValueError, match=said):
        grid(LLAMA, H100, Job(cards, 512, 8192))


@given(st.sampled_from(["Llama 3 8B", "Llama 3 70B", "Grok-1 314B", "DeepSeek-V3"]), st.integers(0, 11))
def test_accepted_plans_multiply_to_the_cards_and_fit(name: str, power: int) -> None:
    job = Job(2**power, 1024, 4096)
    for tp, pp in ((1, 1), (4, 2), (8, 8)):
        cell = best(MODELS[name], H100, job, tp, pp)
        if cell.refusal is None:
            assert cell.step is not None
            assert cell.plan.cards == job.cards
            assert hard(MODELS[name], cell.plan, H100, job.cards) is None
            assert memory(MODELS[name], cell.plan, H100) is None
            assert cell.step.seconds == pytest.approx(sum(cell.step.parts.values()))


def test_70b_on_64_cards_has_plans() -> None:
    found = top(grid(LLAMA, H100, Job(64, 512, 8192)))
    assert found is not None
    assert found.step is not None
    assert 0.4 < found.step.mfu < 0.65


def test_more_recomputation_takes_longer_and_needs_less() -> None:
    plan = Plan(tp=8, pp=2, dp=4, batch=512, length=8192)
    again = replace(plan, recompute="full")
    assert step(LLAMA, again, H100).seconds > step(LLAMA, plan, H100).seconds
    assert step(LLAMA, again, H100).bytes < step(LLAMA, plan, H100).bytes


def test_a_products_last_wave_idles() -> None:
    assert waves(128 * 132, 256, 1, 132) == 1.0
    assert waves(128 * 133, 256, 1, 132) == pytest.approx(133 / 264)


def test_a_block_by_hand() -> None:
    """GPT 22B on 8 cards: products of 24 h² a token over the rate, less the last wave, and what they write."""
    model, plan = MODELS["GPT 22B"], Plan(tp=8, batch=4, microbatch=4, length=2048, flash=False)
    n, h, t = 4 * 2048, 6144, 8
    shapes = [(h, h / t), (h, 2 * h / t), (h / t, h), (h, 4 * h / t), (4 * h / t, h)]
    by_hand = 0.0
    for k, m in shapes:
        for rows_, columns, bytes_each in ((n, m, 2), (n, k, 2), (k, m, 8)):
            work = 2 * n * k * m / A100.matmul.value / waves(rows_, columns, 1, 108)
            by_hand += work + bytes_each * rows_ * columns / (0.9 * A100.bandwidth)
    assert block(model, plan, A100, sparse=False).products == pytest.approx(by_hand)
    tensor = 2 * 2 * 2 * (t - 1) / t * n * h * 2 / A100.bus
    assert block(model, plan, A100, sparse=False).tensor == pytest.approx(tensor)
