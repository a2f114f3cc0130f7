"""Of the data that models are made of: rules, judges, near duplicates, mixes and batches."""

from __future__ import annotations

from explorer.figures.pretraining.good_text import GoodTextJudge, GoodTextJudges
from explorer.figures.pretraining.mixing import MixDraws, PackedBatch
from explorer.figures.pretraining.near_duplicates import DuplicateSides
from explorer.lessons.fact import fact
from explorer.lessons.shown import drawn
from explorer.panels.scene import Scene
from explorer.stack.pretraining.compute import Fleet, training
from explorer.stack.pretraining.data import gopher, minhash
from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import words
from explorer.stack.systems.accelerators import TRAINING_DEVICES


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


def _judges(scene: Scene) -> GoodTextJudges:
    return drawn(scene, "good_text", "judges", GoodTextJudges)


def _judge(scene: Scene, name: str) -> GoodTextJudge:
    return next(each for each in _judges(scene).judges if each.name == name)


@fact("count")
def n_judges_against(scene: Scene) -> int:
    """Quality judges that remove the text on the page."""
    return sum(not each.kept for each in _judges(scene).judges)


@fact("yes")
def judge_keeps(scene: Scene, judge: str) -> bool:
    """Whether that judge keeps the text on the page."""
    return _judge(scene, judge).kept


@fact("yes")
def judge_removes(scene: Scene, judge: str) -> bool:
    """Whether that judge removes the text on the page."""
    return not _judge(scene, judge).kept


@fact("count")
def n_tokens_cropped(scene: Scene, packing: str) -> int:
    """Tokens that a packing loses of the documents on the page."""
    ways = drawn(scene, "mixing", "batch", PackedBatch).ways
    return next(each.cropped for each in ways if each.name == packing)


@fact("number")
def epochs_of(scene: Scene, kind: str) -> float:
    """How often the mix on the page reads a source."""
    return next(each.epochs for each in drawn(scene, "mixing", "draws", MixDraws).sources if each.kind == kind)


@fact("number")
def training_days(
    scene: Scene, billion_parameters: int | float, billion_tokens: int | float, devices: int, mfu: int | float
) -> float:
    """Of a training on so many H100s, at an MFU in per cent."""
    del scene
    fleet = Fleet(devices, TRAINING_DEVICES["h100"].peak.value, mfu / 100, 0, 0)
    return training(billion_parameters * 1e9, billion_tokens * 1e9, fleet).days
