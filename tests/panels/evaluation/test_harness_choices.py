"""Why is my number different?, on a small model: rows come one by one, accuracies are counted from the winners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer.corpora.tasks import shelf
from explorer.experiments.evaluation import harness_choices as experiment
from explorer.figures.evaluation import harness_choices as figure
from explorer.panels.protocol import Check, Rendered
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"task": "copy", "items": 12, "shots": 1}


def test_rows_come_one_by_one(view: View) -> None:
    shown = view("harness_choices.table", **FEW)
    made = shown[-1].data
    assert [len(part.data.variants) for part in shown] == [*range(1, made.total), made.total]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    gold = np.array([each.gold for each in made.items])
    np.testing.assert_allclose(made.accuracy, (made.winner == gold).mean(-1))
    assert (made.low <= made.accuracy).all()
    assert (made.accuracy <= made.high).all()
    assert (made.high - made.low > 0).all()  # also where all or none are right
    assert made.apart[0, 0] == 0
    assert made.chance == 0.25
    assert "reversed" not in made.variants


def test_without_examples_there_is_nothing_to_draw(view: View) -> None:
    made = view("harness_choices.table", **(FEW | {"shots": 0}))[-1].data
    assert made.variants == ("lm-eval", "BOS first", "no delimiter", "new line", "space kept")


def test_an_item_among_its_own_examples_is_counted(small: Model) -> None:
    """A pool so small that items meet themselves; a task whose rule leaves them out has none."""
    task = shelf.own("facts")
    task = replace(task, items=task.items[:6], shots=task.items[:6])
    for leaves_out in (False, True):
        *_, made = experiment.compared(small, replace(task, drop_own=leaves_out), 6, 2)
        data = figure.table(made)
        assert data.leaves_out is leaves_out
        assert (max(data.among_own) > 0) is not leaves_out
        assert data.among_own[data.variants.index("no examples")] == 0


@pytest.mark.breaks("harness_choices.table", r"^\d+ choices of all rows, behind shared keys and values")
def test_attention_that_reads_wrong_values(check: Find, wrong_values: Callable[[], None]) -> None:
    wrong_values()
    assert not check("harness_choices.table", "of all rows", **FEW).holds
