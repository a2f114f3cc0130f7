"""lm-eval itself, on the same model and the same files."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.zoo.model import Model

#: Rows that are made for the tests: ragged choices, of more bytes than characters, one twice among the examples.
ROWS = [
    {
        "question": "What is the capital of France?",
        "options": ["Lyon", "Paris", "the city Nice", "Rom"],
        "answer": 1,
    },
    {"question": "Which animal barks? ", "options": ["a very old cat", "dogs", "a dog"], "answer": 2},
    {"question": "Où est-il ?", "options": ["café crème", "là", "naïveté"], "answer": 1},
    {"question": "2 + 2 =", "options": ["3", "4", "5", "22"], "answer": 1},
    {"question": "The opposite of hot is", "options": ["cold", "very warm indeed"], "answer": 0},
    {"question": "2 + 2 =", "options": ["3", "4", "5", "22"], "answer": 1},
    {"question": "Snow is", "options": ["white", "black"], "answer": 0},
    {"question": "A week has how many days?", "options": ["five", "seven", "seventeen"], "answer": 1},
]
DESCRIPTION = """
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: items.jsonl
test_split: test
output_type: {kind}
"""


@pytest.fixture(scope="session")
def theirs(model: Model) -> Any:
    """lm-eval's transformers back end on a copy of the model that no bridge has touched."""
    from lm_eval.models import huggingface

    from explorer.bench.peers import transformers_model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        backend: Any = huggingface.HFLM
        return backend(
            pretrained=transformers_model(model, torch.float32), tokenizer=model.tokenizer, batch_size=4, device="cpu"
        )


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """`written(fields, rows)`: a task's two files, in the folder that is the working one: lm-eval reads items there."""

    def write(fields: str, rows: list[dict[str, Any]], kind: str = "multiple_choice", name: str = "local") -> Path:
        lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
        (tmp_path / "items.jsonl").write_text(lines, encoding="utf-8")
        path = tmp_path / "task.yaml"
        path.write_text(DESCRIPTION.format(name=name, kind=kind) + fields, encoding="utf-8")
        return path

    monkeypatch.chdir(tmp_path)
    return write


@pytest.fixture
def lm_eval_run(theirs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """`lm_eval_run(path, num_fewshot=...)`: what lm-eval says of the same file."""

    def run(path: Path, **how: Any) -> dict[str, Any]:
        import datasets  # noqa: F401 - its config is changed below
        import lm_eval
        from lm_eval.tasks import TaskManager

        simple_evaluate: Any = lm_eval.simple_evaluate
        monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            manager = TaskManager(include_path=str(path.parent), include_defaults=False)
            return simple_evaluate(
                model=theirs, tasks=[path.read_text().split("task: ")[1].split("\n")[0]], task_manager=manager,
                bootstrap_iters=0, verbosity="ERROR", **how,
            )  # fmt: skip

    return run
