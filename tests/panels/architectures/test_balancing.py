"""The balancing panel on a tiny mixture: it draws as it trains; each check fails when what it is about is broken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.experiments.architectures import balancing as trained
from explorer.figures.payload import pack
from explorer.panels.architectures import balancing_views
from explorer.panels.architectures.balancing import PANEL
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.architectures import router_training
from explorer.stack.architectures.capacity import Limited
from explorer.stack.transformer.balancing import Balance
from explorer.zoo import Model
from tests.tiers import spread

QUICK = {"steps": "50", "experts": "4", "method": "loss"}


@pytest.fixture(autouse=True)
def afresh(moe: Model) -> Iterator[None]:
    trained._KNOWN.pop(moe, None)
    yield
    trained._KNOWN.pop(moe, None)


def scene(moe: Model, **controls: str) -> Scene:
    return Scene(moe, focus=Focus(layer=1), controls=QUICK | controls)


def check(moe: Model, view: str, words: str) -> Check:
    [found] = [one for one in PANEL.render(view, scene(moe)).checks if words in one.statement]
    return found


@pytest.mark.parametrize("method", spread(balancing_views.METHODS, 1))
def test_both_views_draw_as_it_trains(moe: Model, method: str) -> None:
    for view in ("training", "price"):
        trained._KNOWN.pop(moe, None)
        made = list(PANEL.rendering(view)(scene(moe, method=method)))  # pyright: ignore[reportArgumentType]
        assert [len(each.data.plain.loss) for each in made] == [20, 40, 50]
        assert [bool(each.checks) for each in made] == [False, False, True]
        assert [each.data.chosen.end.held_out is None for each in made] == [True, True, False]
        assert all(one.holds for one in made[-1].checks), made[-1].checks
        for each in made:
            pack(each.data)
    assert (made[-1].data.chosen.limits is None) == (method == "choice")
    assert made[-1].data.plain.limits is not None


def test_stored_trainings_need_no_model() -> None:
    made = PANEL.render("recorded", Scene())
    assert [one.name for one in made.data.models] == list(balancing_views.TWINS)
    assert made.checks
    assert made.checks[0].holds
    assert PANEL.reads(PANEL.view("recorded")) == "nothing"
    assert PANEL.reads(PANEL.view("training")) == "model"


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("balancing.training", r"^Balance loss = n Σ f P")
def test_a_loss_of_another_scale(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = router_training.load_balancing

    def halved(*given: torch.Tensor) -> Balance:
        made = plain(*given)
        return replace(made, loss=made.loss / 2)

    monkeypatch.setattr(router_training, "load_balancing", halved)
    assert not check(moe, "training", "Balance loss").holds


@pytest.mark.breaks("balancing.training", r"^Autograd’s slope")
def test_a_slope_through_the_counts(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def both(probs: torch.Tensor, indices: torch.Tensor) -> Balance:  # f soft as well: P itself
        P = probs.mean(0)
        return Balance(P.detach(), P, len(P) * (P * P).sum())

    monkeypatch.setattr(trained, "load_balancing", both)
    assert not check(moe, "training", "Autograd").holds


@pytest.mark.breaks("balancing.training", r"trained again with the same seed are the same$")
def test_a_training_that_draws_elsewhere(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain: Any = torch.randint
    counted = iter(range(100))

    def drifting(*given: Any, **named: Any) -> torch.Tensor:
        return (plain(*given, **named) + next(counted)) % given[0]

    monkeypatch.setattr(torch, "randint", drifting)
    assert not check(moe, "training", "trained again with").holds


@pytest.mark.breaks("balancing.price", r"= counts beyond the limit")
def test_a_limit_that_is_one_too_high(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = trained.limit

    def lenient(indices: torch.Tensor, weights: torch.Tensor, n_experts: int, capacity: int) -> Limited:
        return plain(indices, weights, n_experts, capacity + 1)

    monkeypatch.setattr(trained, "limit", lenient)
    assert not check(moe, "price", "counts beyond the limit").holds


@pytest.mark.breaks("balancing.recorded", r"end where the trainings’ records say$")
def test_a_curve_that_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = balancing_views.TWINS[0]
    shutil.copytree(
        balancing_views.shelf_folder() / name, tmp_path / name, ignore=shutil.ignore_patterns("*.safetensors")
    )
    path = tmp_path / name / "loss.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-7]))
    monkeypatch.setattr(balancing_views, "shelf_folder", lambda: tmp_path)
    made = PANEL.render("recorded", Scene())
    assert made.data.missing == 1
    assert not made.checks[0].holds
