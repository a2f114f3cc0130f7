"""Tasks with free answers from files: what is read, and the sentence where a field will not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from explorer.corpora.tasks.reading import read
from explorer.stack.evaluation.filters import First, Majority, Regex
from tests.corpora.tasks.test_reading import refused, written

GOOD: dict[str, Any] = {
    "task": "sums",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": "items.jsonl"}},
    "test_split": "test",
    "output_type": "generate_until",
    "doc_to_text": "Q: {{question}}\nA:",
    "doc_to_target": "answer",
}
ROW = {"question": "2 + 2?", "answer": 4, "test": "assert f(2) == 4"}
PROGRAMS = {"doc_to_target": "test", "metric_list": [{"metric": "pass_at_k"}]}
DRAWN = {"generation_kwargs": {"do_sample": True, "temperature": 0.5}, "repeats": 4}


def filtered(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"filter_list": [{"name": "one", "filter": list(steps)}]}


FIRST = {"function": "take_first"}


def test_a_task_is_read(tmp_path: Path) -> None:
    steps = ({"function": "take_first_k", "k": 3}, {"function": "regex", "regex_pattern": "(4)", "group_select": -1})
    fields = GOOD | DRAWN | filtered(*steps, {"function": "majority_vote"}, FIRST) | {"metric_list": [
        {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True, "ignore_case": True}
    ]}  # fmt: skip
    task = read(written(tmp_path, fields, [ROW]))
    (pipeline,) = task.free.pipelines
    assert [type(each) for each in pipeline.steps] == [First, Regex, Majority]
    assert pipeline.one
    assert task.items[0].choices == ("4",)
    assert (task.free.temperature, task.free.repeats, task.free.matching.ignore_case) == (0.5, 4, True)
    assert task.context(task.items[0], [task.items[0]]) == "Q: 2 + 2?\nA: 4\n\nQ: 2 + 2?\nA:"


def test_programs_are_read(tmp_path: Path) -> None:
    item = read(written(tmp_path, GOOD | PROGRAMS, [ROW])).items[0]
    assert item.tested is not None
    assert (item.tested.function, item.tested.calls[0].result) == ("f", 4)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (filtered({"function": "regex", "regex_pattern": "(a"}, FIRST),
         "task.yaml, line 12, filter_list: step 1 of “one”: “(a” is no pattern: missing )"),
        (filtered({"function": "regex", "regex_pattern": "a" * 2001}, FIRST), "a pattern has 2,001 characters"),
        (filtered({"function": "regex", "regex_pattern": "(?:foo){e<=1}(?R)"}, FIRST), "is no pattern"),
        (filtered({"function": "regex", "group_select": "x"}, FIRST), "“regex”: “group_select” is no number"),
        (filtered({"function": "regex", "pattern": "x"}, FIRST), "“regex”: nothing here reads “pattern”"),
        (filtered({"function": "custom", "filter_fn": "os.system"}), "“custom” is none of regex, remove_whitespace"),
        (filtered({"function": "take_first_k"}, FIRST), "“k” is no number from 1 to 256"),
        (filtered({"function": "map", "mapping_dict": "x"}, FIRST), "“mapping_dict” has no fields of its own"),
        (filtered({"function": "lowercase"}), "“one” leaves all texts of an item"),
        (filtered(FIRST, {"function": "lowercase"}), "“one” goes on after “take_first”"),
        ({"filter_list": [{"filter": []}]}, "filter 1 has no name of its own"),
        ({"filter_list": [{"name": "a", "filter": [dict(FIRST)]} for _ in "ab"]}, "filter 2 has no name of its own"),
        ({"filter_list": "x"}, "filter_list: “x” is no list of at most 32"),
        ({"filter_list": [[]]}, "filter_list: “[]” has no fields of its own"),
        ({"metric_list": [{"metric": "exact_match", "regexes_to_ignore": ["[z"]}]}, "metric_list: “[z” is no pattern"),
        ({"metric_list": [{"metric": "exact_match", "ignore_case": "x"}]}, "“ignore_case” is neither true nor false"),
        ({"metric_list": [{"metric": "exact_match", "k": 1}]}, "metric_list: nothing here reads “k” of exact_match"),
        ({"metric_list": [{"metric": "exact_match"}, {"metric": "pass_at_k"}]}, "a task does one of them"),
        (PROGRAMS | {"metric_list": [{"metric": "pass_at_k", "k": [1, 10]}]}, "k is 10, and an item has 1 samples"),
        (PROGRAMS | filtered(FIRST), "“one” leaves one text of an item"),
        ({"repeats": 3}, "repeats: 3 samples without a temperature are one text 3 times"),
        ({"repeats": 10**6}, "repeats: “1000000” is no whole number from 1 to 256"),
        ({"generation_kwargs": {"until": 3}}, "generation_kwargs: “until” is a text, or a list"),
        ({"generation_kwargs": {"until": ["x"] * 40}}, "“until” has 40 texts"),
        ({"generation_kwargs": {"max_gen_toks": 10**9}}, "“1000000000” is no whole number from 1 to 8,192"),
        ({"generation_kwargs": {"temperature": "hot"}}, "generation_kwargs: “hot” is no number"),
        ({"generation_kwargs": {"temperature": 0, "do_sample": True}}, "a temperature of 0 does not"),
        ({"generation_kwargs": {"num_beams": 4}}, "generation_kwargs: nothing here reads “num_beams”"),
        ({"doc_to_choice": "choices"}, "doc_to_choice: a free answer has no choices"),
        ({"doc_to_target": "none"}, "items.jsonl, line 1, doc_to_target: there is no column “none”"),
    ],
)  # fmt: skip
def test_a_field_that_will_not_do_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    assert sentence in refused(written(tmp_path, GOOD | change, [ROW]))


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        ("assert f(2) ==", "as a test, it is no Python"),
        ("import os\nos.system('id')", "as a test, line 2 is no assertion on a call"),
        ("assert f(open('/etc/passwd')) == 1", "line 1: “open('/etc/passwd')” is no constant"),
        ("assert f(9 ** 9 ** 9) == 1", "is no constant"),
        ("assert f('a' * 10 ** 12) == 1", "is no constant"),
        ("assert f(1) == 1\nassert g(1) == 1", "it calls 2 functions"),
        ("x = 1", "it calls 0 functions"),
        ("assert abs(f(1) - 1) < 1e-9", "asks for more than 1e-06"),
        ("assert f(1) == 1\n" * 1001, "it has 1,001 assertions"),
        ("(" * 90_000, "as a test, it is no Python"),
        ("x" * 100_001, "it has 100,001 characters"),
    ],
)
def test_a_test_that_is_no_list_of_calls_is_named_with_its_line(tmp_path: Path, test: str, sentence: str) -> None:
    message = refused(written(tmp_path, GOOD | PROGRAMS, [ROW, ROW | {"test": test}]))
    assert message.startswith("items.jsonl, line 2, doc_to_target: ")
    assert sentence in message


def test_an_answer_that_is_missing(tmp_path: Path) -> None:
    assert "line 1, doc_to_target: there is no answer" in refused(written(tmp_path, GOOD, [ROW | {"answer": ""}]))
    fields = {key: value for key, value in GOOD.items() if key != "doc_to_target"}
    assert "there is no answer" in refused(written(tmp_path, fields, [ROW]))
    assert read(written(tmp_path, fields | {"metric_list": [{"metric": "bypass"}]}, [ROW])).metrics == ("bypass",)
