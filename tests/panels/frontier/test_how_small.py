"""How small: cuts of the teacher in numbers, and checks that fail when a cut is no such cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.experiments.frontier import distilling_kept
from explorer.experiments.frontier import how_small as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.distillation import pruned

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
QUICK = {"windows": "1"}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One width."""
    monkeypatch.setattr(experiment, "WIDTHS", (0.5,))


def test_every_cut_stores_less_and_loses_more(view: View) -> None:
    data = view("how_small.sizes", **QUICK)[-1].data
    whole, *cuts = data.smaller
    assert whole.way == "whole"
    assert whole.stored == 12_471_744  # as the card says
    assert {each.way for each in cuts} == {"depth", "width", "sparse", "merged"}
    assert all(each.stored < whole.stored for each in cuts)
    assert all(each.loss > whole.loss for each in cuts)
    assert {each.size for each in data.students} == {300_760, 578_112, 996_192}


@pytest.fixture
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where losses are not asked for."""
    monkeypatch.setattr(experiment, "held_loss", lambda *_: 4.0)


@pytest.mark.usefixtures("_unmeasured")
@pytest.mark.breaks("how_small.sizes", "^Of every four weights 2:4 leaves two at most")
def test_fours_that_keep_their_smallest(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruned, "two_of_four", lambda weight: weight - two(weight))
    assert not check("how_small.sizes", "Of every four", **QUICK).holds


two = pruned.two_of_four


@pytest.mark.usefixtures("_unmeasured")
@pytest.mark.breaks("how_small.sizes", "^Without two blocks, and with half")
def test_other_blocks_than_those(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = pruned.without_blocks
    monkeypatch.setattr(pruned, "without_blocks", lambda decoder, left: true(decoder, [each ^ 1 for each in left]))
    assert not check("how_small.sizes", "Without two blocks", **QUICK).holds


@pytest.mark.breaks("how_small.sizes", "^The teacher’s loss = the one recorded")
@pytest.mark.thorough
def test_students_that_were_measured_elsewhere(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = distilling_kept.stored()
    monkeypatch.setattr(distilling_kept, "stored", lambda: replace(kept, teacher_loss=kept.teacher_loss + 0.1))
    assert not check("how_small.sizes", "The teacher’s loss", windows="4").holds
