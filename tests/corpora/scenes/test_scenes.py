"""Drawn scenes: the truth of captions and questions is held against the pixels."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.corpora.scenes.asked import ANSWERS, KINDS, NUMBERS, WORDS, caption, encode, question
from explorer.corpora.scenes.drawn import COLOURS, SIDE, UNSEEN, Scene, hidden, masks, pixels, scene_of
from explorer.errors import BadRequestError

SCENES = [scene_of(seed) for seed in range(60)]


def area(picture: np.ndarray, colour: str) -> np.ndarray:
    """Pixels of exactly that colour."""
    return (picture == np.array(COLOURS[colour], np.uint8)).all(-1)


@pytest.mark.parametrize("seed", range(12))
def test_things_are_where_they_are_said_to_be(seed: int) -> None:
    scene = SCENES[seed]
    picture = pixels(scene)
    for thing in scene.things:
        if len(scene.named(thing.colour)) > 1:
            continue
        rows, columns = np.nonzero(area(picture, thing.colour))
        vertical, horizontal = thing.place.split("-")
        assert (rows.mean() > SIDE / 2) == (vertical == "bottom")
        assert (columns.mean() > SIDE / 2) == (horizontal == "right")


def test_what_lies_behind_is_what_the_picture_lacks() -> None:
    """The share behind others, from the pixels: those of a thing drawn alone, and those left of its colour."""
    checked = 0
    for scene in SCENES:
        for thing, share in zip(scene.things, hidden(scene), strict=True):
            if len(scene.named(thing.colour)) > 1:
                continue
            alone = area(pixels(Scene((thing,), scene.background)), thing.colour).sum()
            left = area(pixels(scene), thing.colour).sum()
            assert 1 - left / alone == pytest.approx(share, abs=0.12)
            checked += share > 0.05
    assert checked > 5


def test_answers_follow_from_the_scene() -> None:
    draw = np.random.default_rng(3)
    for scene in SCENES:
        for kind in KINDS:
            made = question(scene, kind, draw)
            if made is None:
                continue
            assert made.answer in ANSWERS
            named = scene.named(made.about)
            if kind == "number":
                assert NUMBERS[len(named)] == made.answer
            elif kind == "presence":
                assert (made.answer == "yes") == bool(named)
            elif kind in ("colour", "shape", "place"):
                assert [getattr(each, kind) for each in named] == [made.answer]
            encode(made.text)
        assert len(encode(caption(scene))) == 4 * len(scene.things)


def test_the_same_seed_is_the_same_scene_and_unseen_pairs_are_apart() -> None:
    assert [scene_of(seed) for seed in range(60)] == SCENES
    pairs = {(thing.colour, thing.shape) for scene in SCENES for thing in scene.things}
    assert not pairs & set(UNSEEN)
    assert all((scene_of(seed, unseen=True).things[0].colour, scene_of(seed, unseen=True).things[0].shape) in UNSEEN
               for seed in range(9))  # fmt: skip
    assert len(masks(scene_of(4, count=5), SIDE)) == 5


def test_a_word_that_was_never_read() -> None:
    with pytest.raises(BadRequestError, match="never read the word “dragon”"):
        encode("is there a dragon ?")
    assert len(set(WORDS)) == len(WORDS)
    assert encode("How many circles?") == encode("how many circles ?")
