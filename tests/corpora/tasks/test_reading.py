"""Tasks from files: what is read, and the sentence that names line and field where a file is something else."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from explorer.corpora.tasks import documents, made, shelf
from explorer.corpora.tasks.reading import read
from explorer.errors import ExplorerError, SourceMissingError

GOOD: dict[str, Any] = {
    "task": "pets",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": "items.jsonl"}},
    "test_split": "test",
    "output_type": "multiple_choice",
    "doc_to_text": "Q: {{question}}\nA:",
    "doc_to_choice": "choices",
    "doc_to_target": "answer",
}
ROW = {"question": "Which one barks?", "choices": ["cat", "dog"], "answer": 1}


def written(folder: Path, fields: dict[str, Any] | str, rows: list[Any] | str = "") -> Path:
    text = fields if isinstance(fields, str) else yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)
    (folder / "task.yaml").write_text(text, encoding="utf-8")
    lines = rows if isinstance(rows, str) and rows else "\n".join(json.dumps(each) for each in rows or [ROW])
    (folder / "items.jsonl").write_text(lines, encoding="utf-8")
    return folder / "task.yaml"


def refused(path: Path) -> str:
    with pytest.raises(ExplorerError) as caught:
        read(path)
    return caught.value.message


def test_a_task_is_read(tmp_path: Path) -> None:
    task = read(written(tmp_path, GOOD | {"num_fewshot": 1, "fewshot_split": "test"}, [ROW, ROW | {"answer": "cat"}]))
    first, second = task.items
    assert (first.prompt, first.choices, first.gold, first.target) == (
        "Q: Which one barks?\nA:",
        ("cat", "dog"),
        1,
        "dog",
    )
    assert second.gold == 0
    assert task.drop_own
    assert task.context(second, [first]) == "Q: Which one barks?\nA: dog\n\nQ: Which one barks?\nA:"


def test_a_list_is_read_as_lines_are(tmp_path: Path) -> None:
    assert len(read(written(tmp_path, GOOD, json.dumps([ROW, ROW, ROW]))).items) == 3


def test_choices_that_all_items_share(tmp_path: Path) -> None:
    fields = GOOD | {"doc_to_choice": ["no", "yes"]}
    assert read(written(tmp_path, fields)).items[0].choices == ("no", "yes")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"doc_to_text": "{{question.__class__}}"}, "line 8, doc_to_text: “question.__class__” is more than"),
        ({"doc_to_text": "{% for x in y %}"}, "line 8, doc_to_text: “{%” begins a statement"),
        ({"doc_to_text": "{{quest}}"}, "line 1, doc_to_text: there is no column “quest” (task.yaml, line 8"),
        ({"doc_to_text": "quest"}, "items.jsonl, line 1, doc_to_text: there is no column “quest”"),
        ({"doc_to_choice": "options"}, "items.jsonl, line 1, doc_to_choice: there is no column “options”"),
        ({"dataset_path": "cais/mmlu"}, "dataset_path: “cais/mmlu” is not fetched"),
        ({"dataset_kwargs": {"data_files": {"test": "../secret.jsonl"}}}, "“../secret.jsonl” lies outside"),
        ({"dataset_kwargs": {"data_files": {"test": "/etc/passwd"}}}, "“/etc/passwd” lies outside"),
        ({"dataset_kwargs": {"data_files": {"test": "https://x.org/a"}}}, "is no file beside the task"),
        ({"dataset_kwargs": {"data_files": {"test": "none.jsonl"}}}, "there is no file “none.jsonl”"),
        ({"dataset_kwargs": {"trust_remote_code": True}}, "dataset_kwargs: it names no “data_files”"),
        ({"process_docs": "x"}, "process_docs: nothing here reads this field"),
        ({"output_type": "generate"}, "output_type: “generate” is none of multiple_choice"),
        ({"metric_list": [{"metric": "f1"}]}, "metric_list: “f1” is none of acc"),
        ({"num_fewshot": -1}, "num_fewshot: “-1” is no number from 0 to 100"),
        ({"task": "../x"}, "task: “../x” is no name"),
        ({"test_split": None}, "test_split: nothing says which split"),
        ({"fewshot_config": {"sampler": "mine"}}, "“mine” is no sampler"),
    ],
)  # fmt: skip
def test_a_field_that_will_not_do_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    assert sentence in refused(written(tmp_path, GOOD | change))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (ROW | {"choices": ["cat", " "]}, "line 2, doc_to_choice: choice 2 is empty"),
        (ROW | {"choices": ["cat"]}, "line 2, doc_to_choice: there are 1 choices"),
        (ROW | {"choices": "cat"}, "line 2, doc_to_choice: choices are a list"),
        (ROW | {"answer": 2}, "line 2, doc_to_target: “2” is no place among 2 choices"),
        (ROW | {"answer": "cow"}, "line 2, doc_to_target: “cow” is none of the choices"),
        ({"question": "?", "choices": ["a", "b"]}, "line 2, doc_to_target: there is no column “answer”"),
        ([1, 2], "line 2: an item is an object of columns"),
    ],
)
def test_an_item_that_will_not_do_is_named_with_its_line(tmp_path: Path, row: object, sentence: str) -> None:
    assert f"items.jsonl, {sentence}" in refused(written(tmp_path, GOOD, [ROW, row]))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("task: x\ndoc_to_text: !function utils.f\n", "line 2, doc_to_text: “!function” names code"),
        ("task: !!python/object/apply:os.system [id]\n", "line 1, task: “tag:yaml.org,2002:python/object"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n", "line 2: “*a” repeats another part"),
        ("task: [", "task.yaml, line 1: "),
        ("a: " + "[" * 50 + "]" * 50, "nested more than 12 deep"),
        ("just words", "has no fields"),
        ("", "has no fields"),
        ("a: 2024-99-99", "is no plain YAML"),
    ],
)
def test_yaml_that_is_no_plain_data(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refused(written(tmp_path, text))


def test_lines_that_are_no_json(tmp_path: Path) -> None:
    assert "items.jsonl, line 2 is no JSON" in refused(written(tmp_path, GOOD, json.dumps(ROW) + "\n{x\n"))
    assert "is no JSON" in refused(written(tmp_path, GOOD, "[" * 100_000))


def test_a_file_that_is_a_link_elsewhere(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    (tmp_path / "items.jsonl").unlink()
    (tmp_path / "items.jsonl").symlink_to("/etc/hostname")
    assert "lies outside the task’s folder" in refused(path)


def test_a_million_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD, "{}\n" * 1_000_000)
    fields = GOOD | {"doc_to_text": "x y", "doc_to_choice": ["a", "b"], "doc_to_target": 0}
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    assert "items.jsonl, line 100,001: a task has at most 100,000 items" in refused(path)
    monkeypatch.setattr(documents, "FILE", 1000)
    assert "items.jsonl has 3,000,000 bytes" in refused(path)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        shelf.find(str(tmp_path / "none.yaml"))
    with pytest.raises(SourceMissingError, match="There is no task “none”"):
        shelf.find("none")


# ---- the tasks that come with the explorer ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [each for each in made.MAKERS if each != "facts"])
def test_a_task_is_made_anew_to_the_byte(name: str, tmp_path: Path) -> None:
    for path in made.store(tmp_path, name, made.items(name)):
        assert path.read_bytes() == (shelf.FOLDER / name / path.name).read_bytes()


@pytest.mark.parametrize("name", made.MAKERS)
def test_each_has_its_items_and_says_nothing_by_the_answers_place(name: str) -> None:
    task = shelf.own(name)
    assert len(task.items) == made.ITEMS
    assert len({(each.prompt, each.choices) for each in task.items}) == made.ITEMS
    n = len(task.items[0].choices)
    places = [sum(each.gold == at for each in task.items) for at in range(n)]
    assert max(places) < 1.25 * made.ITEMS / n
    assert all(len(set(each.choices)) == n for each in task.items)


def test_the_truth_is_known() -> None:
    """Each answer, found again by another way than the one that made it."""
    for each in shelf.own("digits").items:
        a, sign, b, _ = each.prompt.split()
        assert int(each.target) == (int(a) + int(b) if sign == "+" else int(a) - int(b))
    for each in shelf.own("induction").items:
        words = each.prompt.split()
        assert words[words.index(words[-1]) + 1] == each.target
    for each in shelf.own("copy").items:
        listed, again = (part.split(": ")[1].strip(".,").split(", ") for part in each.prompt.split("\n"))
        assert listed[: len(again)] == again
        assert listed[len(again)] == each.target
    singular = {one for one, _ in made.NOUNS}
    for each in shelf.own("agreement").items:
        assert each.gold == (each.prompt.split()[1] not in singular)


@pytest.mark.thorough
def test_facts_are_made_anew_from_the_encyclopaedia(tmp_path: Path) -> None:
    for path in made.store(tmp_path, "facts", made.facts(made.ITEMS, random.Random(f"facts {made.SEED}"))):
        assert path.read_bytes() == (shelf.FOLDER / "facts" / path.name).read_bytes()
