"""The catalogue of the reference's benchmarks, and the items in each one's format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from explorer.corpora.tasks import benchmarks, shelf
from explorer.corpora.tasks.benchmarks import CATALOGUE, Benchmark
from explorer.stack.evaluation import sandbox
from explorer.stack.evaluation.filters import applied

NAMES = [each.name for each in CATALOGUE]
WRITTEN = [each for each in CATALOGUE if each.licence == benchmarks.OWN]


def test_all_thirteen_of_the_reference_are_there() -> None:
    assert len(CATALOGUE) == 13
    assert {each.title for each in CATALOGUE} == {
        "MMLU", "MMLU-Pro", "GSM8K", "MATH", "HumanEval", "SWE-bench", "ARC-Challenge", "HellaSwag", "WinoGrande",
        "TruthfulQA", "MT-Bench", "Chatbot Arena", "GPQA",
    }  # fmt: skip
    for each in CATALOGUE:
        assert all((each.item, each.scored, each.defects, each.licence))


@pytest.mark.parametrize("name", NAMES)
def test_each_has_twenty_items_of_one_form(name: str) -> None:
    found = benchmarks.items(name)
    assert len(found) == 20
    assert len({str(each) for each in found}) == 20
    assert len({tuple(each) for each in found}) == 1


@pytest.mark.parametrize("benchmark", WRITTEN, ids=[each.name for each in WRITTEN])
def test_what_is_written_by_rules_is_made_anew_to_the_byte(benchmark: Benchmark, tmp_path: Path) -> None:
    for path in benchmarks.store(tmp_path, benchmark):
        assert path.read_bytes() == (benchmarks.FOLDER / benchmark.name / path.name).read_bytes()


@pytest.mark.parametrize("name", [each.name for each in CATALOGUE if each.choices])
def test_choices_are_a_task_that_can_be_run(name: str) -> None:
    task = shelf.own(name)
    assert len(task.items) == 20
    assert task.drop_own
    for item in task.items:
        assert len(set(item.choices)) == len(item.choices)


def test_answers_that_rules_know() -> None:
    """Of the programs: the test fails on the faulty text, and holds once the patch is in."""
    for each in benchmarks.items("swe_bench"):
        text, test = str(each["text"]), str(each["test"])
        for program, holds in ((text, False), (patched(each), True)):
            names: dict[str, object] = {}
            exec(program, names)  # written above, by rules
            try:
                exec(test, names)
                assert holds, each
            except AssertionError:
                assert not holds, each
    for each in benchmarks.items("math"):
        a, b, c = (int(n) for n in re.findall(r"\d+", str(each["problem"])))
        assert str(each["solution"]).endswith(f"\\boxed{{{(c - b) // a}}}$.")


@pytest.mark.parametrize("name", [each.name for each in CATALOGUE if not each.choices])
def test_free_answers_are_a_task_that_can_be_run(name: str) -> None:
    """Whose right answers count as right, by the task's own filters and comparison, and the program's by its tests."""
    task = shelf.own(name)
    assert task.kind == "generate_until"
    assert len(task.items) == 20
    for item in task.items:
        doc = item.row.doc
        if item.tested is not None:
            whole = str(doc["prompt"]) + str(doc["canonical_solution"]) if name == "humaneval" else patched(doc)
            wrong = str(doc["prompt"]) + "    pass\n" if name == "humaneval" else str(doc["text"])
            assert sandbox.run(whole, item.tested.function, item.tested.calls).passed
            assert not sandbox.run(wrong, item.tested.function, item.tested.calls).passed
        elif "exact_match" in task.metrics:
            for pipeline in task.free.pipelines:
                (answer, *_) = applied(pipeline.steps, [f" Well. {item.target}"])
                assert task.free.matching.matches(answer, item.choices), pipeline.name
                assert not task.free.matching.matches(answer, [item.target.replace(answer.strip("\\boxed{}"), "-1")])


def patched(doc: Mapping[str, object]) -> str:
    wrong, right = (line[1:] for line in str(doc["patch"]).splitlines())
    return str(doc["text"]).replace(wrong, right)


@pytest.mark.thorough
def test_real_items_are_those_of_their_packages(tmp_path: Path) -> None:
    for each in CATALOGUE:
        for path in benchmarks.store(tmp_path, each):
            assert path.read_bytes() == (benchmarks.FOLDER / each.name / path.name).read_bytes()
