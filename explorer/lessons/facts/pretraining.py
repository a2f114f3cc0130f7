"""Of the data that models are made of: what a rule says of a text, how alike two texts are, and who finds it."""

from __future__ import annotations

from explorer.figures.pretraining.near_duplicates import DuplicateSides
from explorer.lessons.fact import fact
from explorer.lessons.shown import drawn
from explorer.panels.scene import Scene
from explorer.stack.pretraining.data import gopher, minhash
from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import words


def _sides(scene: Scene) -> DuplicateSides:
    return drawn(scene, "near_duplicates", "sides", DuplicateSides)


@fact("count")
def n_shared_runs(scene: Scene) -> int:
    """Runs of words that both texts on the page have."""
    return _sides(scene).both


@fact("count")
def n_runs(scene: Scene) -> int:
    """Runs of words that either text on the page has."""
    return _sides(scene).every


@fact("number")
def jaccard(scene: Scene) -> float:
    """The first over the second."""
    return _sides(scene).jaccard


@fact("number")
def estimated_jaccard(scene: Scene) -> float:
    """The part of equal entries in the two signatures."""
    return _sides(scene).estimate


@fact("number")
def chance_found(scene: Scene, similarity: float, bands: int, rows: int) -> float:
    """Of a pair so similar to become a candidate: 1 − (1 − similarity^rows)^bands."""
    del scene
    return minhash.found_with(similarity, rows, bands)


@fact("count")
def n_stop_words(scene: Scene, text: str) -> int:
    """Different ones among Gopher's eight, as its rule counts them."""
    del scene
    return int(_gopher(text)["gopher_enough_stop_words"].value)


@fact("count")
def least_stop_words(scene: Scene) -> int:
    """That Gopher's rule asks for."""
    del scene
    return int(_gopher("")["gopher_enough_stop_words"].threshold)


def _gopher(text: str) -> dict[str, Verdict]:
    return {each.rule: each for each in gopher.quality(text, words(text))}
