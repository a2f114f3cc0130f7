"""What a model's probabilities tell of the texts that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.checkpoints import Kept
from explorer.experiments.evaluation.contamination import LENGTH, Item, Told
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.stack.evaluation.contamination import auroc
from explorer.stack.pretraining.data.contamination import overlap

#: Words of the n-grams: an item here has some twenty words.
WORDS = 5


@dataclass(frozen=True, kw_only=True)
class LeakItem:
    """One text of the test."""

    kind: str
    text: str
    leaked: bool
    overlap: float
    """The part of its n-grams of words that stand in the training texts."""


@dataclass(frozen=True, kw_only=True)
class LeakStep:
    """After so many steps of training."""

    step: int
    loss: float
    auroc: dict[str, float]
    """By measure: how often a leaked item scores above a new one."""


@dataclass(frozen=True, kw_only=True)
class PlantedLeaks(Payload):
    """A training with planted leaks, so far."""

    items: tuple[LeakItem, ...]
    course: tuple[LeakStep, ...]
    scores: dict[str, tuple[float, ...]]
    """Of each item by each measure, after the last step."""
    steps: int
    words: int
    checkpoints: list[TrainedCheckpoint]


def leaks(test: Sequence[Item], told: Sequence[Told], kept: Sequence[Kept]) -> PlantedLeaks:
    read = [_words(item) for item in test if item.leaked]
    return PlantedLeaks(
        items=tuple(
            LeakItem(
                kind=item.kind,
                text=item.text.encode()[: LENGTH + 1].decode("utf-8", "ignore"),
                leaked=item.leaked,
                overlap=overlap(_words(item), read, WORDS),
            )
            for item in test
        ),
        course=tuple(LeakStep(step=each.step, loss=each.loss, auroc=_auroc(test, each)) for each in told),
        scores=told[-1].scores,
        steps=told[-1].steps,
        checkpoints=checkpoints_of(kept),
        words=WORDS,
    )


def _words(item: Item) -> list[str]:
    return item.text.encode()[: LENGTH + 1].decode("utf-8", "ignore").split()


def _auroc(test: Sequence[Item], told: Told) -> dict[str, float]:
    return {
        name: auroc(
            [score for score, item in zip(scores, test, strict=True) if item.leaked],
            [score for score, item in zip(scores, test, strict=True) if not item.leaked],
        )
        for name, scores in told.scores.items()
    }
