"""One text read by each kind of model, and one thing to remember: what is shown adds up, each check can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from explorer.experiments.frontier import copying, one_thing
from explorer.experiments.frontier import same_text as text
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.state_spaces import gated_linear, mamba
from explorer.zoo.card import shelf
from explorer.zoo.companions import companion
from explorer.zoo.state_space import StateSpace

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_the_same_text(view: View) -> None:
    (shown,) = view("cannot_copy.same_text")
    assert all(each.holds for each in shown.checks), shown.checks
    data = shown.data
    assert [each.name for each in data.arms] == [each.name for each in text.ARMS]
    attention, *others = data.arms
    assert attention.less_attention.mean == attention.less_attention.low == 0.0
    for arm in others:
        assert arm.less_attention.mean == pytest.approx(arm.mean - attention.mean, abs=1e-9)
        assert arm.less_attention.low < arm.less_attention.mean < arm.less_attention.high
        assert len(arm.loss) * data.steps_a_point == data.steps
        assert arm.loss[0] > arm.loss[-1]


def test_each_read_the_same_tokens() -> None:
    said = text.recipe()
    kept = text.stored()
    assert (kept.recipe["tokens"], kept.recipe["seed"]) == (said.tokens, said.run.seed)
    for run in kept.runs:
        assert [step for step, _ in run.held_out] == [100, 200, 300]
        assert run.windows.keys() == run.saved.keys()
        assert {len(each) for each in run.windows.values()} == {text.WINDOWS}
    others = [each.parameters for each in kept.runs if each.arm != "dense twin"]
    assert max(others) < 1.12 * min(others)
    assert next(each for each in kept.runs if each.arm == "dense twin").parameters == shelf()[text.DENSE].parameters


def test_bytes_that_are_carried() -> None:
    carried = {arm.name: arm.carried(256) for arm in text.ARMS}
    made = companion(text.MAMBA)
    assert isinstance(made, StateSpace)
    assert carried["Mamba"] == 4 * made.model.config.state_numbers(256)
    assert carried["attention"] == carried["dense twin"] == 4 * 2 * 6 * 2 * 48 * 256
    twice = {arm.name: arm.carried(512) for arm in text.ARMS}
    assert {name for name in carried if twice[name] == carried[name]} == {
        "Mamba", "Mamba-2", "gated linear attention",
    }  # fmt: skip


def test_a_second_reading_that_is_copied_saves_all_but_what_is_known() -> None:
    class Copies(text.Decoder):
        """Says the token that stood behind the last time, if there was one, and else nothing."""

        def __init__(self) -> None:
            torch.nn.Module.__init__(self)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
            logits = torch.zeros(*ids.shape, 1000)
            for row, line in enumerate(ids.tolist()):
                follows = dict[int, int]()
                for at, token in enumerate(line):
                    if token in follows:
                        logits[row, at, follows[token]] = 50.0
                    if at + 1 < len(line):
                        follows[token] = line[at + 1]
            return logits

    window = torch.arange(1, text.TWICE + 3)[None]
    assert float(text.saved_by(Copies(), window)) == pytest.approx(torch.tensor(1000.0).log().item(), abs=1e-4)


@pytest.mark.breaks("cannot_copy.same_text", "^Built anew from the seed, each model costs a passage")
def test_a_gate_without_fading(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    products = gated_linear.in_products
    monkeypatch.setattr(gated_linear, "in_products", lambda i: products(replace(i, log_gate=0 * i.log_gate)))
    assert not check("cannot_copy.same_text", "Built anew").holds


@pytest.mark.breaks("cannot_copy.same_text", "^Six Kinds Mamba costs the passage what was recorded$")
def test_a_convolution_that_is_left_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mamba, "shifted", lambda x, weight, bias, before: (x, x))
    assert not check("cannot_copy.same_text", "Six Kinds Mamba").holds


def test_one_thing_to_remember(view: View) -> None:
    (shown,) = view("cannot_copy.induction")
    assert all(each.holds for each in shown.checks), shown.checks
    data = shown.data
    assert [each.name for each in data.arms] == [each.name for each in copying.ARMS]
    assert data.seeds == len(copying.SEEDS)
    for arm in data.arms:
        assert [each.length for each in arm.points] == list(one_thing.MEASURED)
        assert all(each.low <= each.mean <= each.high for each in arm.points)


def test_the_answer_is_what_stood_behind_the_mark() -> None:
    batch = one_thing.drawn(50, 9, torch.Generator().manual_seed(3))
    firsts = set()
    for row in batch.ids.tolist():
        first, second = (at for at, token in enumerate(row) if token == copying.MARK)
        assert (second, row[-1]) == (len(row) - 2, row[first + 1])
        firsts.add(first)
    assert firsts == set(range(1, 10))
    assert batch.asked.tolist() == [False] * (batch.ids.shape[1] - 1) + [True]


@pytest.mark.breaks("cannot_copy.induction", "^The first losses of a training, made again$")
def test_a_longer_warm_up(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_thing, "WARMUP", 1)
    assert not check("cannot_copy.induction", "The first losses").holds
