"""Scoreboard on a small model: cells one by one, counted from their items; what cannot be measured is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.corpora.tasks import shelf
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.evaluation import board_rows, kept_cells
from explorer.experiments.evaluation import scoreboard as experiment
from explorer.experiments.evaluation.command import evaluate
from explorer.experiments.evaluation.kept_cells import KeptCells
from explorer.experiments.evaluation.task_run import Choice
from explorer.panels.protocol import Check, Rendered
from explorer.stack.evaluation.paired_tests import mcnemar
from explorer.stack.evaluation.several_comparisons import holm
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.key import TraceKey, read_interventions
from explorer.zoo.adapter_settings import RECIPE
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def kept_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a test measures, it keeps for itself."""
    monkeypatch.setattr(kept_cells, "_folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


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
    assert "six-kinds-moe" in [each.key for each in board_rows.offered(small, True)]
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
    _, page, same = (cell.found for cell in whole.cells)
    assert page == same


def test_a_cache_policy_is_a_row_and_what_it_never_drops_it_does_not_change(view: View) -> None:
    made = view("scoreboard.board", rows="cache:window:16,cache:int4,cache:none", tasks="agreement,induction", items=12)
    board = made[-1].data
    assert [row.acts_from for row in board.rows] == [None, 17, 24, None]
    assert "no cache policy" in board.rows[3].wrong
    assert board.tasks[0].longest < 17 <= board.tasks[1].longest
    first, window = ({cell.task: cell for cell in board.cells if cell.row == row} for row in (0, 1))
    assert window[0].taken == first[0].taken
    assert window[1].scores != first[1].scores
    assert all(check.holds for check in made[-1].checks)
    assert {each.kind for each in board.offered} == {"format", "cache", "other"}


def test_adapters_are_rows_of_the_visitors_own_server_only(
    small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_ADAPTERS", str(tmp_path))
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "adapter_config.json").write_text("{}")
    assert "adapter:tuned" in [each.key for each in board_rows.offered(small, True)]
    assert "adapter:tuned" not in [each.key for each in board_rows.offered(small, False)]
    for key in ("adapter:tuned", f"adapter:{small.name}+tuned"):
        assert board_rows.entry(small, key, "", True).other == f"adapter:{small.name}+tuned"
        with pytest.raises(BadRequestError):
            board_rows.entry(small, key, "", False)


def test_the_shelfs_adapters_and_those_taught_here_are_rows_of_any_server(
    small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_ADAPTERS", str(tmp_path))
    shelf = {"json": tmp_path / "json"}
    monkeypatch.setattr(board_rows, "committed", lambda base="*": shelf if base in ("*", small.name) else {})
    for own in (True, False):
        assert "adapter:json" in [each.key for each in board_rows.offered(small, own)]
    assert board_rows.entry(small, "adapter:json", "", False).other == f"adapter:{small.name}+json"
    taught = f"adapter:{small.name}+taught"
    with pytest.raises(BadRequestError, match="shelf’s adapters and those taught"):
        board_rows.entry(small, taught, "", False)
    (tmp_path / "taught").mkdir()
    (tmp_path / "taught" / RECIPE).write_text("{}")
    assert board_rows.entry(small, taught, "", False).other == taught
    assert taught.replace(f"{small.name}+", "") not in [each.key for each in board_rows.offered(small, False)]


def test_a_model_of_the_sessions_shelf_is_a_row(view: View) -> None:
    made = view("scoreboard.board", rows="quantized:six-kinds-dense+int2,int2", tasks="copy", items=12)[-1].data
    assert not any(row.wrong for row in made.rows)
    assert made.cells[1].taken == made.cells[2].taken  # the same format, once as a model and once as a change
    stranger = view("scoreboard.board", rows="quantized:nobody+int2,trained:x;y:1@5", tasks="copy", items=12)[-1].data
    assert all(row.wrong for row in stranger.rows[1:])


def test_the_other_runs_model_is_a_row(small: Model) -> None:
    changed = under(small, TraceKey(small.name, "", interventions=read_interventions(["quant:all:int2"])))
    made = experiment.board(small, ["int2"], "", (), [shelf.own("copy")], 12, other=changed)
    assert [each.key for each in made.entries] == ["", "other run", "int2"]
    *_, whole = experiment.measured(small, made)
    _, other, same = (cell.found for cell in whole.cells)
    assert other == same


def test_kept_items_are_not_scored_again_and_more_items_score_only_those(
    small: Model, kept_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = list[int]()
    real = experiment.scored

    def counted(assembled: Any, reader: Any, places: list[int]) -> Any:
        scored.append(len(places))
        return real(assembled, reader, places)

    monkeypatch.setattr(experiment, "scored", counted)

    def run(keys: list[str], items: int, again: bool = False) -> experiment.Board:
        board = experiment.board(small, keys, "", (), [shelf.own("copy")], items)
        *_, made = experiment.measured(small, board, again=again)
        return made

    first = run(["int2"], 8)
    again = run(["int2"], 8)
    assert scored == [8, 8]
    assert [cell.kept for cell in again.cells] == [True, True]
    assert [cell.found for cell in again.cells] == [cell.found for cell in first.cells]
    assert again.checked  # the page's own model is still held against transformers
    more = run(["int2", "int4"], 12)
    assert scored == [8, 8, 4, 4, 12]
    assert more.cells[0].found[:8] == first.cells[0].found
    assert {path.name.split("_")[1] for path in kept_folder.iterdir()} == {"copy"}
    anew = run(["int2"], 8, again=True)
    assert scored == [8, 8, 4, 4, 12, 8, 8], "who asks for it again gets nothing that was kept"
    assert not any(cell.kept for cell in anew.cells)
    run(["int2"], 12)
    assert scored[7:] == [], "and what else was kept stays"


def test_a_damaged_file_is_measured_again_and_old_ones_go(small: Model, tmp_path: Path) -> None:
    kept = KeptCells(tmp_path / "few", most=2_000)
    made = experiment.board(small, ["int2"], "", (), [shelf.own("copy")], 4)
    *_, whole = experiment.measured(small, made, kept=kept)
    assert sum(path.stat().st_size for path in kept.folder.iterdir()) <= 2_000
    kept = KeptCells(tmp_path / "damaged")
    list(experiment.measured(small, made, kept=kept))
    for path in kept.folder.iterdir():
        path.write_text(path.read_text()[:-30])
    *_, again = experiment.measured(small, made, kept=kept)
    assert [cell.kept for cell in again.cells] == [False, False]
    assert [cell.found for cell in again.cells] == [cell.found for cell in whole.cells]


def test_what_the_command_has_kept_has_the_same_lines(small: Model, tmp_path: Path) -> None:
    evaluate(small, shelf.own("copy"), tmp_path / "command", Choice(cut=True), limit=8)
    kept = KeptCells(tmp_path / "page")
    list(experiment.measured(small, experiment.board(small, [], "", (), [shelf.own("copy")], 8), kept=kept))
    (theirs,), (ours,) = ((tmp_path / each).glob("samples_*") for each in ("command", "page"))
    assert ours.name.startswith(theirs.stem)  # by the same key
    assert ours.read_text() == theirs.read_text()


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
