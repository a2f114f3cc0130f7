"""A task from its file: lm-eval's YAML, as far as it is data.

    task: pets
    dataset_path: json
    dataset_kwargs: {data_files: {test: items.jsonl}}
    test_split: test
    output_type: multiple_choice
    doc_to_text: "Q: {{question}}\\nA:"
    doc_to_choice: choices
    doc_to_target: answer

lm-eval reads the same file to the same items. What runs code there (``!function``, Jinja's statements, data sets with a
script) is refused with a sentence that names line and field; so is a field that nothing here reads, for a task that is
half read gives wrong numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from explorer.corpora.tasks import free_fields, items
from explorer.corpora.tasks.documents import Described, described, within
from explorer.corpora.tasks.task import Free, Kind, Task

_READ = """
task dataset_path dataset_kwargs test_split validation_split training_split fewshot_split fewshot_config output_type
doc_to_text doc_to_choice doc_to_target description target_delimiter fewshot_delimiter num_fewshot metric_list metadata
tag task_alias
"""
READ = frozenset(_READ.split())
KINDS: tuple[Kind, ...] = ("multiple_choice", "loglikelihood_rolling", "generate_until")
METRICS: dict[Kind, tuple[str, ...]] = {
    "multiple_choice": ("acc", "acc_norm", "acc_bytes", "acc_mutual_info", "brier_score"),
    "loglikelihood_rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
    "generate_until": ("exact_match", *free_fields.OF_PROGRAMS, "bypass"),
}
USUAL: dict[Kind, tuple[str, ...]] = {
    "multiple_choice": ("acc", "acc_norm"),
    "loglikelihood_rolling": METRICS["loglikelihood_rolling"],
    "generate_until": ("exact_match",),
}


def read(path: Path) -> Task:
    """The task of a YAML file and its items. Raises BadRequestError with line and field, SourceMissingError."""
    told = described(path)
    _check_fields(told)
    kind = _kind(told)
    metrics = _metrics(told, kind)
    columns = items.columns(told, kind, metrics)
    free = free_fields.free(told, metrics) if kind == "generate_until" else Free()
    test = _split(told, "test_split") or _split(told, "validation_split")
    if test is None:
        raise told.wrong("test_split", "nothing says which split is evaluated", "Write “test_split: test”.")
    files = _files(told, path.parent)
    found = items.items(told, files, test, columns, kind)
    if not found:
        raise told.wrong("dataset_kwargs", f"the split “{test}” has no items")
    pool, drop_own = _pool(told, test)
    return Task(
        name=_name(told),
        folder=path.parent,
        kind=kind,
        items=found,
        shots=found
        if pool == test or kind == "loglikelihood_rolling"
        else items.items(told, files, pool, columns, kind),
        drop_own=drop_own,
        description=_string(told, "description", ""),
        target_delimiter=_string(told, "target_delimiter", " "),
        fewshot_delimiter=_string(told, "fewshot_delimiter", "\n\n"),
        sampler=_sampler(told),
        num_fewshot=_count(told, "num_fewshot"),
        metrics=metrics,
        free=free,
        version=str(_mapping(told, "metadata").get("version", "1.0")),
        metadata=_mapping(told, "metadata"),
    )


# ---- the description -------------------------------------------------------------------------------------------------


def _check_fields(told: Described) -> None:
    known = READ | free_fields.FIELDS if told.fields.get("output_type") == "generate_until" else READ
    for field in told.fields:
        if field not in known:
            raise told.wrong(field, "nothing here reads this field", f"Fields are {', '.join(sorted(known))}.")
    if told.fields.get("dataset_path") != "json":
        path = str(told.fields.get("dataset_path"))[:60]
        raise told.wrong(
            "dataset_path",
            f"“{path}” is not fetched: items lie in a file beside the task",
            "Write “dataset_path: json”.",
        )


def _name(told: Described) -> str:
    name = told.fields.get("task")
    if not isinstance(name, str) or not name or len(name) > 80 or not name.replace("_", "").replace("-", "").isalnum():
        raise told.wrong("task", f"“{str(name)[:60]}” is no name", "Letters, digits, - and _, at most 80.")
    return name


def _kind(told: Described) -> Kind:
    said = told.fields.get("output_type")
    for kind in KINDS:
        if said == kind:
            return kind
    raise told.wrong("output_type", f"“{str(said)[:40]}” is none of {', '.join(KINDS)}")


def _split(told: Described, field: str) -> str | None:
    said = told.fields.get(field)
    if said is not None and not isinstance(said, str):
        raise told.wrong(field, f"“{str(said)[:40]}” is no name of a split")
    return said


def _pool(told: Described, test: str) -> tuple[str, bool]:
    """The split that examples are drawn from, and whether an item is dropped from its own examples: by lm-eval's rule
    only where `fewshot_split` names the test split."""
    asked = _split(told, "fewshot_split")
    pool = asked or _split(told, "training_split") or _split(told, "validation_split") or test
    return pool, asked is not None and asked == _split(told, "test_split")


def _files(told: Described, folder: Path) -> dict[str, list[Path]]:
    """Split -> its files."""
    said = _mapping(told, "dataset_kwargs").get("data_files")
    if isinstance(said, str | list):
        said = {"train": said}
    if not isinstance(said, Mapping):
        raise told.wrong("dataset_kwargs", "it names no “data_files”", "{data_files: {test: items.jsonl}}")
    if strange := set(_mapping(told, "dataset_kwargs")) - {"data_files"}:
        raise told.wrong("dataset_kwargs", f"nothing here reads “{str(next(iter(strange)))[:40]}”")
    return {
        str(split): [within(folder, each, told, "dataset_kwargs") for each in (one if isinstance(one, list) else [one])]
        for split, one in said.items()
    }


def _string(told: Described, field: str, usual: str) -> str:
    said = told.fields.get(field, usual)
    if not isinstance(said, str):
        raise told.wrong(field, "it is no text")
    if field == "description" and "{{" in said:
        raise told.wrong(field, "a description is the same for all items, and takes no column")
    return said


def _count(told: Described, field: str) -> int:
    said = told.fields.get(field) or 0
    if not isinstance(said, int) or not 0 <= said <= 100:
        raise told.wrong(field, f"“{str(said)[:40]}” is no number from 0 to 100")
    return said


def _mapping(told: Described, field: str) -> Mapping[str, object]:
    said = told.fields.get(field) or {}
    if not isinstance(said, Mapping):
        raise told.wrong(field, "it has no fields of its own")
    return said


def _sampler(told: Described) -> Literal["default", "first_n"]:
    said = _mapping(told, "fewshot_config")
    name = said.get("sampler", "default")
    if strange := set(said) - {"sampler"}:
        raise told.wrong("fewshot_config", f"nothing here reads “{str(next(iter(strange)))[:40]}”")
    if name == "first_n":
        return "first_n"
    if name != "default":
        raise told.wrong("fewshot_config", f"“{str(name)[:40]}” is no sampler: default or first_n")
    return "default"


def _metrics(told: Described, kind: Kind) -> tuple[str, ...]:
    said = told.fields.get("metric_list")
    if said is None:
        return USUAL[kind]
    names = (
        [each.get("metric") if isinstance(each, Mapping) else None for each in said] if isinstance(said, list) else []
    )
    for name in names or [None]:
        if name not in METRICS[kind]:
            raise told.wrong("metric_list", f"“{str(name)[:40]}” is none of {', '.join(METRICS[kind])}")
        free_fields.settings(told, str(name))
    return tuple(map(str, names))
