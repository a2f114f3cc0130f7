"""Our numbers and those of lm-eval itself, on the same files and the same weights: to four decimals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.corpora import passages
from explorer.corpora.tasks.reading import read
from explorer.experiments.evaluation.command import evaluate
from explorer.experiments.evaluation.task_run import Choice
from explorer.zoo.model import Model
from tests.experiments.evaluation.conftest import ROWS
from tests.tiers import spread

Write = Callable[..., Path]
Theirs = Callable[..., dict[str, Any]]
METRICS = """
metric_list:
  - metric: acc
  - metric: acc_norm
  - metric: acc_bytes
  - metric: acc_mutual_info
"""
ASKED = """
doc_to_text: "{{question}}\\nAnswer:"
doc_to_choice: options
doc_to_target: answer
"""
WAYS = {
    "no shots": (ASKED, {}),
    "a space that moves": (ASKED.replace("Answer:", "Answer: "), {}),
    "shots from the items": (
        ASKED + "fewshot_split: test\ndescription: 'Answer.\n\n\n\n'\n",
        {"shots": 2},
    ),
    "shots without a split": (ASKED, {"shots": 3}),
    "the first ones": (ASKED + "fewshot_split: test\nfewshot_config: {sampler: first_n}\n", {"shots": 2}),
    "no delimiter": (ASKED.replace("\\nAnswer:", "").replace("{{", "{{") + "target_delimiter: ''\n", {}),
}


def same(model: Model, path: Path, theirs: Theirs, out: Path, shots: int | None = None) -> None:
    """Every response, every metric, every assembled prompt."""
    expected = theirs(path, num_fewshot=shots)
    task = read(path)
    found = evaluate(model, task, out, Choice(num_fewshot=shots))
    (samples,) = expected["samples"].values()
    ours = _samples(out)
    assert len(ours) == len(samples)
    for mine, other in zip(ours, sorted(samples, key=lambda each: each["doc_id"]), strict=True):
        assert [tuple(each.values()) for each in mine["arguments"].values()] == [
            tuple(each) for each in other["arguments"]
        ][: len(mine["arguments"])]
        values, greedy = zip(*mine["filtered_resps"], strict=True)
        assert values == pytest.approx([each[0] for each in other["filtered_resps"]], abs=1e-4)
        assert list(greedy) == [each[1] for each in other["filtered_resps"]]
        assert (mine["target"], mine["doc"]) == (other["target"], other["doc"])
        for name in ("doc_hash", "prompt_hash", "target_hash"):
            assert mine[name] == other[name]
    (name,) = expected["results"]
    metrics = {each for each in expected["results"][name] if each.endswith(",none")}
    assert metrics == {each for each in found["results"][name] if each.endswith(",none")} | metrics
    for metric in metrics:
        value = expected["results"][name][metric]
        if isinstance(value, float):
            assert found["results"][name][metric] == pytest.approx(value, abs=5e-5), metric
    assert found["n-shot"] == expected["n-shot"]
    assert found["n-samples"] == expected["n-samples"]
    assert found["higher_is_better"][name] == expected["higher_is_better"][name]


def _samples(out: Path) -> list[dict[str, Any]]:
    import json

    (path,) = out.glob("samples_*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("way", spread(WAYS, 1))
def test_multiple_choice(model: Model, written: Write, lm_eval_run: Theirs, tmp_path: Path, way: str) -> None:
    fields, how = WAYS[way]
    same(model, written(fields + METRICS, ROWS), lm_eval_run, tmp_path / "out", **how)


@pytest.mark.thorough
def test_the_brier_score(model: Model, written: Write, lm_eval_run: Theirs, tmp_path: Path) -> None:
    """Of items with as many choices each: lm-eval fails on others."""
    rows = [each for each in ROWS if len(each["options"]) == 4]
    fields = ASKED + METRICS + "  - metric: brier_score\n"
    same(model, written(fields, rows), lm_eval_run, tmp_path / "out")


@pytest.mark.thorough
def test_choices_that_are_contexts(model: Model, written: Write, lm_eval_run: Theirs, tmp_path: Path) -> None:
    """As WinoGrande has it: the text says which of the beginnings is right, and all have one continuation."""
    told = [
        (1, "The trophy did not fit, so the case", "The trophy did not fit, so the cup", "was small."),
        (0, "Ann thanked Bo, since Bo", "Ann thanked Bo, since Ann", "had helped her."),
        (0, "The ball broke the glass. The glass", "The ball broke the glass. The ball", "is in pieces."),
    ]
    rows = [{"right": right, "begins": begins, "end": end} for right, *begins, end in told]
    fields = "doc_to_text: right\ndoc_to_choice: begins\ndoc_to_target: end\nmetric_list: [{metric: acc}]\n"
    same(model, written(fields, rows), lm_eval_run, tmp_path / "out")


def test_perplexity_in_rolling_windows(
    model: Model, theirs: Any, written: Write, lm_eval_run: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts longer than the windows: disjoint ones but for the last."""
    from explorer.experiments.evaluation.reader import Shared

    monkeypatch.setattr(type(theirs), "max_length", property(lambda _: 64))
    monkeypatch.setattr(Shared, "n_ctx", property(lambda _: 64))
    rows = [{"page": each.excerpts[0].text[:n]} for each, n in zip(passages.read()[:3], (700, 400, 150), strict=True)]
    rows[1]["page"] = f" {rows[1]['page']}\n"
    path = written('doc_to_text: ""\ndoc_to_target: "{{page}}"\n', rows, kind="loglikelihood_rolling")
    expected = lm_eval_run(path)
    found = evaluate(model, read(path), tmp_path / "out")
    (name,) = expected["results"]
    for metric in ("word_perplexity", "byte_perplexity", "bits_per_byte"):
        theirs_is = expected["results"][name][f"{metric},none"]
        assert found["results"][name][f"{metric},none"] == pytest.approx(theirs_is, rel=5e-5)
    logs = {each["doc_id"]: each["filtered_resps"][0] for each in expected["samples"][name]}
    for each in _samples(tmp_path / "out"):
        assert each["filtered_resps"][0][0] == pytest.approx(logs[each["doc_id"]], abs=1e-3, rel=1e-5)


@pytest.mark.thorough
@pytest.mark.parametrize("name", spread(["copy", "induction", "agreement", "facts", "digits"], 1))
def test_the_explorers_own_tasks(
    model: Model, lm_eval_run: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from explorer.corpora.tasks import shelf

    monkeypatch.chdir(shelf.FOLDER / name)
    path = shelf.FOLDER / name / "task.yaml"
    expected = lm_eval_run(path, limit=12)
    found = evaluate(model, read(path), tmp_path / "out", limit=12)
    assert found["results"][name]["acc,none"] == expected["results"][name]["acc,none"]
