"""The sampler equals transformers' logits processors, and its properties hold."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError, NotFiniteError
from explorer.stack.inference.decoding.beam_search import logprobs_of
from explorer.stack.inference.decoding.drafts import distribution
from explorer.stack.inference.decoding.engine import choose
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from explorer.stack.inference.decoding.sampling import STAGE_NAMES, Sampler, StageName, Stages

GREEDY, COLD = Sampler(temperature=0), Sampler(temperature=1e-6)
NUMBERS = tuple(each.name for each in SETTINGS if not each.whole)


def transformers_says(sampler: Sampler, logits: Tensor, previous: Tensor) -> Tensor:
    """The same settings through transformers' own processors, in the sampler's order, in float64."""
    from transformers.generation.logits_process import (
        LogitsProcessorList,
        MinPLogitsWarper,
        RepetitionPenaltyLogitsProcessor,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
        TypicalLogitsWarper,
    )

    def unchanged(_: Tensor, scores: Tensor) -> Tensor:
        return scores

    made = {
        "penalty": lambda: RepetitionPenaltyLogitsProcessor(float(sampler.repetition_penalty)),
        "temperature": lambda: TemperatureLogitsWarper(float(sampler.temperature)),
        "top_k": lambda: TopKLogitsWarper(sampler.top_k or len(logits)),
        "top_p": lambda: TopPLogitsWarper(float(sampler.top_p)),
        "min_p": lambda: MinPLogitsWarper(float(sampler.min_p)),
        "typical": lambda: TypicalLogitsWarper(float(sampler.typical_p)) if sampler.typical_p < 1 else unchanged,
        "presence": lambda: unchanged,  # transformers has neither: vllm_says
        "frequency": lambda: unchanged,
    }
    processors = LogitsProcessorList([made[name]() for name in sampler.order])
    return processors(previous[None], logits.double()[None])[0].softmax(-1)  # pyright: ignore[reportArgumentType]


def logits_of(seed: int, size: int = 500, spread: float = 4.0) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed)) * spread


@pytest.mark.parametrize(
    "order", [STAGE_NAMES, ("penalty", "top_k", "top_p", "min_p", "temperature"), STAGE_NAMES[::-1]]
)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"temperature": 0.7},
        {"temperature": 1.8, "top_k": 40},
        {"top_p": 0.9},
        {"top_p": 0.05},
        {"min_p": 0.1},
        {"repetition_penalty": 1.3},
        {"temperature": 1.4, "top_k": 50, "top_p": 0.8, "min_p": 0.02, "repetition_penalty": 1.2},
        {"top_k": 1},
        {"typical_p": 0.9},
        {"typical_p": 0.2, "temperature": 1.5},
        {"typical_p": 0.7, "top_p": 0.95, "top_k": 100, "repetition_penalty": 1.2},
    ],
)
def test_parity_with_transformers(settings: dict[str, float], order: tuple[StageName, ...]) -> None:
    sampler = Sampler(**settings, order=order)  # pyright: ignore[reportArgumentType]
    for seed in range(5):
        logits, previous = logits_of(seed), torch.tensor([3, 3, 7, 100, 499])
        ours = sampler.stages(logits, previous, len(previous)).probabilities
        assert float((ours - transformers_says(sampler, logits, previous)).abs().max()) < 1e-6


def test_parity_on_the_whole_vocabulary() -> None:
    sampler = Sampler(temperature=0.8, top_k=200, top_p=0.95, min_p=0.001, repetition_penalty=1.1, typical_p=0.9)
    logits, previous = logits_of(9, 49152, 3.0), torch.arange(60)
    ours = sampler.stages(logits, previous, len(previous)).probabilities
    assert float((ours - transformers_says(sampler, logits, previous)).abs().max()) < 1e-6


def vllm_says(
    logits: Tensor, read: list[int], written: list[int], repetition: float, presence: float, frequency: float
):
    """vLLM's `apply_penalties`, written out from its definition: repetition over both, the others over the output."""
    out = logits.double().clone()
    for token in set(read) | set(written):
        out[token] = out[token] / repetition if out[token] > 0 else out[token] * repetition
    for token in set(written):
        out[token] -= frequency * written.count(token)
        out[token] -= presence * (written.count(token) > 0)
    return out.softmax(-1)


