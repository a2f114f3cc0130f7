"""Unmask: what is shown was said by the model; each check fails where the mechanism is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiments.frontier import unmask_twins as twins
from explorer.experiments.frontier import unmasking as experiment
from explorer.figures.frontier.unmask import MASK
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.masked_diffusion.model import Unmasker

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
QUICK = {"holes": "4", "steps": "2"}
FEW = {"each": "1", "most": "8"}


def test_every_hole_is_filled_once_and_the_rest_stays(view: View) -> None:
    (shown,) = view("unmask.replay", text="And he said ___ the LORD.", **QUICK)
    data = shown.data
    assert data.given.count(MASK) == 4
    assert data.kept.sum(0).tolist() == [int(each == MASK) for each in data.given]
    assert data.kept.sum(1).tolist() == [2, 2]
    given = [word for word, step in zip(data.given, data.filled.tolist(), strict=True) if step < 0]
    assert "".join(given) == "And he said  the LORD."
    assert all(each.holds for each in shown.checks)


def test_without_a_gap_the_holes_stand_behind(view: View) -> None:
    (shown,) = view("unmask.replay", text="In the beginning", order="left", **QUICK)
    assert shown.data.given[-4:] == [MASK] * 4
    assert shown.data.filled[-4:].tolist() == [0, 0, 1, 1]


def test_what_is_compared_is_written_behind_the_same_prompts(view: View) -> None:
    shown = view("unmask.quality", **FEW)
    ways = shown[-1].data.ways
    assert [each.order for each in ways[:2]] == ["real", "twin"]
    assert [each.steps for each in ways[2:]] == [1, 1, 1, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8]
    assert all(each.low < each.nats < each.high for each in ways)
    assert all(each.holds for each in shown[-1].checks)


@pytest.mark.breaks("unmask.replay", "^Probabilities of what was said = transformers’ Llama")
def test_a_model_that_reads_one_way(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Unmasker.at
    before = twins.masked().decoder.config

    def closed(self: Unmasker, *given: Any) -> torch.Tensor:
        for block in self.decoder.blocks:
            block.get_submodule("attn").__dict__["config"] = twins.causal().config
        try:
            return true(self, *given)
        finally:
            for block in self.decoder.blocks:
                block.get_submodule("attn").__dict__["config"] = before

    monkeypatch.setattr(Unmasker, "at", closed)
    assert not check("unmask.replay", "Probabilities of what was said", **QUICK).holds


@pytest.mark.breaks("unmask.quality", "^The judge’s loss of the first text = transformers’ own loss")
def test_a_judge_that_counts_the_prompt(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.judged_again

    def whole(made: experiment.Written, theirs: torch.nn.Module) -> float:
        monkeypatch.setattr(experiment, "CONTEXT", 4)
        return true(made, theirs)

    monkeypatch.setattr(experiment, "judged_again", whole)
    assert not check("unmask.quality", "The judge’s loss", each="1", most="1").holds
