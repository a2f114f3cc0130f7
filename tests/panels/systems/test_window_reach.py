"""The cone of a token's influence: its bound, what is in it, and that a window which leaks is seen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.systems import window_reach as experiment
from explorer.figures.systems import window_reach as figure
from explorer.panels.protocol import whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import window_reach_views as panel
from explorer.stack.transformer.attention import Visibility
from explorer.tracing import TraceKey, capture

if TYPE_CHECKING:
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"


def scene_of(model: Model) -> Scene:
    return Scene(model, capture(model, TraceKey(model.name, TEXT)), None, Focus(2, 0, 0, None))


@pytest.fixture(scope="module")
def scene(small: Model) -> Scene:
    return scene_of(small)


@pytest.mark.thorough
def test_the_cone_on_the_default_model(model: Model) -> None:
    made = whole(panel.cone(scene_of(model)))
    data = made.data
    assert all(check.holds for check in made.checks)
    assert data.windows == [2] * 30
    assert not data.own
    assert data.bound[:4] == [0, 1, 2, 3]
    assert data.bound[-1] == 11
    assert data.farthest[:4] == [0, 1, 2, 3]
    assert all(felt <= far <= bound for felt, far, bound in zip(data.felt, data.farthest, data.bound, strict=True))
    assert data.whole is not None
    assert data.change[0, 1:].abs().max() == 0


def test_the_models_own_windows_stay_offered_beside_another(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """They vanished from the choice once another window was chosen: nothing led back to them."""
    monkeypatch.setattr(panel, "windows_of", lambda config: (3,) * scene.model.dims.n_layers)
    own, other = (next(panel.cone(replace(scene, controls=said))).data for said in ({}, {"window": 4}))
    assert (own.own, own.has_own, own.windows[0]) == (True, True, 3)
    assert (other.own, other.has_own, other.windows[0]) == (False, True, 4)
    assert not next(
        panel.cone(replace(scene, controls={"window": 4}, focus=Focus(len(scene.trace.ids) - 3, 0, 0, None)))
    ).data.has_own


def test_without_windows_it_is_another_run_of_the_model(scene: Scene) -> None:
    """The change of the last stream, by the model itself on the changed text."""
    made = experiment.influence(scene.decoder, scene.trace.ids, 2)
    ids = scene.trace.ids.clone()
    ids[2] = made.replaced_by[0]
    with torch.inference_mode():
        logits = scene.model.hf(ids[None]).logits[0, 2:].double().log_softmax(-1)
    own = scene.trace.logits[2:].double().log_softmax(-1)
    kl = (own.exp() * (own - logits)).sum(-1)
    assert bool((made.kl >= kl - 1e-3).all())
    assert len(made.replaced_by) == experiment.REPLACEMENTS


@pytest.mark.breaks("window_reach.cone", "Change beyond the bound = 0")
def test_a_window_that_is_one_too_wide_is_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Visibility.of
    wide = lambda query, key, window=None, causal=True: true(query, key, window and window + 1, causal)  # noqa: E731
    monkeypatch.setattr(Visibility, "of", wide)
    monkeypatch.setattr(Visibility, "in_order", lambda n, window=None: Visibility(None, True, window and window + 1))
    beyond = next(check for check in whole(panel.cone(scene)).checks if "beyond the bound" in check.statement)
    assert beyond.error > 0.01
    assert not beyond.holds


@pytest.mark.breaks("window_reach.cone", r"Bound = product of \d+ blocks’ masks")
def test_a_bound_of_whole_windows_is_not_the_masks(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """L W, as it is commonly written, is too much."""
    monkeypatch.setattr(figure, "reach", lambda windows: tuple(w * at for at, w in enumerate((0, *windows))))
    bound = next(check for check in whole(panel.cone(scene)).checks if "Bound" in check.statement)
    assert bound.error > 0
    assert not bound.holds


def test_a_models_own_windows(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tuple(None if layer % 6 == 5 else 4 for layer in range(6))
    monkeypatch.setattr(panel, "windows_of", lambda _: own)
    data = whole(panel.cone(scene)).data
    assert data.own
    assert data.windows == list(own)
    assert data.bound[5:] == [data.bound[-1]] * 2
    assert math.isinf(figure.reach(own)[6])


def test_the_last_token_is_heard_by_nobody(scene: Scene) -> None:
    last = Scene(scene.model, scene.run, None, Focus(len(scene.trace.ids) - 1, 0, 0, None))
    with pytest.raises(NotApplicableError, match="In this run, too few tokens follow"):
        next(panel.cone(last))
