"""Patches: norms and removals; each check fails when its subject is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.frontier import patch_norms as experiment
from explorer.figures.payload import pack
from explorer.panels.frontier.patch_norms import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.vision_transformer import VisionTransformer

SCENE = Scene(controls={"draws": "3"})


def rendered(view: str) -> Rendered:
    *_, made = PANEL.results(view, SCENE)
    return made


def check(view: str, words: str) -> Check:
    [found] = [one for one in rendered(view).checks if words in one.statement]
    return found


def test_norms_of_every_block() -> None:
    made = rendered("norms")
    assert all(each.holds for each in made.checks), made.checks
    assert made.data.norms.shape == (13, 257)
    pack(made.data)


def test_the_longest_are_taken_away() -> None:
    made = rendered("removed")
    assert all(each.holds for each in made.checks), made.checks
    assert set(made.data.chosen) == set(made.data.norms.topk(4).indices.tolist())
    assert len(made.data.placebo_cls) == 3
    assert not set(made.data.example) & set(made.data.chosen)


def test_replaced_by_the_mean_of_the_others() -> None:
    stream = torch.tensor([[[9.0], [1.0], [2.0], [6.0]]])  # CLS, three patches
    assert experiment.replaced(stream, [2])[0, :, 0].tolist() == [9.0, 1.0, 2.0, 1.5]


# ---- each check fails when its subject is broken ---------------------------------------------------------------------


@pytest.mark.breaks("patch_norms.norms", "^Norms by fused attention")
def test_attention_written_out_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = VisionTransformer.look

    def longer(self: Any, pixels: torch.Tensor) -> Any:
        made = plain(self, pixels)
        return replace(made, hidden=made.hidden * 1.01)

    monkeypatch.setattr(VisionTransformer, "look", longer)
    assert not check("norms", "fused").holds


@pytest.mark.breaks("patch_norms.removed", "^Taken away behind the last block")
def test_patches_counted_from_cls(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = experiment.replaced

    def one_off(stream: torch.Tensor, chosen: Sequence[int]) -> torch.Tensor:
        return plain(stream, [each - 1 for each in chosen])

    monkeypatch.setattr(experiment, "replaced", one_off)
    assert not check("removed", "behind the last block").holds
