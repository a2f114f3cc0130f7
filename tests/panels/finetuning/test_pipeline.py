"""Through the pipeline: what is counted, what each stage does, and what breaks each check."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from explorer.experiments.finetuning import pipeline as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning import rollouts, sums
from explorer.stack.finetuning.sums import Sum, rewards

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_one_sum_through_all_stages(view: View) -> None:
    made = view("pipeline.answers", sum="47+25")[-1]
    assert all(each.holds for each in made.checks)
    data = made.data
    assert [each.name for each in data.stages] == ["base", "sft", "dpo", "grpo"]
    assert (data.prompt, data.total, data.watched, data.written) == ("47+25=", 72, "72", ("7", "2", "end"))
    assert not data.held_out
    assert dict(zip(data.answers, data.right, strict=True))["12+60"]
    base, sft, _, grpo = data.stages
    assert base.kl_base == 0 == sft.kl_sft
    assert base.right < 0.1 < sft.right < grpo.right
    for each in data.stages:
        at = data.answers.index("72")
        assert each.p[at] == pytest.approx(math.exp(sum(each.tokens)), rel=1e-4)
        assert each.other < 0.05
        assert sum(each.p) <= 1 + 1e-9


def test_the_sum_of_a_first_visit_is_new_to_the_models(view: View) -> None:
    data = view("pipeline.answers")[-1].data
    assert data.held_out
    assert experiment.asked(data.prompt) == experiment.FIRST
    assert experiment.FIRST in experiment.held_out()
    assert not data.refused


def test_another_answer_is_watched(view: View) -> None:
    data = view("pipeline.answers", sum="36 + 36", answer="12+60")[-1].data
    assert (data.prompt, data.watched, data.written) == ("36+36=", "12+60", ("1", "2", "+", "6", "0"))
    assert len(data.stages[0].tokens) == 5


@pytest.mark.parametrize(
    ("typed", "answer", "said"),
    [
        ("", "", "not a sum"),
        ("what?", "", "not a sum"),
        ("5+5", "", "not among the sums"),
        ("60+60", "", "not among the sums"),
        ("47+25", "seventy", "not an answer"),
        ("47+25", "7", "not an answer"),
    ],
)
def test_what_is_no_sum_is_said(view: View, typed: str, answer: str, said: str) -> None:
    """The page keeps its fields, and shows another sum or answer in the meantime."""
    data = view("pipeline.answers", sum=typed or " ", answer=answer)[-1].data
    assert said in data.refused
    assert data.prompt == ("47+25=" if answer else "28+24=")
    assert data.watched == ("72" if answer else "52")


def test_held_out_sums_stage_by_stage(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "few", lambda: experiment.held_out()[:2])
    shown = view("pipeline.stages")
    made = shown[-1]
    assert len(shown) == 4
    assert all(each.holds for each in made.checks)
    exams = {each.name: each for each in made.data.exams}
    assert exams["base"].exact < 0.1 < exams["sft"].exact < 0.9 <= exams["grpo"].exact
    carrying = sum(each.carries for each in experiment.held_out()) / len(experiment.held_out())
    for each in exams.values():
        assert carrying * each.carried + (1 - carrying) * each.plain == pytest.approx(each.exact, abs=1e-6)
    assert exams["base"].kl_base == 0 == exams["sft"].kl_sft
    assert exams["grpo"].kl_sft > 0
    own = experiment.theirs("grpo")
    assert made.data.parameters == own.num_parameters()  # a tied matrix counts once
    ends: dict[int, float] = {}
    for each in made.data.points:
        if each.stage == "grpo":
            ends[each.seed] = each.exact
    # The figure: at least 90 % exact on held-out sums, three seeds.
    assert len(ends) == 3
    assert min(ends.values()) >= 0.9
    assert exams["grpo"].exact == pytest.approx(ends[experiment.recipe().run.seeds[0]], abs=2 / 600)


def test_the_committed_stages_are_those_of_the_record() -> None:
    last = {each.stage: each for each in experiment.recorded() if each.seed == experiment.recipe().run.seeds[0]}
    few = experiment.few()[:3]
    for stage in ("sft", "grpo"):
        assert last[stage].step == experiment.recipe().steps[stage]
        logp = experiment.counted(stage, few)
        assert float((logp.exp() * torch.stack([rewards(each) for each in few])).sum(1).mean()) > 0.05


@pytest.mark.breaks("pipeline.answers", r"^Log-probabilities of the listed answers")
def test_a_beginning_that_is_left_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sums._enumerated

    def off(*what: object) -> torch.Tensor:
        found = real(*what).clone()  # pyright: ignore[reportArgumentType]
        found[:, 72] -= 0.01
        return found

    monkeypatch.setattr(sums, "_enumerated", off)
    assert not check("pipeline.answers", "Log-probabilities of the listed", sum="47+25").holds


@pytest.mark.breaks("pipeline.stages", r"^The likeliest answers to \d+ held-out sums")
def test_a_cache_whose_rows_are_shifted(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "few", lambda: experiment.held_out()[:1])
    real = rollouts.ContiguousCache.reorder
    monkeypatch.setattr(rollouts.ContiguousCache, "reorder", lambda self, rows: real(self, rows.roll(1)))
    assert not check("pipeline.stages", "The likeliest answers").holds


def test_every_held_out_sum_is_new() -> None:
    train, held = sums.split(experiment.recipe().data.held_out, experiment.recipe().data.seed)
    assert held == experiment.held_out()
    assert Sum(47, 25) in train + held
    assert not set(train) & set(held)
