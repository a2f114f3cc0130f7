"""Interchange: one direction holds the carry, controls do not; the check fails when the exchange is another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from explorer.experiments.inside import interchange as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.interchange import leads

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_one_direction_holds_the_carry_and_controls_do_not(view: View) -> None:
    shown = view("interchange.carried", steps="40")
    data = shown[-1].data
    assert not shown[0].data.shares
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    assert data.right > 0.95
    assert len(data.whole) == 12
    one = {each.kind: each for each in data.shares if each.rank == 1}
    assert one["learned"].low > max(one[kind].high for kind in ("random weights", "random directions"))
    assert one["learned"].share > one["shuffled answers"].share + 0.1
    # before block 0 the second number's units are all that differs in the carry of sums with one first number
    assert data.whole[4] > 0.9
    assert max(data.whole[:3]) == 0.0


def test_pairs_are_what_is_said(view: View) -> None:
    del view
    data, (base, source) = experiment.sums(), experiment.chosen(experiment.decoder(), True, 20, 3)
    assert bool((data.numbers[base, 0] == data.numbers[source, 0]).all())
    assert bool((data.carry[base] != data.carry[source]).all())
    asked = experiment.Asked(1, 4, True, 0, 0)
    before = leads(experiment.decoder(), experiment.pairs(experiment.decoder(), asked, 20, 3), torch.zeros(64, 1))
    assert bool((before < 0).all())


@pytest.mark.breaks("interchange.carried", "^A hook in a whole run of transformers’ model gives the same leads")
def test_an_exchange_of_another_size(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.interchanged
    monkeypatch.setattr(experiment, "interchanged", lambda h, source, basis: true(h, 2 * source, basis))
    assert not check("interchange.carried", "A hook in", steps="2").holds
