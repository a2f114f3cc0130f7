"""A run that is kept, stopped, gone on with; interventions and formats; what is told where something will not do."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer import zoo
from explorer.corpora.tasks import shelf
from explorer.corpora.tasks.reading import read
from explorer.errors import BadRequestError, StorageError
from explorer.experiments.evaluation import task_run
from explorer.experiments.evaluation.command import evaluate
from explorer.experiments.evaluation.kept import Kept
from explorer.experiments.evaluation.one_item import whole_pass_error
from explorer.experiments.evaluation.reader import Hooked, Shared, reader
from explorer.experiments.evaluation.task_run import Assembled, Choice, answered
from explorer.tracing.key import read_interventions
from explorer.zoo.model import Model
from tests.experiments.evaluation.conftest import ROWS

Write = Callable[..., Path]
ASKED = 'doc_to_text: "{{question}}\\nAnswer:"\ndoc_to_choice: options\ndoc_to_target: answer\n'


@pytest.fixture(scope="module")
def small() -> Model:
    return zoo.load("six-kinds-dense")


def test_a_run_that_was_stopped_goes_on(small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_run, "BATCH", 4)
    task, choice = shelf.own("copy"), Choice(num_fewshot=1)
    whole = evaluate(small, task, tmp_path / "whole", choice, limit=10)
    add, kept = Kept.add, list[int]()

    def stopped(self: Kept, samples: list[dict[str, Any]]) -> None:
        if len(kept) == 2:
            raise KeyboardInterrupt
        kept.append(len(samples))
        add(self, samples)

    monkeypatch.setattr(Kept, "add", stopped)
    with pytest.raises(KeyboardInterrupt):
        evaluate(small, task, tmp_path / "part", choice, limit=10)
    (lines,) = (tmp_path / "part").glob("samples_*")
    lines.write_text(lines.read_text()[:-40])  # and the last line is cut short
    monkeypatch.setattr(Kept, "add", add)
    with pytest.raises(BadRequestError, match="is there already"):
        evaluate(small, task, tmp_path / "part", choice, limit=10)
    resumed = evaluate(small, task, tmp_path / "part", choice, limit=10, resume=True)
    for name, value in whole["results"]["copy"].items():
        assert resumed["results"]["copy"][name] == (pytest.approx(value, rel=1e-4) if name != "alias" else value)
    (other,) = (tmp_path / "whole").glob("samples_*")
    found, expected = ([json.loads(line) for line in each.read_text().splitlines()] for each in (lines, other))
    assert sorted(each["doc_id"] for each in found) == list(range(10))
    by_id = {each["doc_id"]: each for each in expected}
    for each in found:
        assert each["arguments"] == by_id[each["doc_id"]]["arguments"]  # the same examples were drawn


def test_other_settings_are_another_file(small: Model, tmp_path: Path) -> None:
    for choice in (Choice(), Choice(bos=True), Choice(seed=2)):
        evaluate(small, shelf.own("agreement"), tmp_path, choice, limit=2)
    assert len(list(tmp_path.glob("results_*.json"))) == 3


def test_a_full_disk_is_told_and_what_was_measured_stays(
    small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_run, "BATCH", 4)
    open_file, times = Path.open, list[int]()

    def full(self: Path, mode: str = "r", **how: Any) -> Any:
        if mode == "a":
            times.append(1)
            if len(times) > 1:
                raise OSError(errno.ENOSPC, "No space left on device")
        return open_file(self, mode, **how)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError, match="its disk is full; 4 scored items are kept"):
        evaluate(small, shelf.own("agreement"), tmp_path, limit=10)
    monkeypatch.setattr(Path, "open", open_file)
    made = evaluate(small, shelf.own("agreement"), tmp_path, limit=10, resume=True)
    assert made["n-samples"]["agreement"] == {"original": 300, "effective": 10}


def test_a_disk_that_is_full_at_the_end_leaves_every_item(
    small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines are put in order and the results written: the file of before stays until the new one is whole."""
    open_file = Path.open

    def full(self: Path, mode: str = "r", **how: Any) -> Any:
        file = open_file(self, mode, **how)
        if mode == "w":
            file.write("{")  # a part is written before the disk is full

            def no_room(_: object) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

            file.writelines = no_room
        return file

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError, match="its disk is full; 10 scored items are kept"):
        evaluate(small, shelf.own("agreement"), tmp_path, limit=10)
    monkeypatch.setattr(Path, "open", open_file)
    (lines,) = tmp_path.iterdir()
    assert len(lines.read_text().splitlines()) == 10
    monkeypatch.setattr("explorer.experiments.evaluation.command.scored", None)  # nothing is measured again
    made = evaluate(small, shelf.own("agreement"), tmp_path, limit=10, resume=True)
    assert made["n-samples"]["agreement"]["effective"] == 10


def test_a_prompt_that_is_too_long_is_named_or_cut(small: Model, written: Write, tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1] | {"question": "word " * 3000}]
    task = read(written(ASKED, rows))
    with pytest.raises(BadRequestError, match=r"items\.jsonl, line 2, doc_to_text: the prompt and its choice have 3,0"):
        evaluate(small, task, tmp_path / "a")
    assert evaluate(small, task, tmp_path / "b", Choice(cut=True))["n-samples"]["local"]["effective"] == 2


def test_interventions_act_on_every_item(model: Model) -> None:
    """Hooks on whole passes: with what changes nothing, the same as shared keys and values; and a head off changes."""
    task = shelf.own("facts")
    found: dict[str, list[float]] = {}
    for do in ("", "scale:3:all:1", "ablate:3.1,mlp:2"):
        using = reader(model, read_interventions([each for each in do.split(",") if each]))
        assert isinstance(using, Shared if not do else Hooked)
        (batch,) = answered(Assembled(model, task), using, 3)
        found[do] = [each.total for one in batch for each in one.scored]
    assert found["scale:3:all:1"] == pytest.approx(found[""], abs=2e-4)
    assert found["ablate:3.1,mlp:2"] != pytest.approx(found[""], abs=0.05)
    ids, targets = (1, 2, 3, 4), (3, 4, 5)
    plain, hooked = Shared(model), reader(model, read_interventions(["scale:3:all:1"]))
    assert hooked.surprises(ids, targets).tolist() == pytest.approx(plain.surprises(ids, targets).tolist(), rel=1e-4)


@pytest.mark.thorough
def test_a_number_format_is_another_model(model: Model) -> None:
    using = reader(model, read_interventions(["quant:all:nf4"]))
    assert isinstance(using, Shared)
    assert using.decoder is not model.decoder
    (batch,) = answered(Assembled(model, shelf.own("agreement")), using, 2)
    assert whole_pass_error(model, batch[0]) > 0.01


def test_an_intervention_at_one_position_is_refused(small: Model) -> None:
    with pytest.raises(BadRequestError, match="acts at one position"):
        reader(small, read_interventions(["scale:1:4:0.5"]))
