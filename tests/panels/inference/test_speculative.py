"""The race and the drafts' worth on a small model, and their checks on rules that keep too much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from explorer.experiments.inference import speculative as experiment
from explorer.panels.inference import speculative_views as panel
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference import speculative_sampling
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SKIP = {"draft": "skip", "blocks": 3, "new": 12, "gamma": 3}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "REPEATS", 2)
    monkeypatch.setattr(experiment, "ROUNDS", 3)


def test_a_race_round_by_round(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("speculative.rounds", progress=lambda *at: told.append(at), **SKIP)
    made = shown[-1].data
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    n = len(made.rounds)
    assert [len(part.data.rounds) for part in shown] == [*range(1, n + 1), n, n]
    assert [part.data.repeats for part in shown] == [0] * n + [1, 2]
    assert all(part.data.ratio is None for part in shown[:n])
    assert len(made.new_ids) == 12
    assert made.ratio is not None
    assert told[-1][1] == told[-1][2]


def test_at_a_temperature_the_draws_are_counted(check: Find) -> None:
    made = check("speculative.rounds", "tokens fall as p says", temperature=1.0, **SKIP)
    assert made.holds
    assert 0 < made.tolerance < 0.03


def test_what_the_drafts_are_worth(view: View) -> None:
    shown = view("speculative.drafts", blocks=3)
    made = shown[-1].data
    assert [part.data.rounds for part in shown] == [1, 2, 3]
    assert all(check.holds for check in shown[-1].checks)
    assert tuple(one.kind for one in made.drafts) == made.kinds
    assert all(len(one.speedup) == panel.GAMMAS for one in made.drafts)
    assert {one.verdict for one in made.drafts} <= {"pays", "costs", "unclear"}


def test_a_draft_of_weights_that_came_in_four_bits_says_so(small: Model) -> None:
    card = replace(small.card, weights_note="4-bit weights (Q4_1), dequantised to float32")
    stand_in = replace(small, card=card)
    assert "on a grid of 4 bits already" in panel._note(Scene(stand_in), ("int4", "lookup"))
    assert panel._note(Scene(stand_in), ("lookup",)) == ""
    assert panel._note(Scene(small), ("int4",)) == ""


def keeps_all(p_x: torch.Tensor, q_x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(u, dtype=torch.bool)


@pytest.mark.breaks("speculative.rounds", "Output equals plain greedy")
@pytest.mark.breaks("speculative.rounds", "tokens fall as p says")
@pytest.mark.breaks("speculative.drafts", "drafts judged .* times at")
def test_a_rule_that_keeps_every_draft_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculative_sampling, "accepts", keeps_all)
    assert not check("speculative.rounds", "Output equals plain greedy", **SKIP).holds
    assert not check("speculative.rounds", "tokens fall as p says", temperature=1.0, **SKIP).holds
    assert not check("speculative.drafts", "drafts judged", temperature=1.0, blocks=3).holds


@pytest.mark.breaks("speculative.rounds", "tokens fall as p says")
def test_replacements_from_p_itself_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculative_sampling, "residual", lambda p, q: p)
    assert not check("speculative.rounds", "tokens fall as p says", temperature=1.0, **SKIP).holds
