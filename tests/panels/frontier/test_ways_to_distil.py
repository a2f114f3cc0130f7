"""Ways to distil: what was recorded says what is claimed; the live one trains; each check fails when broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.experiments import shelf_course
from explorer.experiments.frontier import distilling, distilling_kept
from explorer.experiments.frontier.distilling_kept import Curve
from explorer.figures.frontier import ways_to_distil as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.distillation.student import WAYS

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
QUICK = {"steps": "2", "seeds": "1", "texts": "passages"}


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of 16 tokens, measured at both ends."""
    monkeypatch.setattr(shelf_course, "N_CTX", 16)
    monkeypatch.setattr(distilling, "MEASURED", 1)


def curve(way: str, seed: int, held: float) -> Curve:
    return Curve(way, "0.3", 1, seed, [0, 9], [8.0, held], [], (1.0, 2.0), 0.1)


def test_an_end_is_paired_by_seed() -> None:
    """By hand: differences .1, .3, .2 are .2 with an interval of .248 (Student's 4.303 times .1 / sqrt 3)."""
    curves = [curve("text", seed, held) for seed, held in enumerate((1.0, 2.0, 3.0))]
    curves += [curve("own", seed, held) for seed, held in enumerate((1.1, 2.3, 3.2))]
    found = figure.end(curves, "own", 9)
    assert found.mean == pytest.approx(0.2)
    assert found.high is not None
    assert found.high - 0.2 == pytest.approx(0.2484, abs=1e-3)
    assert not found.known
    sure = [curve("jsd", seed, held - 1) for seed, held in enumerate((1.0, 2.01, 3.0))]
    assert figure.end([*curves, *sure], "jsd", 9).known
    assert figure.end(curves[:4], "own", 9).low is None  # one seed has no interval
    assert figure.end(curves, "text", 9).known is False


def test_the_recording_has_three_seeds_of_every_way(view: View) -> None:
    [shown] = view("ways_to_distil.recorded")
    assert [each.way for each in shown.data.ends] == [each.name for each in WAYS]
    assert all(each.seeds == 3 for each in shown.data.ends)
    assert all(check.holds for check in shown.checks)


def test_smollm2_taught_students_of_its_vocabulary(view: View) -> None:
    [shown] = view("ways_to_distil.recorded", teacher=distilling.SMOLLM2)
    assert [(each.way, each.seeds) for each in shown.data.ends] == [("text", 3), ("forward", 3)]
    assert all(check.holds for check in shown.checks)
    layers, width, hidden, _ = distilling.LARGE_VOCABULARY["3.3"]
    block = 3 * width * hidden + 3 * width * width + 2 * width  # half as many heads of keys and values; two norms
    assert shown.data.parameters == 49_152 * width + layers * block + width


@pytest.mark.usefixtures("_short", "empty_cache")
def test_it_is_drawn_as_it_trains(view: View) -> None:
    shown = view("ways_to_distil.live", **QUICK)
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert [each.way for each in shown[-1].data.courses] == [each.name for each in WAYS]
    assert {each.step[-1] for each in shown[-1].data.courses} == {2}
    first = {each.held[0] for each in shown[-1].data.courses}
    assert len(first) == 1  # all start from the same weights


@pytest.mark.breaks("ways_to_distil.recorded", "^With the teacher’s distributions")
def test_a_seed_whose_student_ends_above(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = distilling_kept.stored()
    worse = [replace(each, held=[*each.held[:-1], 99.0]) if each.way == "forward" and each.seed == 1 else each
             for each in kept.curves]  # fmt: skip
    monkeypatch.setattr(distilling_kept, "stored", lambda *_: replace(kept, curves=tuple(worse)))
    assert not check("ways_to_distil.recorded", "With the teacher").holds


@pytest.mark.usefixtures("_short", "empty_cache")
@pytest.mark.breaks("ways_to_distil.live", "^KL from the teacher, made in pieces")
def test_a_divergence_that_is_another(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distilling, "FORWARD", 0.5)
    assert not check("ways_to_distil.live", "made in pieces", **QUICK).holds


@pytest.mark.usefixtures("_short", "empty_cache")
@pytest.mark.breaks("ways_to_distil.live", "^The first . steps of soft targets")
def test_a_training_that_hangs_on_more_than_its_seed(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = distilling._begun

    def other(name: str, asked: distilling.Asked, seed: int, course: object) -> distilling.Arm:
        made = true(name, asked, seed, course)  # pyright: ignore[reportArgumentType]
        if asked.ways == ("forward",):
            made.student.embed.weight.data.mul_(1.01)
        return made

    monkeypatch.setattr(distilling, "_begun", other)
    assert not check("ways_to_distil.live", "trained again alone", **QUICK).holds
