"""Both panels on lenses with a small model; and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.experiments.inside import jacobian_lens, lenses
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.lenses.jacobian import rows_of
from explorer.stack.frontier.lenses.lens import Lens, reading
from explorer.zoo import lenses as shelf
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lenses, "TOKENS", 4)
    monkeypatch.setattr(lenses, "BLOCKS", 3)


def test_four_lenses_read_one_run(view: View) -> None:
    made = view("lenses.read")[-1]
    assert [each.kind for each in made.data.lenses] == ["logit", "tuned", "least_squares", "jacobian"]
    assert all(each.holds for each in made.checks), made.checks
    first = made.data.lenses[0].ids[0]
    assert bool((made.data.lenses[1].ids[0] != first).any()), "a map changes what is read"


def test_fitted_maps_are_nearer_on_texts_that_they_never_saw(view: View) -> None:
    made = view("lenses.held", texts=4)[-1]
    assert all(each.holds for each in made.checks), made.checks
    kinds, gain = made.data.kinds, made.data.gain
    for kind in ("tuned", "least_squares"):
        assert float(gain[kinds.index(kind), 0]) < 0


def test_an_exchange_moves_the_odds(view: View) -> None:
    made = view("lenses.swapped")[-1]
    assert all(each.holds for each in made.checks), made.checks
    assert bool(made.data.after.isfinite().all())
    assert made.data.before < 0 < float(made.data.after[0, -1]), "late, the logit lens's own directions decide"


def test_a_concept_stands_ready_where_it_is_said(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jacobian_lens, "TOGETHER", 1)
    shown = view("jacobian_lens.ready", prompts=2)
    made = shown[-1].data
    assert [each.data.prompts for each in shown] == [1, 2]
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    torch.testing.assert_close(made.z[-1, 1:], made.logit[-1, 1:])  # J = I behind the last block
    assert bool(made.z[:, 0].isnan().all())
    assert made.agreement.shape == (1, 2, 6)
    long = view("jacobian_lens.ready", prompts=1, concept="incomprehensibility")[-1]
    assert "tokens of this model" in long.note
    assert long.data.token == made.token  # the answer stands in its place, and the field stays on the page


def test_directions_have_names(small: Model) -> None:
    found = shelf.direction(small, "lens-jacobian-2-7")
    expected = rows_of(small.decoder, shelf.prompts(small), reading(small.decoder, [7]))[:, 0].mean(0)[2]
    assert found is not None
    torch.testing.assert_close(found * expected.norm(), expected)
    assert shelf.direction(small, "refusal") is None
    with pytest.raises(BadRequestError, match="blocks 0 to 5"):
        shelf.direction(small, "lens-logit-9-7")


@pytest.mark.breaks("lenses.read", "^After the last block every lens")
def test_a_map_behind_the_last_block(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Lens.mapped
    monkeypatch.setattr(Lens, "mapped", lambda self, stream: true(self, stream) + stream.roll(1, -1))
    assert not check("lenses.read", "After the last block").holds


@pytest.mark.breaks("lenses.held", "^The logit lens’s KL at the middle block")
def test_a_divergence_of_another_block(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = lenses.kl_of
    monkeypatch.setattr(lenses, "kl_of", lambda *given: true(*given).roll(1, -1))
    assert not check("lenses.held", "The logit lens’s KL", texts=2).holds


@pytest.mark.breaks("lenses.swapped", "^The logit lens’s exchange at the last block")
def test_an_exchange_by_half(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = lenses.exchanged
    monkeypatch.setattr(lenses, "exchanged", lambda x, a, b: (x + true(x, a, b)) / 2)
    assert not check("lenses.swapped", "The logit lens’s exchange").holds


@pytest.mark.breaks("jacobian_lens.ready", "^The middle block’s direction")
def test_a_slope_of_other_positions(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true: Any = jacobian_lens.pulled_back

    def more(found: list[Tensor], last: Tensor, rows: Tensor) -> Tensor:
        return 1.2 * true(found, last, rows)

    monkeypatch.setattr(jacobian_lens, "pulled_back", more)
    assert not check("jacobian_lens.ready", "The middle block", prompts=1).holds