@pytest.mark.parametrize(("presence", "frequency"), [(0.6, 0), (0, 0.8), (1.2, 0.35), (-0.5, -0.1), (2, 2)])
def test_presence_and_frequency_as_vllm_defines_them(presence: float, frequency: float) -> None:
    sampler = Sampler(repetition_penalty=1.2, presence_penalty=presence, frequency_penalty=frequency)
    read, written = [1, 2, 2, 5], [2, 7, 7, 7, 9]
    for seed in range(5):
        logits = logits_of(seed)
        ours = sampler.stages(logits, read + written, n_prompt=len(read))
        theirs = vllm_says(logits, read, written, 1.2, presence, frequency)
        assert float((ours.probabilities - theirs).abs().max()) < 1e-6
        assert dict(zip(ours.previous_ids.tolist(), ours.times.tolist(), strict=True)) == {1: 0, 2: 1, 5: 0, 7: 3, 9: 1}


def test_what_was_read_is_not_counted_and_nobody_can_forget_to_say_it() -> None:
    logits = torch.tensor([4.0, 4.0, 4.0])
    sampler = Sampler(presence_penalty=0.5, frequency_penalty=0.25)
    assert sampler.stages(logits, [0, 0, 1], 0).stages[2].logits.tolist() == [3.0, 3.25, 4.0]
    assert sampler.stages(logits, [0, 0, 1], n_prompt=1).stages[2].logits.tolist() == [3.25, 3.25, 4.0]
    assert sampler.stages(logits, [0, 0, 1], n_prompt=3).stages[2].logits.tolist() == [4.0, 4.0, 4.0]
    assert sampler.stages(logits, [0, 0, 1], n_prompt=9).stages[2].logits.tolist() == [4.0, 4.0, 4.0]
    with pytest.raises(TypeError, match="n_prompt"):
        sampler.stages(logits, [0, 0, 1])  # pyright: ignore[reportCallIssue]


def test_typical_by_hand() -> None:
    """Probabilities .5 .3 .1 .1, entropy 1.168 nats: surprises .693 1.204 2.303 2.303, so .475 .036 1.134 1.134 off."""
    logits = torch.tensor([0.1, 0.5, 0.1, 0.3]).log()
    kept = {p: Sampler(typical_p=p).stages(logits).kept.tolist() for p in (0.2, 0.31, 0.81)}
    assert kept == {0.2: [False, False, False, True], 0.31: [False, True, False, True], 0.81: [True] * 4}
    uniform = Sampler(typical_p=0.01).stages(torch.zeros(5))
    assert bool(uniform.kept.all())  # all are equally typical


def test_a_constraint_is_the_first_stage() -> None:
    allowed = torch.tensor([False, True, True])
    stages = Sampler(temperature=0).stages(torch.tensor([9.0, 1.0, 2.0]), allowed=allowed)
    assert [stage.name for stage in stages.stages] == ["constraint", *STAGE_NAMES]
    assert stages["constraint"].probabilities.tolist() == pytest.approx([0, 0.26894142, 0.73105858])
    assert stages.choose(0.5) == 2


def test_an_order_of_the_first_five_steps_stays_valid() -> None:
    assert Sampler(order=("penalty", "temperature", "top_k", "top_p", "min_p")) == Sampler()
    assert Sampler(order=("min_p", "top_p", "top_k", "temperature", "penalty")).order == (
        "min_p", "typical", "top_p", "top_k", "temperature", "penalty", "presence", "frequency",
    )  # fmt: skip
    with_one = ("typical", "penalty", "temperature", "top_k", "top_p", "min_p")
    assert Sampler(order=with_one).order[:4] == ("typical", "penalty", "presence", "frequency")


def test_top_p_keeps_the_token_that_crosses() -> None:
    """By hand: probabilities .5 .3 .15 .05. The nucleus of .6 needs .5 + .3; of exactly .5 only the first."""
    logits = torch.tensor([0.05, 0.5, 0.15, 0.3]).log()
    assert Sampler(top_p=0.6).stages(logits).kept.tolist() == [False, True, False, True]
    assert Sampler(top_p=0.81).stages(logits).kept.tolist() == [False, True, True, True]
    assert Sampler(top_p=1e-9).stages(logits).kept.tolist() == [False, True, False, False]
    scrambled = Sampler(top_p=0.6).stages(logits).probabilities
    assert scrambled.tolist() == pytest.approx([0, 0.625, 0, 0.375])  # cut tokens keep their places


