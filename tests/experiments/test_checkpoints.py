"""Checkpoints of live trainings: one trained by itself is the one that was on the page, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import explorer
from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments import shelf_course
from explorer.experiments.architectures import expert_granularity, upcycling
from explorer.experiments.checkpoints import Keeper, LiveRecipe, Trainings
from explorer.experiments.evaluation import contamination
from explorer.experiments.shelf_course import Bytes
from explorer.experiments.transformer import block_variants
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.trained import training_of
from explorer.zoo import checkpoints
from explorer.zoo.made_names import Trained, parse

pytestmark = pytest.mark.usefixtures("empty_cache")
SHORT = {"steps": 4, "texts": "passages", "seed": 3}
TRAININGS = [
    pytest.param("block_variants", "residual_path", SHORT | {"blocks": 2}, id="residual path"),
    pytest.param(
        "block_variants",
        "feed_forwards",
        {"rounds": 4, "texts": "passages", "seed": 3, "layers": 1, "seeds": 2},
        id="feed-forward layers",
    ),
    pytest.param("expert_granularity", "training", SHORT | {"seeds": 2, "cut": 2}, id="granularity"),
    pytest.param("upcycling", "training", SHORT | {"steps": 2}, id="upcycling", marks=pytest.mark.thorough),
]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_course, "N_CTX", 16)
    monkeypatch.setattr(block_variants, "MEASURED", 2)
    monkeypatch.setattr(upcycling, "MEASURED", 2)
    monkeypatch.setattr(expert_granularity, "MEASURED", 2)


def name_of(text: str) -> Trained:
    name = parse(text)
    assert isinstance(name, Trained)
    return name


@pytest.mark.parametrize(("panel", "view", "controls"), TRAININGS)
def test_one_trained_by_itself_is_the_one_of_the_page(panel: str, view: str, controls: dict[str, Any]) -> None:
    declared = panels()[panel]
    shown: Any = [each.data for each in declared.results(view, Scene(controls=controls))]
    kept = shown[-1].checkpoints
    arms, steps = declared.view(view).trains, controls[declared.view(view).ends]
    assert {each.arm for each in kept} == set(arms)
    assert {each.step for each in kept} == {0, steps // 2, steps}
    counts = [len(each.checkpoints) for each in shown]
    assert counts == sorted(counts)
    assert counts[0] == len(arms)  # there while it trains
    assert all(checkpoints.find(name_of(each.model)) is not None for each in kept)
    checkpoints.shrink(0)  # a visitor has only the link
    for arm in arms:
        [middle] = [each for each in kept if each.arm == arm and each.step == steps // 2]
        name = name_of(middle.model)
        assert checkpoints.find(name) is None
        told: list[Any] = []
        found = training_of(name).make(lambda *said, told=told: told.append(said))
        assert found.weights == name.weights
        assert told[-1][2] == name.step
        assert training_of(name).make() == found  # trained once


def test_a_model_that_read_the_test_is_one_of_a_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained alone it reads the same batches, drawn one after another."""
    monkeypatch.setattr(contamination, "EVERY", 2)
    shown: Any = panels()["contamination"].results("leaks", Scene(controls={"steps": 60, "measure": "Min-K%"}))
    next(shown)
    [kept] = next(shown).data.checkpoints[-1:]
    shown.close()
    name = name_of(kept.model)
    assert name.settings == (("seed", "0"), ("steps", "60"))  # what is asked of it is no part of it
    assert name.step == 4
    checkpoints.shrink(0)
    assert training_of(name).make().weights == name.weights


def test_another_seed_and_another_step_are_other_weights() -> None:
    recipe = "trained:block_variants.residual_path.with,blocks:2,seed:{},steps:4,texts:passages@{}"
    found = [training_of(name_of(recipe.format(*each))).make().weights for each in ((0, 1), (1, 1), (0, 2), (0, 0))]
    assert len(set(found)) == 4


def test_what_a_recipe_leaves_out_is_what_the_panel_declares() -> None:
    short = training_of(name_of("trained:block_variants.residual_path.with,blocks:2,texts:passages@1")).make()
    whole = "trained:block_variants.residual_path.with,blocks:2,seed:0,steps:120,texts:passages@1"
    assert training_of(name_of(whole)).make().weights == short.weights


def test_a_training_without_a_recipe_keeps_nothing() -> None:
    asked = block_variants.Asked(blocks=2, steps=4, texts="passages")
    made = block_variants.residual_beginning(asked)
    for arm in made.arms:
        arm.measure(made.course)
    assert Keeper(None).keep(Trainings(made.arms, made.course, Bytes.tokenizer)) == []
    assert not list((checkpoints._root()).glob("*"))


def test_a_disk_that_cannot_be_written_stops_no_training(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file"))
    shown: Any = [each.data for each in panels()["block_variants"].results(
        "residual_path", Scene(controls=SHORT | {"blocks": 2}))]  # fmt: skip
    assert shown[-1].checkpoints == []
    assert shown[-1].arms[0].training.measured == [0, 2, 4]
    assert not empty_cache.exists()


def test_a_training_that_ended_leaves_what_it_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: Any = panels()["block_variants"].results("residual_path", Scene(controls=SHORT | {"blocks": 2}))
    first: Any = next(stopped)
    stopped.close()  # nobody watches any more
    kept = first.data.checkpoints
    assert [each.arm for each in kept] == ["with", "without"]
    assert all(zoo.load(each.model).card.title.endswith("step 0") for each in kept)


def test_what_no_library_has_is_opened_too() -> None:
    """The decoder without a residual path: its run has all that means something in it."""
    name = "trained:block_variants.residual_path.without,blocks:2,texts:passages@2"
    training_of(name_of(name)).make()
    model = zoo.load(name)
    trace = explorer.trace(model, "A cat")
    assert not model.decoder.config.residual
    assert torch.equal(trace.resid_mid, trace.attn_out)
    with pytest.raises(NotApplicableError, match="takes the place of the stream"):
        trace.attribution(0, 1)


def test_the_name_of_a_view_is_that_of_its_declared_settings() -> None:
    recipe = LiveRecipe("panel.view", "Title", ("one",), (("steps", "4"), ("blocks", "2")), 4)
    assert recipe.name("one", 3).text == "trained:panel.view.one,blocks:2,steps:4@3"
