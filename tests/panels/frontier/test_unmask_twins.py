"""Twins: the bound by draws and over all orders, beside an exact loss; each check fails where it is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.experiments.frontier import any_order as experiment
from explorer.experiments.frontier import mask_weights
from explorer.experiments.frontier import unmask_twins as twins
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.masked_diffusion import bound
from explorer.training import unmask

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SHORT = "In the beginning"


def test_what_was_recorded_is_of_these_weights(view: View) -> None:
    (shown,) = view("unmask_twins.held_out")
    assert all(each.holds for each in shown.checks)
    assert [each.name for each in shown.data.courses] == ["masked", "causal"]
    assert shown.data.mean_bound > 0


def test_both_weights_were_measured_alike(view: View) -> None:
    (shown,) = view("unmask_twins.weights")
    assert all(each.holds for each in shown.checks), shown.checks
    data = shown.data
    assert len(data.seeds) >= 3
    assert [(each.weighing, each.seed) for each in data.runs] == [
        (weighing, seed) for seed in data.seeds for weighing in mask_weights.WEIGHINGS
    ]
    by = {(each.weighing, each.seed): each for each in data.runs}
    bound = data.gaps[0]
    for value, seed in zip(bound.values, data.seeds, strict=True):
        assert value == pytest.approx(by["uniform", seed].bound - by["inverse", seed].bound)
    assert all(each.low <= each.mean <= each.high for each in (*data.gaps, *data.shares, *data.kinds))
    over_texts = sum(each.mean for each in data.kinds) / len(data.kinds)
    assert over_texts == pytest.approx(bound.mean) == pytest.approx(sum(each.mean for each in data.shares) / data.parts)
    assert data.start_apart < 1e-3
    assert len({each.steps for each in mask_weights.stored().runs}) == 1


def test_draws_are_added_to(view: View) -> None:
    shown = view("unmask_twins.drawn", text=SHORT, draws="32")
    counts = [len(each.data.estimators[0].values) for each in shown[:-1]]
    assert counts == [16, 32]
    assert all(each.holds for each in shown[-1].checks)
    assert shown[-1].data.estimators[0].running[-1].draws == 32


def test_the_bound_lies_between_the_orders(view: View) -> None:
    (shown,) = view("unmask_twins.exact", short=SHORT)
    data = shown.data
    assert data.best < data.bound < data.worst
    assert data.mixture < data.bound
    assert data.spread_by_count < data.spread_by_time
    assert data.weights[0] < 1 < data.weights[-1] < 1.01
    assert all(each.holds for each in shown.checks)


@pytest.mark.breaks("unmask_twins.held_out", "^The weights on the disk are those that were measured")
def test_other_weights(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    twins.strange_files.cache_clear()
    monkeypatch.setattr(twins, "sha256_of", lambda path: "0" * 64)
    try:
        assert not check("unmask_twins.held_out", "The weights on the disk").holds
    finally:
        twins.strange_files.cache_clear()


@pytest.mark.breaks("unmask_twins.weights", "^The weights on the disk are those that were measured")
def test_other_weights_of_holes(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_weights, "sha256_of", lambda path: "0" * 64)
    assert not check("unmask_twins.weights", "The weights on the disk").holds


@pytest.mark.breaks(
    "unmask_twins.weights", "^The weights that are kept cost a passage, hidden alike, what was recorded$"
)
def test_weights_that_changed_places(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twins, "uniform", twins.masked)
    assert not check("unmask_twins.weights", "The weights that are kept").holds


@pytest.mark.breaks("unmask_twins.drawn", "^The causal twin’s loss = transformers’ own loss")
def test_a_loss_that_is_shifted(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = twins.causal_nats
    monkeypatch.setattr(twins, "causal_nats", lambda ids, decoder=None: true(ids, decoder).roll(1, 1) + 0.1)
    assert not check("unmask_twins.drawn", "The causal twin’s loss", text=SHORT, draws="16").holds


@pytest.mark.breaks("unmask_twins.exact", "^The sum over all sets = the mean over all orders$")
@pytest.mark.breaks("unmask_twins.exact", "^The mean of 20,000 draws by count = the sum over all sets$")
def test_sets_that_weigh_alike(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound, "count_weights", lambda tokens, eps=0.0: [1 / tokens] * tokens)
    assert not check("unmask_twins.exact", "The sum over all sets", short=SHORT).holds
    assert not check("unmask_twins.exact", "draws by count", short=SHORT).holds


@pytest.mark.breaks("unmask_twins.exact", "^Left to right, one token a step = transformers’ Llama")
def test_an_order_from_the_right(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = bound.chain
    monkeypatch.setattr(bound, "chain", lambda rows, order: true(rows, list(order)[::-1]))
    assert not check("unmask_twins.exact", "Left to right", short=SHORT).holds


def test_a_text_without_tokens_is_refused() -> None:
    from explorer.errors import NotApplicableError

    with pytest.raises(NotApplicableError, match="costs nothing"):
        experiment.exact("")


def test_the_folder_is_what_its_recipe_says() -> None:
    folder: Path = twins.folder()
    assert {each.name for each in folder.iterdir()} >= {"masked.safetensors", "causal.safetensors", unmask.ABOUT}
    masked, causal = twins.courses()
    recipe, said = twins.parts().recipe, twins.parts().said
    assert masked.tokens == recipe.tokens
    assert causal.steps == (said.twin_stops or recipe.optimiser.steps)
    assert masked.begins == said.begins < causal.steps
