"""Free answers, held against lm-eval itself on the same files and weights: texts, what is cut out of them, metrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer import zoo
from explorer.corpora.tasks import shelf
from explorer.corpora.tasks.benchmarks import CATALOGUE
from explorer.corpora.tasks.reading import read
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.evaluation import task_run
from explorer.experiments.evaluation.command import evaluate
from explorer.experiments.evaluation.reader import Hooked, Shared, Writing, reader
from explorer.experiments.evaluation.task_run import Choice
from explorer.stack.evaluation import sandbox
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.key import read_interventions
from explorer.zoo.model import Model
from tests.tiers import spread

Write = Callable[..., Path]
Theirs = Callable[..., dict[str, Any]]
ROWS = [
    {"question": "What is 2 plus 2?", "answer": "#### 4"},
    {"question": "Count to three: 1, 2,", "answer": "One and two and\n#### 3"},
    {"question": "The capital of France is", "answer": "Paris"},
    {"question": "What is 7 times 6? Think first.", "answer": "7 * 6 = 42\n#### 42"},
    {"question": "Où est-il ?", "answer": "Là."},
]
SHOWN = 'doc_to_text: "Question: {{question}}\\nAnswer:"\ndoc_to_target: answer\n'
KWARGS = 'generation_kwargs: {until: ["Question:", "\\n\\n"], max_gen_toks: 24, do_sample: false}\n'
FILTERS = r"""
filter_list:
  - name: strict-match
    filter: [{function: regex, regex_pattern: "#### (\\-?[0-9\\.\\,]+)"}, {function: take_first}]
  - name: flexible-extract
    filter:
      - {function: regex, group_select: -1, regex_pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)", fallback: none}
      - {function: take_first}
  - name: word
    filter:
      - {function: remove_whitespace}
      - {function: lowercase}
      - {function: regex, regex_pattern: "(?<=is )(.*)(?=\\.)|([a-z]+)"}
      - {function: map, mapping_dict: {the: a}, default_value: other}
      - {function: majority_vote}
      - {function: take_first}
"""
IGNORED = r"""
metric_list:
  - metric: exact_match
    ignore_case: true
    ignore_punctuation: true
    regexes_to_ignore: [",", "\\$", "(?s).*#### ", "\\.$"]
"""
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "as GSM8K": (SHOWN + KWARGS + FILTERS + IGNORED, {"shots": 2}),
    "no filter": (SHOWN + KWARGS + "metric_list: [{metric: exact_match, ignore_numbers: true}]\n", {}),
    "several right ones": (
        SHOWN.replace("doc_to_target: answer", 'doc_to_target: "{{[answer, question]}}"') + KWARGS + FILTERS, {},
    ),
    "ends by tokens": (SHOWN + "generation_kwargs: {until: [' the', '4', '.'], max_gen_toks: 12}\n", {"shots": 1}),
}  # fmt: skip


def samples(out: Path) -> list[dict[str, Any]]:
    (path,) = out.glob("samples_*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("way", spread(WAYS, 1))
def test_answers_and_metrics_are_lm_evals(
    model: Model, written: Write, lm_eval_run: Theirs, tmp_path: Path, way: str
) -> None:
    fields, how = WAYS[way]
    path = written(fields, ROWS, kind="generate_until")
    same(model, path, lm_eval_run, tmp_path / "out", how.get("shots"))


def same(model: Model, path: Path, theirs: Theirs, out: Path, shots: int | None, limit: int | None = None) -> None:
    expected = theirs(path, num_fewshot=shots, limit=limit)
    found = evaluate(model, read(path), out, Choice(num_fewshot=shots), limit=limit)
    (name,) = expected["results"]
    ours = {(each["doc_id"], each["filter"]): each for each in samples(out)}
    logged = {(each["doc_id"], each["filter"]): each for each in expected["samples"][name]}
    assert ours.keys() == logged.keys()
    for key, mine in ours.items():
        other = logged[key]
        assert mine["arguments"]["gen_args_0"]["arg_0"] == other["arguments"][0][0]
        assert mine["resps"] == other["resps"]
        assert mine["filtered_resps"] == other["filtered_resps"]
        assert mine["exact_match"] == other["exact_match"]
        for part in ("doc_hash", "prompt_hash", "target_hash", "target"):
            assert mine[part] == other[part], part
    for key, value in expected["results"][name].items():
        if isinstance(value, float):
            assert found["results"][name][key] == pytest.approx(value, abs=1e-9), key
    assert found["n-shot"] == expected["n-shot"]
    assert found["n-samples"] == expected["n-samples"]


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["gsm8k", "math"])
def test_the_catalogues_tasks_are_lm_evals(
    model: Model, lm_eval_run: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The very files, read by lm-eval."""
    monkeypatch.chdir(shelf.FOLDER / name)
    same(model, shelf.FOLDER / name / "task.yaml", lm_eval_run, tmp_path / "out", None, limit=4)


