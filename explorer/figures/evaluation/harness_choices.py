"""What a harness chooses, as a picture: accuracies by variant and rule, and the items that change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from explorer.experiments.evaluation.harness_choices import Table, Variant
from explorer.figures.payload import Payload
from explorer.stack.evaluation.choices import RULES, Rule, mean_error
from explorer.stack.evaluation.standard_errors import wilson

#: Characters of a prompt's end that are shown.
SHOWN = 160


@dataclass(frozen=True, kw_only=True)
class HarnessItem:
    """One item, as far as it is told apart from others."""

    id: int
    text: str
    """The end of its question."""
    choices: tuple[str, ...]
    gold: int


@dataclass(frozen=True, kw_only=True)
class HarnessChoices(Payload):
    task: str
    shots: int
    chance: float
    variants: tuple[Variant, ...]
    total: int
    """Variants in all; fewer are there while they are measured."""
    rules: tuple[Rule, ...]
    items: tuple[HarnessItem, ...]
    winner: Int[np.ndarray, "variant rule item"]
    """The choice that is taken."""
    accuracy: Float[np.ndarray, "variant rule"]
    low: Float[np.ndarray, "variant rule"]
    high: Float[np.ndarray, "variant rule"]
    """Wilson's interval of 95 %: it has a width where all or none are right."""
    apart: Float[np.ndarray, "variant rule"]
    """Standard error of the difference from the first variant under the first rule, item by item."""
    leaves_out: bool
    """Whether lm-eval's rule takes the item itself out of its examples."""
    among_own: tuple[int, ...]
    """Items that stand among their own examples, by variant."""


def table(made: Table) -> HarnessChoices:
    first = next(iter(made.found.values()))
    golds = np.array([each.asked.item.gold for each in first])
    winner = np.array(
        [[[each.choices.winner(rule) for each in found] for rule in RULES] for found in made.found.values()]
    )  # variant rule item
    right = (winner == golds).astype(float)
    return HarnessChoices(
        task=made.task.name,
        shots=made.shots,
        chance=float(np.mean([1 / len(each.asked.item.choices) for each in first])),
        variants=tuple(made.found),
        total=made.total,
        rules=RULES,
        items=tuple(
            HarnessItem(
                id=each.asked.item.id,
                text=(each.asked.item.prompt or each.asked.item.choices[0])[-SHOWN:],
                choices=each.asked.item.choices,
                gold=each.asked.item.gold,
            )
            for each in first
        ),
        winner=winner,
        accuracy=right.mean(-1),
        low=_bounds(right, "low"),
        high=_bounds(right, "high"),
        apart=_errors(right - right[0, 0]),
        leaves_out=made.task.drop_own,
        among_own=tuple(
            sum(any(one.row.doc == each.asked.item.row.doc for one in each.asked.examples) for each in found)
            for found in made.found.values()
        ),
    )


def _bounds(right: np.ndarray, end: Literal["low", "high"]) -> np.ndarray:
    return np.array([[getattr(wilson(int(each.sum()), len(each)), end) for each in row] for row in right])


def _errors(values: np.ndarray) -> np.ndarray:
    """Of the mean over items."""
    return np.array([[mean_error(each.tolist()) for each in row] for row in values])
