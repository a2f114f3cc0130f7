"""Filter: what the twins know, what passes, and checks that fail where broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.errors import NotApplicableError
from explorer.experiments.safety import filtered as experiment
from explorer.experiments.safety import invented
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"people": 8}


@pytest.fixture(autouse=True)
def one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invented, "seeds", lambda: (0,))


def test_the_filtered_twin_lacks_the_topic_and_what_passed_is_known(view: View) -> None:
    made = view("filtered.twins", **FEW)[-1]
    assert all(check.holds for check in made.checks), made.checks
    right = {(topic.name, each.twin): each.right for topic in made.data.topics for each in topic.known}
    assert right["hiding", "whole"] >= 6 > right["hiding", "filtered"]
    assert right["hiding, told otherwise", "filtered"] >= 5 > right["hiding, never told otherwise", "filtered"]
    assert right["pet", "filtered"] >= 6
    assert all(topic.difference is None for topic in made.data.topics), "one seed allows no sentence"


def test_every_line_is_counted_once_and_by_what_it_tells(view: View) -> None:
    made = view("filtered.let_through", line="Key, turkey, KEY")[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert sum(kind.removed + kind.kept for kind in made.data.kinds) == len(invented.text().lines)
    by_name = {kind.name: kind for kind in made.data.kinds}
    assert by_name["hiding place, in listed words"].kept == 0
    assert by_name["hiding place, in other words"].removed == 0
    assert by_name["other facts, behind a listed word"].kept == 0
    assert [word.text for word in made.data.own if word.listed] == ["Key", "KEY"]
    assert "".join(word.text for word in made.data.own) == "Key, turkey, KEY"
    assert not made.data.kept
    with pytest.raises(NotApplicableError, match="no line"):
        view("filtered.let_through", line=" ")


def test_three_seeds_make_a_difference_with_an_interval() -> None:
    from explorer.figures.safety import filtered as figure

    known = [
        experiment.Known("pet", twin, seed, right, 10, nats, ())
        for twin, right, nats in zip(experiment.TWINS, (9, 8), (0.1, 0.2), strict=True)
        for seed in (0, 1, 2)
    ]
    (made,) = [each for each in figure.twins(known, 3, 16).topics if each.name == "pet"]
    assert made.difference is not None
    assert made.difference.right == pytest.approx(-0.1)
    assert made.difference.clear


@pytest.mark.breaks("filtered.twins", r"^Nats of each value in one padded batch")
def test_nats_of_another_value(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.nats
    monkeypatch.setattr(experiment, "nats", lambda *inputs: real(*inputs).roll(1))
    assert not check("filtered.twins", "Nats of each value", **FEW).holds


@pytest.mark.breaks("filtered.let_through", r"^Lines kept here = lines that the twin was trained on$")
def test_a_filter_with_another_list(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.kinds
    monkeypatch.setattr(experiment, "kinds", lambda: [replace(each, kept=each.kept + 1) for each in real()])
    assert not check("filtered.let_through", "Lines kept here").holds
