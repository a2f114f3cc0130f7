"""Why is my number different?, on a small model: rows come one by one, accuracies are counted from the winners."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.panels.protocol import Check, Rendered

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
    assert made.apart[0, 0] == 0
    assert made.chance == 0.25
    assert "reversed" not in made.variants


def test_without_examples_there_is_nothing_to_draw(view: View) -> None:
    made = view("harness_choices.table", **(FEW | {"shots": 0}))[-1].data
    assert made.variants == ("lm-eval", "BOS first", "no delimiter", "new line", "space kept")


@pytest.mark.breaks("harness_choices.table", r"^\d+ choices of all rows, behind shared keys and values")
def test_attention_that_reads_wrong_values(check: Find, wrong_values: Callable[[], None]) -> None:
    wrong_values()
    assert not check("harness_choices.table", "of all rows", **FEW).holds
