"""Scoreboard on a small model: cells one by one, counted from their items; what cannot be measured is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.corpora.tasks import shelf
from explorer.errors import NotApplicableError
from explorer.experiments.evaluation import scoreboard as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.evaluation.paired_tests import mcnemar
from explorer.stack.evaluation.several_comparisons import holm
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"tasks": "copy,agreement", "items": 12}


def test_cells_come_one_by_one_and_are_counted_from_their_items(view: View) -> None:
    shown = view("scoreboard.board", rows="int2,do", do="mlp:0", **FEW)
    made = shown[-1].data
    assert [len(part.data.cells) for part in shown] == [1, 2, 3, 4, 5, 6]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert [row.key for row in made.rows] == ["", "int2", "do"]
    for cell in made.cells:
        golds = [item.gold for item in made.tasks[cell.task].items]
        first = next(each for each in made.cells if each.row == 0 and each.task == cell.task)
        right = [taken == gold for taken, gold in zip(cell.taken, golds, strict=True)]
        before = [taken == gold for taken, gold in zip(first.taken, golds, strict=True)]
        assert cell.accuracy == pytest.approx(sum(right) / 12)
        assert cell.low <= cell.accuracy <= cell.high
        assert cell.only_row == sum(now and not was for now, was in zip(right, before, strict=True))
        assert cell.only_first == sum(was and not now for now, was in zip(right, before, strict=True))
        assert cell.p == mcnemar(cell.only_first, cell.only_row)
    others = [cell for cell in made.cells if cell.row]
    assert [cell.adjusted for cell in others] == holm([cell.p for cell in others])
    assert any(cell.only_first or cell.only_row for cell in others)
    assert all(cell.adjusted is None for part in shown[:-1] for cell in part.data.cells)


def test_another_model_reads_the_same_items(view: View, small: Model) -> None:
    assert "six-kinds-moe" in [each.key for each in experiment.offered(small)]
    shown = view("scoreboard.board", rows="six-kinds-moe", tasks="copy", items=12)[-1]
    first, second = shown.data.cells
    assert shown.checks[0].holds
    assert len(first.taken) == len(second.taken) == len(shown.data.tasks[0].items) == 12
    assert first.taken != second.taken


@pytest.mark.parametrize(
    ("rows", "do"), [("nonsense", ""), ("do", " "), ("do", "ablate:99.0"), ("do", "scale:1:3:2.0"), ("../x", "")]
)
def test_a_row_that_cannot_be_measured_says_why_and_the_others_go_on(view: View, rows: str, do: str) -> None:
    made = view("scoreboard.board", rows=f"{rows},int4", do=do, tasks="copy", items=12)[-1].data
    assert [bool(row.wrong) for row in made.rows] == [False, True, False]
    assert [cell.row for cell in made.cells] == [0, 2]
    assert made.whole


def test_what_the_page_changes_in_the_weights_is_a_row(small: Model) -> None:
    made = experiment.board(small, ["int2", "int2"], "", ("quant:all:int2",), [shelf.own("copy")], 12)
    assert [each.key for each in made.entries] == ["", "page", "int2"]
    *_, whole = experiment.measured(small, made)
    _, page, same = ([one.scored for one in cell.found] for cell in whole.cells)
    assert page == same


def test_no_row_but_the_model_itself(view: View) -> None:
    made = view("scoreboard.board", rows=" ", tasks="none of these", items=12)[-1].data
    assert made.whole
    assert len(made.rows) == len(made.cells) == 1
    assert not made.comparisons


def test_a_task_of_whole_texts_is_refused(small: Model) -> None:
    with pytest.raises(NotApplicableError, match="no choices"):
        experiment.board(small, [], "", (), [replace(shelf.own("copy"), kind="loglikelihood_rolling")], 12)


@pytest.mark.breaks("scoreboard.board", r"^\d+ choices of the cells, behind shared keys and values")
def test_attention_that_reads_wrong_values(check: Find, wrong_values: Callable[[], None]) -> None:
    wrong_values()
    assert not check("scoreboard.board", "of the cells", rows="int4", **FEW).holds
