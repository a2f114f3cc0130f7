"""What filtering buys, on two tiny decoders: what filters remove, both sides' windows, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch

from explorer.experiments.pretraining import filtering as trained
from explorer.figures.pretraining import filtering as figure
from explorer.panels.pretraining.filtering import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.transformer.decoder import Decoder

QUICK = {"steps": 3, "seeds": 1, "filter": "language"}
View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(trained, "D_MODEL", 16)
    monkeypatch.setattr(trained, "ROWS", 2)
    monkeypatch.setattr(trained, "N_CTX", 32)
    monkeypatch.setattr(trained, "HELD", 2)
    yield
    for each in (trained.documents, trained.stays, trained._streams):
        each.cache_clear()


def test_it_draws_as_it_trains(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    steps = view("filtering.training", **QUICK | {"seeds": 2}, progress=lambda *said: told.append(said))
    data = steps[-1].data
    assert all(check.holds for check in steps[-1].checks)
    assert [[len(run.losses) for run in arm.runs] for arm in data.arms] == [[3, 3], [3, 3]]
    assert [run.seed for run in data.arms[0].runs] == [0, 1]
    ends = [[run.held[-1] for run in arm.runs] for arm in data.arms]
    assert data.difference.each == pytest.approx([kept - every for every, kept in zip(*ends, strict=True)])
    assert data.beyond == (abs(data.difference.mean) > data.difference.half)
    assert told[-1] == ("Training steps", 12, 12)
    assert steps[0].data.difference is None


def test_what_a_filter_removes_is_what_it_says(view: View) -> None:
    data = view("filtering.training", **QUICK)[-1].data
    by = {each.kind: each for each in data.kinds}
    assert by["language"].removed == by["language"].documents == 60
    assert by["prose"].removed < 5
    every, kept = data.arms
    assert every.documents - kept.documents == sum(each.removed for each in data.kinds)
    assert every.bytes == sum(each.bytes for each in data.kinds)
    assert kept.bytes < every.bytes


@pytest.mark.parametrize(("name", "gone"), [("duplicates", "exact"), ("classifier", "spam"), ("none", "")])
def test_filters_and_what_was_planted(name: str, gone: str) -> None:
    crawled, _ = trained.documents(0)
    stays = trained.stays(name, 0)
    removed = {kind: sum(not stay for each, stay in zip(crawled, stays, strict=True) if each.kind == kind)
               for kind in {each.kind for each in crawled}}  # fmt: skip
    if gone:
        assert removed[gone] > 40
    else:
        assert not any(removed.values())
    if name == "duplicates":  # of equal texts one is left, where they have five words
        left = [each.text for each, stay in zip(crawled, stays, strict=True) if stay and each.kind != "language"]
        assert len(left) == len(set(left))


def test_both_sides_begin_alike_and_read_their_own() -> None:
    made = trained.beginning(trained.Asked("language", 3, 1, 5))
    first, second = made.arms
    for one, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, other)
    for arm in made.arms:
        assert arm.course is not None
        assert arm.course.batch(0).shape == (2, 33)
    text = bytes(trained._streams("language", 5)[1].tolist()).decode()
    assert "Menschen" not in text  # German is gone
    assert "Menschen" in bytes(trained._streams("language", 5)[0].tolist()).decode()


def test_the_checkpoint_of_a_side_is_trained_anew_on_its_own_windows(view: View) -> None:
    scene = PANEL.scene_of(PANEL.view("training"), Scene(controls=QUICK))
    made = list(trained.filtering(trained.Asked("language", 3, 1, 0)))[-1]
    anew = PANEL.trainings("training")(scene)
    side = anew.arms[1]
    for at in range(3):
        side.step((side.course or anew.course).batch(at))
    for one, other in zip(side.model.parameters(), made.arms[1].model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("filtering.training", r"^No held-out document stands in the crawl")
def test_held_out_documents_that_are_trained_on(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = trained.documents.__wrapped__

    def leaking(seed: int) -> tuple[tuple[trained.Document, ...], tuple[str, ...]]:
        crawled, held = real(seed)
        return crawled, (*held, crawled[0].text)

    leaking.cache_clear = lambda: None  # pyright: ignore[reportFunctionMemberAccess]
    monkeypatch.setattr(trained, "documents", leaking)
    assert not check("filtering.training", "letter by letter", **QUICK).holds


@pytest.mark.breaks("filtering.training", r"^The first \d+ steps trained again")
def test_windows_that_no_seed_draws(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real, drawn = WindowCourse.batch, iter(range(10**6))
    monkeypatch.setattr(WindowCourse, "batch", lambda self, step: real(self, step + next(drawn)))
    assert not check("filtering.training", "trained again", **QUICK).holds


@pytest.mark.breaks("filtering.training", r"^The filtered side’s decoder in transformers’ Llama")
def test_weights_that_are_not_the_decoders(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Decoder.hf_state_dict
    monkeypatch.setattr(Decoder, "hf_state_dict", lambda self: {name: 1.5 * each for name, each in real(self).items()})
    assert not check("filtering.training", "Llama", **QUICK).holds


def test_a_spread_larger_than_the_effect_is_said() -> None:
    made = list(trained.filtering(trained.Asked("none", 2, 2, 0)))[-1]
    shown = figure.shown(made)
    assert shown.difference is not None
    wide = replace(shown.difference, each=[-0.2, 0.1], mean=-0.05, half=1.9)
    assert not abs(wide.mean) > (wide.half or 0)
    assert shown.beyond == (abs(shown.difference.mean) > (shown.difference.half or 0))
