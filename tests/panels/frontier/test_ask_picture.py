"""Ask the picture: answers, what is recorded of them, and connectors; each check fails when its subject is broken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.corpora.scenes import emoji
from explorer.experiments.frontier import picture_words, scenes_kept
from explorer.figures.frontier import picture_words as figure
from explorer.panels.frontier.ask_picture import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.vision_language import connectors
from explorer.stack.frontier.vision_language import model as mechanism

SCENE = Scene(controls={"things": "2"})


def rendered(view: str) -> Rendered:
    *_, made = PANEL.results(view, SCENE)
    return made


def check(view: str, words: str) -> Check:
    [found] = [one for one in rendered(view).checks if words in one.statement]
    return found


def test_an_answer_with_the_picture_and_without() -> None:
    made = rendered("ask")
    assert all(each.holds for each in made.checks), made.checks
    shares = [each.share for each in made.data.answers]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-5
    assert made.data.pictured.answer == made.data.answers[0].word
    assert made.data.true_caption.endswith(".")


def test_an_emoji_and_what_is_recorded_of_emoji() -> None:
    made = rendered("emoji")
    assert all(each.holds for each in made.checks), made.checks
    assert [each.name for each in made.data.sorts] == list(emoji.SORTS)
    anew = {each.kind: each for each in made.data.sorts[0].counted}
    assert anew["name"].low > anew["name"].blank
    assert "name" not in {each.kind for each in made.data.sorts[2].counted}


def test_what_is_recorded_is_more_than_blind() -> None:
    made = rendered("mistakes")
    assert all(each.holds for each in made.checks), made.checks
    kinds = {each.name: each for each in made.data.by["kind"]}
    assert all(each.low <= each.right <= each.high for each in kinds.values())
    assert all(kinds[kind].low > kinds[kind].blind for kind in ("colour", "shape", "place"))
    counted = {by: sum(each.n for each in rows) for by, rows in made.data.by.items()}
    assert len(set(counted.values())) == 1, counted


def test_connectors_as_recorded() -> None:
    made = rendered("connectors")
    assert all(each.holds for each in made.checks), made.checks
    sizes = {each.arm: each.image_tokens for each in made.data.arms}
    assert (sizes["mlp"], sizes["shuffle"], sizes["resampler"], sizes["cross"]) == (64, 16, 16, 0)


def test_connectors_over_seeds_by_hand() -> None:
    right = dict.fromkeys(figure.KINDS, 0.5)
    rows = [
        scenes_kept.Arm(arm=arm, seed=seed, steps=3, image_tokens=4, parameters=5, processor_seconds=6, right=right,
                        mean=mean)
        for arm, means in (("mlp", (0.4, 0.5, 0.6)), ("cross", (0.5, 0.6, 0.7))) for seed, mean in enumerate(means)
    ]  # fmt: skip
    first, other = figure.connectors(rows, {"mlp": (4, 5), "cross": (0, 5)}, 3).arms
    assert first.trained is not None
    assert other.trained is not None
    assert (first.trained.mean, first.trained.difference, other.trained.difference) == pytest.approx((0.5, 0.0, 0.1))
    assert first.trained.half == pytest.approx(4.303 * 0.1 / 3**0.5, rel=1e-3)  # Student's, two degrees of freedom
    assert figure.connectors(rows[:5], {"mlp": (4, 5), "cross": (0, 5)}, 3).seeds == 0


def test_sorts_by_hand() -> None:
    row = {"seed": 1, "unseen": False, "kind": "place", "things": 2, "hidden": 0.0, "question": "?", "answer": "a"}
    rows = [scenes_kept.Answered(**row, said=said, blind="b", usual="a") for said in ("a", "b", "b", "a")]  # pyright: ignore[reportArgumentType]
    made = figure.sorted_("all", rows)
    assert (made.n, made.right, made.blind, made.usual) == (4, 0.5, 0.0, 1.0)
    [wrong] = figure.confused(rows)
    assert (wrong.answer, wrong.said, wrong.count) == ("a", "b", 2)


# ---- each check fails when its subject is broken ---------------------------------------------------------------------


@pytest.mark.breaks("ask_picture.ask", "^The answer’s distribution")
def test_tokens_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = mechanism.merged
    monkeypatch.setattr(mechanism, "merged", lambda x, ids, image, tokens: plain(x, ids, image, tokens.flip(1)))
    assert not check("ask", "distribution").holds


@pytest.mark.breaks("ask_picture.mistakes", "recorded questions, drawn and asked again")
def test_pictures_drawn_in_other_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = picture_words.pixels
    monkeypatch.setattr(picture_words, "pixels", lambda scene: np.ascontiguousarray(plain(scene)[::-1, :, ::-1]))
    assert not check("mistakes", "asked again").holds


@pytest.mark.breaks("ask_picture.connectors", "^Image tokens and parameters of what was trained")
def test_a_connector_of_another_size(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = connectors.connector
    monkeypatch.setattr(mechanism, "connector", lambda kind, d_vision, *rest: plain(kind, d_vision + 1, *rest))
    made: Any = check("connectors", "what was trained")
    assert not made.holds


@pytest.mark.breaks("ask_picture.emoji", "^The answer’s distribution")
def test_tokens_of_an_emoji_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = mechanism.merged
    monkeypatch.setattr(mechanism, "merged", lambda x, ids, image, tokens: plain(x, ids, image, tokens.flip(1)))
    assert not check("emoji", "distribution").holds


@pytest.mark.breaks("ask_picture.emoji", "recorded questions about emoji, drawn and asked again")
def test_emoji_drawn_upside_down(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = emoji.pixels
    monkeypatch.setattr(emoji, "pixels", lambda shown: np.ascontiguousarray(plain(shown)[::-1, :, ::-1]))
    assert not check("emoji", "asked again").holds