def test_choose_is_the_inverse_of_the_cumulative_sum() -> None:
    stages = Sampler().stages(torch.tensor([0.25, 0.5, 0.25]).log())
    assert [stages.choose(u) for u in (0.0, 0.499, 0.501, 0.749, 0.751, 1 - 2**-53)] == [1, 1, 0, 0, 2, 2]


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True), st.sampled_from([0.0, 0.5, 2.0, 8.0]))
def test_the_few_likeliest_give_the_token_that_all_give(seed: int, u: float, spread: float) -> None:
    """Many ties, and numbers that fall behind the few: the same token as over the whole vocabulary in order."""
    draws = torch.Generator().manual_seed(seed)
    stages = Sampler().stages((torch.randint(0, 40, (3000,), generator=draws) / 10 * spread).float())
    probabilities, ids = stages.ranked()
    at = int(torch.searchsorted(probabilities.cumsum(0), u, right=True))
    assert stages.choose(u) == int(ids[min(at, len(ids) - 1)])


def test_not_all_of_the_vocabulary_is_put_in_order_to_draw_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Sampler().stages(torch.linspace(0, 40, 49_152))
    expected = stages.choose(0.1)
    monkeypatch.setattr(Stages, "ranked", lambda _: pytest.fail("the whole vocabulary was sorted"))
    assert stages.choose(0.1) == expected


def test_frequencies() -> None:
    stages = Sampler(top_k=6).stages(logits_of(1, 50, 1.0))
    us = torch.rand(20_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    drawn = torch.bincount(torch.tensor([stages.choose(float(u)) for u in us[:4000]]), minlength=50) / 4000
    assert float((drawn - stages.probabilities).abs().max()) < 0.03


@settings(max_examples=60)
@given(
    st.integers(0, 10_000), st.floats(0.05, 5), st.integers(0, 60), st.floats(0.01, 1), st.floats(0, 1),
    st.floats(0.5, 2), st.permutations(STAGE_NAMES), st.floats(0.01, 1), st.floats(-2, 2), st.floats(-2, 2),
    st.floats(0, 1, exclude_max=True),
)  # fmt: skip
def test_properties(
    seed: int,
    temperature: float,
    top_k: int,
    top_p: float,
    min_p: float,
    penalty: float,
    order: list[StageName],
    typical: float,
    presence: float,
    frequency: float,
    u: float,
) -> None:
    sampler = Sampler(temperature, top_k, top_p, min_p, penalty, tuple(order), typical, presence, frequency)
    stages = sampler.stages(logits_of(seed, 50), [1, 2, 3, 3], n_prompt=1)
    assert [stage.name for stage in stages.stages] == list(order)
    kept = torch.ones(50, dtype=torch.bool)
    for stage in stages.stages:
        assert not bool((stage.kept & ~kept).any()), "a token that was cut came back"
        kept = stage.kept
        assert float(stage.probabilities.sum()) == pytest.approx(1)
        assert bool((stage.probabilities[~stage.kept] == 0).all())
        assert bool(stage.kept.any())
    assert bool(stages.kept[stages.choose(u)])
    if top_k:
        assert int(stages["top_k"].kept.sum()) <= 50
    # Without a penalty no step reorders tokens: the likeliest survives every cut but the typical one's.
    if penalty == 1 and not presence and not frequency and typical == 1:
        assert bool(stages.kept[stages.logits.argmax()])


def test_the_likeliest_survives_every_cut_without_penalties() -> None:
    for seed in range(20):
        logits = logits_of(seed, 50)
        assert bool(Sampler(0.7, 20, 0.6, 0.1).stages(logits).kept[logits.argmax()])


def test_greedy_and_cold() -> None:
    for seed in range(5):
        logits = logits_of(seed)
        assert GREEDY.stages(logits).choose(0.999) == int(logits.argmax()) == COLD.stages(logits).choose(0.999)
    assert GREEDY.stages(torch.tensor([1.0, 3.0, 3.0])).choose(0.9) == 1


@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-45, 1e-40, 1e-38, 1e-30])
@pytest.mark.parametrize("order", [STAGE_NAMES, STAGE_NAMES[::-1]])
def test_a_temperature_that_is_all_but_0_is_greedy(temperature: float, order: tuple[StageName, ...]) -> None:
    """At 1e-300, which float32 takes for 0, the last id of the vocabulary was drawn without a word."""
    for seed in range(5):
        logits = logits_of(seed)
        stages = Sampler(temperature=temperature, order=order).stages(logits)
        assert stages.choose(0.999) == stages.choose(0.0) == int(logits.argmax())
        assert float(stages.probabilities.sum()) == pytest.approx(1)
    equal = Sampler(temperature=temperature).stages(torch.tensor([-1.0, 2.0, 2.0, 0.0]))
    assert equal.probabilities.tolist() == [0, 0.5, 0.5, 0]  # as at any temperature
    assert Sampler(temperature=temperature).stages(torch.zeros(3)).probabilities.tolist() == pytest.approx(3 * [1 / 3])


