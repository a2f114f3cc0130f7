"""Train, for a few steps of a tiny decoder: drawn as it trains, gone on with, forked; and checks that fail."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.pretraining import rate_finder, run_peers, run_states, run_training
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.run_texts import RunTexts
from explorer.figures.payload import pack
from explorer.panels.pretraining.train import PANEL
from explorer.panels.pretraining.train_views import described
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.trained import training_of
from explorer.stack.pretraining.batches import Batches
from explorer.stack.pretraining.optimizers import by_name
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import checkpoints
from explorer.zoo.made_names import Trained, parse
from tests.panels.pretraining.train_brief import TINY

pytestmark = pytest.mark.usefixtures("empty_cache")
TEXT = "text-0123456789abcdef"
OF = [name for name in TINY if name != "steps"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_training, "NEWS_S", -1.0)
    monkeypatch.setattr(rate_finder, "STEPS", 30)
    monkeypatch.setattr(rate_finder, "COMPARED", 20)


def made(view: str, texts: dict[str, str] | None = None, **controls: Any) -> list[Rendered]:
    return list(PANEL.results(view, Scene(controls=TINY | controls, texts=texts or {})))


def check(view: str, words: str, **controls: Any) -> Check:
    [found] = [one for one in made(view, **controls)[-1].checks if words in one.statement]
    return found


def test_a_run_is_drawn_as_it_trains() -> None:
    told: list[Any] = []
    shown = list(PANEL.results("run", Scene(controls=TINY, progress=lambda *said: told.append(said))))
    assert [len(each.data.losses) for each in shown] == [0, 1, 2, 3, 4]
    assert all(not each.checks for each in shown[:-1])  # what is whole has its checks
    for each in shown:
        pack(each.data)
    last = shown[-1].data
    assert last.done
    assert last.measured == [0, 1, 2, 3, 4]
    assert last.tokens == 4 * 2 * 16
    assert last.losses[0] == pytest.approx(math.log(256), abs=0.1)
    assert last.of.parameters == sum(each.numel() for each in Decoder(_config()).parameters())
    assert last.kept == [0, 1, 2, 4]
    assert [each.step for each in last.checkpoints] == last.measured
    assert last.samples[-1].step == 4
    assert last.speed.mfu == pytest.approx(last.speed.tokens_per_second * last.speed.flops_of_a_token / last.speed.peak)
    assert len(shown[-1].checks) == 4
    assert all(one.holds for one in shown[-1].checks), shown[-1].checks
    assert told[-1][1] <= told[-1][2] == 4


def _config() -> Any:
    return described(Scene(controls=TINY, settings=PANEL.settings)).shape.config(256)


def test_operations_of_a_token_by_hand() -> None:
    """6 N + 12 L H Q T; of a mixture half of the experts' weights are idle."""
    shown = made("run", experts=4)[-1].data
    of = shown.of
    experts = of.layers * of.experts * 3 * of.width * of.hidden
    attention = 12 * of.layers * of.heads * (of.width // of.heads) * of.context
    assert shown.speed.flops_of_a_token == 6 * (of.parameters - experts // 2) + attention


def test_a_run_that_was_stopped_goes_on_to_the_same_end() -> None:
    going: Any = PANEL.results("run", Scene(controls=TINY))
    for each in going:
        if len(each.data.losses) == 3:
            break
    going.close()  # nobody watches any more
    again = made("run")
    assert again[0].data.went_on == 3
    assert [each.step for each in again[0].data.checkpoints] == [0, 1, 2, 3]  # kept before the stop
    for path in run_states.folder().iterdir():
        path.unlink()
    fresh = made("run")[-1].data
    assert fresh.went_on == 0
    assert again[-1].data.losses == fresh.losses
    assert again[-1].data.checkpoints[-1] == fresh.checkpoints[-1]  # its name has the hash of its weights


def test_a_checkpoint_is_trained_anew_by_its_name_and_opens() -> None:
    last = made("run", changes="2-rate-0.01")[-1].data
    name = parse(last.checkpoints[-2].model)
    assert isinstance(name, Trained)
    assert len(name.text) < 400
    checkpoints.shrink(0)
    for path in run_states.folder().iterdir():
        path.unlink()
    assert training_of(name).make().weights == name.weights


def test_a_fork_is_drawn_beside_its_parent() -> None:
    parent = made("run")[-1].data
    fork = made("run", changes="2-optimizer-lion")[-1].data
    assert fork.parent == parent.losses
    assert fork.losses[:2] == parent.losses[:2]
    assert fork.went_on == 2
    assert (fork.changes[0].step, fork.changes[0].what, fork.changes[0].value) == (2, "optimizer", "lion")


@pytest.mark.parametrize(
    ("changes", "error"),
    [("x", BadRequestError), ("2-optimizer-none", BadRequestError), ("9-rate-1", BadRequestError)],
)
def test_changes_that_cannot_be_are_refused(changes: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        made("run", changes=changes)


def test_odd_controls_are_kept_within_their_range() -> None:
    odd = {"layers": "-3", "rate": "1e99", "steps": "0", "kv_heads": 8, "heads": 2, "warmup": "x", "optimizer": "<b>"}
    last = made("run", **odd)[-1].data
    assert (last.of.layers, last.of.rate, last.steps, last.of.kv_heads, last.of.optimizer) == (1, 10.0, 2, 2, "adamw")


def test_a_text_of_ones_own_is_trained_on() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 20
    last = made("run", {TEXT: text}, text=TEXT, vocabulary="bpe")[-1]
    assert last.data.of.unit == "token"
    assert last.data.of.d_vocab < 512  # a text that repeats little has few merges
    assert last.data.of.kinds == 1
    assert TEXT in last.data.checkpoints[-1].model
    assert all(one.holds for one in last.checks), last.checks
    with pytest.raises(NotApplicableError, match="its owner brought it"):
        made("run", text=TEXT)
    with pytest.raises(NotApplicableError, match="This text has 13 tokens"):
        made("finder", {TEXT: "one two three"}, text=TEXT)


def test_a_run_that_comes_apart_is_drawn_with_step_and_tensor() -> None:
    last = made("run", optimizer="sgd", rate=10, clip=1e9, warmup=0, steps=40)[-1]
    stopped = last.data.stopped
    assert stopped is not None
    assert not last.data.done
    assert stopped.step == len(last.data.losses) + 1
    assert stopped.tensor
    assert last.data.kept[-1] == len(last.data.losses)
    assert all(one.holds for one in last.checks), last.checks


@pytest.mark.parametrize(
    "optimizer", ["muon", *(pytest.param(each, marks=pytest.mark.thorough) for each in ("adamw", "lion", "sgd"))]
)
def test_each_optimizer_holds_its_checks(optimizer: str) -> None:
    for view in ("run", "finder"):
        last = made(view, optimizer=optimizer, experts=4 if optimizer == "muon" else 0)[-1]
        assert last.checks
        assert all(one.holds for one in last.checks), last.checks


def test_the_range_test_is_drawn_and_ends() -> None:
    shown = made("finder")
    last = shown[-1].data
    pack(last)
    assert last.ended
    assert last.rates == pytest.approx([1e-6 * 10 ** (7 * step / 29) for step in range(len(last.rates))])
    assert last.steepest < len(last.rates)
    assert last.rates[last.steepest] <= last.rates[last.lowest] * 10


def test_the_range_test_by_hand() -> None:
    """The loss falls by one where the rate is tenfold from 100 on, and is lowest at 1000."""
    losses = [5.0, 5.0, 4.9, 4.0, 3.9, 6.0]
    rates = [1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0]
    assert rate_finder.steepest(rates, losses, over=2) == 3
    assert rate_finder.smoothed([2.0, 4.0], 0.5) == pytest.approx([2.0, (0.5 * 1.0 + 0.5 * 4.0) / 0.75])


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("train.run", "^Before the first step the loss is ln")
def test_weights_that_begin_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Decoder.initialise

    def larger(model: Decoder, generator: torch.Generator | None = None) -> Decoder:
        whole(model, generator)
        with torch.no_grad():
            model.unembed.weight.mul_(20)
        return model

    monkeypatch.setattr(Decoder, "initialise", larger)
    assert not check("run", "Before the first step").holds


@pytest.mark.breaks("train.run", "^The first 2 steps = those of")
@pytest.mark.parametrize(
    ("optimizer", "wrong"),
    [
        ("adamw", {"betas": (0.9, 0.95), "weight_decay": 0.0, "eps": 1e-3}),
        ("lion", {"betas": (0.5, 0.99)}),
        ("sgd", {"momentum": 0.5}),
        ("muon", {"wide": False}),
    ],
)
def test_an_optimizer_with_another_formula(
    optimizer: str, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = replace(by_name.RULES[optimizer], **wrong)
    monkeypatch.setitem(by_name.RULES, optimizer, rule)
    if optimizer == "adamw":
        fused = torch.optim.AdamW
        monkeypatch.setattr(torch.optim, "AdamW", lambda *given, **said: fused(*given, **said, eps=1e-3))
    assert not check("run", "The first 2 steps", optimizer=optimizer).holds


@pytest.mark.breaks("train.run", "^The tokens of each step, counted in its windows")
def test_windows_that_are_longer_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Batches.__call__

    def longer(batches: Batches, step: int) -> Any:
        return drawn(replace(batches, n_ctx=batches.n_ctx + 1), step)

    monkeypatch.setattr(Batches, "__call__", longer)
    assert not check("run", "The tokens of each step").holds


@pytest.mark.breaks("train.run", "^The held-out loss at the end = that of transformers")
@pytest.mark.parametrize("experts", [0, 4])
def test_a_run_that_is_measured_before_its_last_step(experts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = LiveRun.measure

    def late(run: LiveRun) -> Any:
        found = measured(run)
        with torch.no_grad():
            run.model.get_parameter("blocks.0.attn.W_O.weight").add_(0.05)
        return found

    monkeypatch.setattr(LiveRun, "measure", late)
    assert not check("run", "The held-out loss at the end", experts=experts).holds


@pytest.mark.breaks("train.finder", r"^The losses of the first \d+ steps = those of")
def test_rates_that_grow_by_equal_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def line(schedule: Schedule, step: int) -> float:
        return schedule.floor + (schedule.peak - schedule.floor) * step / (schedule.steps - 1)

    monkeypatch.setattr(Schedule, "__call__", line)
    assert not check("finder", "The losses of the first").holds


def test_a_peer_that_is_compared_with_itself_would_say_0() -> None:
    """The peers are none of ours: their steps are torch's, or the paper's program."""
    run = described(Scene(controls=TINY, settings=PANEL.settings))
    model = LiveRun(run, RunTexts(run)).model
    kinds = {
        name: {type(each) for each in run_peers.peers(model, replace(run, optimizer=name))} for name in by_name.RULES
    }
    ours = {type(each) for each in by_name.RULES.values()} | {by_name.PlainSteps}
    assert all(not found & ours for found in kinds.values())