def test_samples_depend_neither_on_their_batch_nor_on_a_stop(
    written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn with a temperature, several of each item; the majority of three is a pipeline of its own."""
    small = zoo.load("six-kinds-dense")
    fields = SHOWN + (
        "generation_kwargs: {until: [], max_gen_toks: 6, do_sample: true, temperature: 1.0, top_p: 0.9}\nrepeats: 3\n"
        "filter_list:\n  - {name: first, filter: [{function: take_first}]}\n"
        "  - {name: maj, filter: [{function: take_first_k, k: 3}, {function: majority_vote}, {function: take_first}]}\n"
    )
    task = read(written(fields, ROWS, kind="generate_until"))
    found: list[list[Any]] = []
    for rows in (3, 15):
        monkeypatch.setattr(task_run, "ROWS", rows)
        made = evaluate(small, task, tmp_path / str(rows))
        assert set(made["results"]["local"]) >= {"exact_match,first", "exact_match,maj"}
        found.append([each["resps"] for each in samples(tmp_path / str(rows))])
    assert found[0] == found[1]
    assert len({text for each in found[0] for text in each[0]}) > 5
    (lines,) = (tmp_path / "15").glob("samples_*")
    whole = lines.read_text()
    lines.write_text("".join(whole.splitlines(keepends=True)[:3]))  # the second item has lost a line
    evaluate(small, task, tmp_path / "15", resume=True)
    assert lines.read_text() == whole


PROGRAMS = [
    {"prompt": "def add(a, b):\n    return", "test": "def check(c):\n    assert c(2, 3) == 5\n", "name": "add"},
    {"prompt": "def one():\n    return 1  #", "test": "def check(c):\n    assert c() == 2\n", "name": "one"},
    {"prompt": "def two():\n    return 2  #", "test": "def check(c):\n    assert c() == 2\n", "name": "two"},
]
CODE = r"""
doc_to_text: "{{prompt}}"
doc_to_target: "{{test}}\ncheck({{name}})"
unsafe_code: true
generation_kwargs: {until: ["\n"], max_gen_toks: 8, do_sample: true, temperature: 0.4}
repeats: 4
filter_list: [{name: create_test, filter: [{function: build_predictions}]}]
metric_list: [{metric: pass_at_k, k: [1, 4]}, {metric: pass_all_k, k: [4]}]
"""


def test_programs_run_in_the_sandbox(model: Model, written: Write, tmp_path: Path) -> None:
    task = read(written(CODE, PROGRAMS, kind="generate_until"))
    made = evaluate(model, task, tmp_path / "out")["results"]["local"]
    first, wrong, right = samples(tmp_path / "out")
    assert len(first["verdicts"]) == 4
    assert all(each.startswith("def add(a, b):\n    return") for each in first["filtered_resps"][0])
    c = sum(each["verdict"] == "passed" for each in first["verdicts"])
    assert c > 0  # the model knows how to add
    assert (first["pass@1"], first["pass@4"], first["pass^4"]) == (c / 4, 1.0, float(c == 4))
    assert (wrong["pass@4"], right["pass^4"]) == (0.0, 1.0)
    assert {each["verdict"] for each in wrong["verdicts"]} <= {"wrong result", "error"}
    assert made["pass@1,create_test"] == pytest.approx((c / 4 + 1) / 3)


def test_where_no_program_can_be_shut_in_none_runs(
    written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = read(written(CODE, PROGRAMS, kind="generate_until"))
    monkeypatch.setattr(sandbox, "refusal", lambda: "Programs run only on Linux.")
    with pytest.raises(NotApplicableError, match=r"“local” runs programs\. Programs run only on Linux"):
        evaluate(zoo.load("six-kinds-dense"), task, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_hostile_pattern_ends_with_a_sentence_and_what_was_measured_stays(
    written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes more time than there is on one item's text alone."""
    fields = SHOWN + (
        "generation_kwargs: {max_gen_toks: 1}\n"
        "filter_list: [{name: slow, filter: [{function: regex, regex_pattern: '(a|aa)+$'}, {function: take_first}]}]\n"
    )
    texts = iter(["b", "aaa", "a" * 60 + "b", "b", "b"])
    monkeypatch.setattr(task_run, "ROWS", 1)
    monkeypatch.setattr(Shared, "write", lambda *_: [next(texts)])
    task = read(written(fields, ROWS, kind="generate_until"))
    sentence = r"task\.yaml, line 12, filter_list: “\(a\|aa\)\+\$” takes more than 1 s on a text of 61 characters"
    with pytest.raises(BadRequestError, match=sentence):
        evaluate(zoo.load("six-kinds-dense"), task, tmp_path / "out")
    assert [each["doc_id"] for each in samples(tmp_path / "out")] == [0, 1]


def test_an_answer_needs_room(written: Write, tmp_path: Path) -> None:
    small = zoo.load("six-kinds-dense")
    rows = [ROWS[0], ROWS[1] | {"question": "word " * 3000}]
    task = read(written(SHOWN + "generation_kwargs: {max_gen_toks: 2}\n", rows, kind="generate_until"))
    with pytest.raises(BadRequestError, match=r"items\.jsonl, line 2, doc_to_text: the prompt has 3,0\d\d tokens and"):
        evaluate(small, task, tmp_path / "a")
    assert evaluate(small, task, tmp_path / "b", Choice(cut=True))["n-samples"]["local"]["effective"] == 2


def test_interventions_act_on_every_token_that_is_written(model: Model) -> None:
    """Whole passes under hooks: with what changes nothing, the same text as with keys and values that are kept."""
    prompts = [model.vocabulary.encode(text) for text in ("The capital of France is", "One, two, three,")]
    way = Writing(Sampler(temperature=0), 6, ("\n",))
    plain = Shared(model).write(prompts, way, [1, 2])
    using = reader(model, read_interventions(["scale:3:all:1"]))
    assert isinstance(using, Hooked)
    assert using.write(prompts, way, [1, 2]) == plain
    off = reader(model, read_interventions(["mlp:2", "mlp:20"]))
    assert off.write(prompts, way, [1, 2]) != plain
    drawn = Writing(Sampler(temperature=0.8), 5)
    assert using.write(prompts, drawn, [3, 4]) == Shared(model).write(prompts, drawn, [3, 4])


@pytest.mark.thorough
@pytest.mark.parametrize("name", [each.name for each in CATALOGUE])
def test_every_benchmark_of_the_catalogue_runs(tmp_path: Path, name: str) -> None:
    made = evaluate(zoo.load("smollm2-135m"), shelf.own(name), tmp_path / "out", limit=2)
    assert made["n-samples"][name] == {"original": 20, "effective": 2}
