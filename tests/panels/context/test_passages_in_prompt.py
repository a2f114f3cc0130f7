"""Passages in the prompt: each view streams and holds, and each check fails when its subject is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiments.context import passages_in_prompt as experiment
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"questions": 2, "among": 3, "tokens": 20}


def test_the_answer_is_read_at_every_place(view: View) -> None:
    shown = view("passages_in_prompt.middle", **FEW)
    assert [len(part.data.questions) for part in shown] == [1, 2]
    data = shown[-1].data
    assert len(data.places) == 3
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    mean = sum(each.values[0] for each in data.questions) / 2
    assert data.places[0].mean == pytest.approx(mean - data.without, abs=1e-4)
    assert data.places[0].low < data.places[0].mean < data.places[0].high


def test_turned_keys_are_nearer_to_the_whole_run(view: View) -> None:
    shown = view("passages_in_prompt.reuse", **FEW)[-1]
    assert all(check.holds for check in shown.checks), shown.checks
    by_name = {(each.name, each.turned_round): each.kl.mean for each in shown.data.joins}
    assert by_name["turned", False] < by_name["unturned", False]
    assert by_name["turned", True] < by_name["unturned", True]


def test_whole_passages_are_the_same_for_every_way(view: View) -> None:
    shown = view("passages_in_prompt.cut", **FEW)[-1]
    assert all(check.holds for check in shown.checks), shown.checks
    ends = [each.points[-1].mean for each in shown.data.ways]
    assert ends == pytest.approx([ends[0]] * 3, abs=1e-4)
    assert len(shown.data.surprisal) == len(shown.data.ids)


@pytest.mark.breaks("passages_in_prompt.middle", "^The last answer with its passage in the middle")
def test_places_that_are_turned_round(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.by_place
    monkeypatch.setattr(experiment, "by_place", lambda *asked: true(*asked).roll(1, 0))
    assert not check("passages_in_prompt.middle", "in the middle", **FEW).holds


@pytest.mark.breaks("passages_in_prompt.reuse", "^Keys of block 0, turned to their new places")
@pytest.mark.breaks("passages_in_prompt.reuse", "^The last whole run = transformers’ own pass")
def test_keys_that_are_turned_the_other_way(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.stack.context import reused_passages

    true, read = reused_passages.turned, experiment._logits

    def off(*asked: Any, **said: Any) -> torch.Tensor:
        return read(*asked, **said).roll(1, -1)

    monkeypatch.setattr(reused_passages, "turned", lambda x, by, rope: true(x, -by, rope))
    monkeypatch.setattr(experiment, "_logits", off)
    assert not check("passages_in_prompt.reuse", "Keys of block 0", **FEW).holds
    assert not check("passages_in_prompt.reuse", "whole run = transformers", **FEW).holds


@pytest.mark.breaks("passages_in_prompt.cut", "^Surprisals of the first passage")
@pytest.mark.breaks("passages_in_prompt.cut", "^All tokens kept = transformers’ own pass")
def test_surprisals_and_tokens_that_are_one_off(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    surprisals, kept = experiment.surprisals, experiment.kept
    monkeypatch.setattr(experiment, "surprisals", lambda *asked: surprisals(*asked).roll(1))
    monkeypatch.setattr(experiment, "kept", lambda *asked: kept(*asked)[1:])
    assert not check("passages_in_prompt.cut", "Surprisals", **FEW).holds
    assert not check("passages_in_prompt.cut", "All tokens kept", **FEW).holds