@given(
    st.lists(st.floats(-(2.0**127), 2.0**127, width=32), min_size=2, max_size=8),
    st.floats(0, 100), st.floats(0.01, 100), st.permutations(STAGE_NAMES),
)  # fmt: skip
def test_no_setting_makes_anything_but_a_distribution(
    row: list[float], temperature: float, penalty: float, order: list[StageName]
) -> None:
    sampler = Sampler(temperature, 3, 0.9, 0.01, penalty, tuple(order), 0.9, 2, 2)
    stages = sampler.stages(torch.tensor(row), [0, 0, 1], 1)
    for stage in stages.stages:
        assert float(stage.probabilities.sum()) == pytest.approx(1)
    assert bool(stages.kept[stages.choose(0.999)])


@pytest.mark.parametrize("odd", [math.nan, math.inf])
@pytest.mark.parametrize("sampler", [Sampler(), GREEDY, Sampler(top_p=0.9)])
def test_logits_that_are_no_numbers_are_refused(odd: float, sampler: Sampler) -> None:
    """The last id was chosen without a word."""
    for logits in (torch.tensor([1.0, odd, 2.0]), torch.full((3,), odd), torch.full((3,), -math.inf)):
        with pytest.raises(NotFiniteError, match="not numbers"):
            sampler.stages(logits)
        with pytest.raises(NotFiniteError, match=r"Weaken the interventions"):
            choose(sampler, logits, [0], 1, torch.Generator())
        with pytest.raises(NotFiniteError):
            distribution(sampler, logits, [0], 1)
        with pytest.raises(NotFiniteError):
            logprobs_of(torch.stack([torch.zeros(3), logits]))


def test_what_is_masked_may_be_minus_infinity() -> None:
    logits = torch.tensor([-math.inf, 1.0, -math.inf])
    for sampler in (Sampler(), GREEDY, Sampler(temperature=1e-300), Sampler(repetition_penalty=2, presence_penalty=2)):
        stages = sampler.stages(logits, [0, 1], 0)
        assert stages.probabilities.tolist() == [0, 1, 0]
        assert choose(sampler, logits, [0, 1], 0, torch.Generator()) == 1
    with pytest.raises(NotFiniteError):  # nothing of what is allowed can be drawn
        Sampler().stages(logits, allowed=torch.tensor([True, False, True]))


def test_penalty_acts_once_for_each_token() -> None:
    logits = torch.tensor([4.0, -4.0, 1.0])
    once, often = (Sampler(repetition_penalty=2).stages(logits, ids, 1).penalised for ids in ([0, 1], [0, 0, 0, 1, 1]))
    assert once.tolist() == often.tolist() == [2.0, -8.0, 1.0]


@pytest.mark.parametrize(
    "bad",
    [{"temperature": -1}, {"temperature": float("nan")}, {"top_k": -1}, {"top_p": 0}, {"top_p": 1.1}, {"min_p": 2},
     {"repetition_penalty": 0}, {"order": ("top_k",)}, {"order": (*STAGE_NAMES, "top_k")}, {"typical_p": 0},
     {"typical_p": 1.5}, {"presence_penalty": 3}, {"frequency_penalty": float("nan")},
     *({name: odd} for name in NUMBERS for odd in (math.nan, math.inf, -math.inf, 1e300, -1e300))],
)  # fmt: skip
def test_bad_settings(bad: dict[str, object]) -> None:
    with pytest.raises(BadRequestError):
        Sampler(**bad)  # pyright: ignore[reportArgumentType]
