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

from explorer.corpora.tasks.documents import Described, described, rows, within
from explorer.corpora.tasks.task import Columns, Item, Kind, Row, Task
from explorer.corpora.tasks.template import ColumnMissing, Template, TemplateRefused
from explorer.errors import BadRequestError

_READ = """
task dataset_path dataset_kwargs test_split validation_split training_split fewshot_split fewshot_config output_type
doc_to_text doc_to_choice doc_to_target description target_delimiter fewshot_delimiter num_fewshot metric_list metadata
tag task_alias
"""
READ = frozenset(_READ.split())
KINDS: tuple[Kind, ...] = ("multiple_choice", "loglikelihood_rolling")
METRICS: dict[Kind, tuple[str, ...]] = {
    "multiple_choice": ("acc", "acc_norm", "acc_bytes", "acc_mutual_info", "brier_score"),
    "loglikelihood_rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
}
USUAL = {"multiple_choice": ("acc", "acc_norm"), "loglikelihood_rolling": METRICS["loglikelihood_rolling"]}
#: Of one item, more than any benchmark has.
CHOICES = 64


def read(path: Path) -> Task:
    """The task of a YAML file and its items. Raises BadRequestError with line and field, SourceMissingError."""
    told = described(path)
    _check_fields(told)
    kind = _kind(told)
    columns = _columns(told, kind)
    test = _split(told, "test_split") or _split(told, "validation_split")
    if test is None:
        raise told.wrong("test_split", "nothing says which split is evaluated", "Write “test_split: test”.")
    files = _files(told, path.parent)
    items = _items(told, files, test, columns, kind)
    if not items:
        raise told.wrong("dataset_kwargs", f"the split “{test}” has no items")
    pool, drop_own = _pool(told, test)
    return Task(
        name=_name(told),
        folder=path.parent,
        kind=kind,
        items=items,
        shots=items if pool == test or kind != "multiple_choice" else _items(told, files, pool, columns, kind),
        drop_own=drop_own,
        description=_string(told, "description", ""),
        target_delimiter=_string(told, "target_delimiter", " "),
        fewshot_delimiter=_string(told, "fewshot_delimiter", "\n\n"),
        sampler=_sampler(told),
        num_fewshot=_count(told, "num_fewshot"),
        metrics=_metrics(told, kind),
        version=str(_mapping(told, "metadata").get("version", "1.0")),
        metadata=_mapping(told, "metadata"),
    )


# ---- the description -------------------------------------------------------------------------------------------------


def _check_fields(told: Described) -> None:
    for field in told.fields:
        if field not in READ:
            raise told.wrong(field, "nothing here reads this field", f"Fields are {', '.join(sorted(READ))}.")
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
    return tuple(map(str, names))


# ---- columns and items -----------------------------------------------------------------------------------------------


def _columns(told: Described, kind: Kind) -> Columns:
    choices = told.fields.get("doc_to_choice")
    if kind == "multiple_choice" and choices is None:
        raise told.wrong("doc_to_choice", "a multiple choice has choices")
    return Columns(
        text=_column(told, "doc_to_text", told.fields.get("doc_to_text", "")),
        target=_target(told),
        choices=tuple(map(str, choices)) if isinstance(choices, list) else _maybe(told, "doc_to_choice", choices),
    )


def _target(told: Described) -> Template | str | int:
    said = told.fields.get("doc_to_target")
    return said if isinstance(said, int) and not isinstance(said, bool) else _column(told, "doc_to_target", said)


def _maybe(told: Described, field: str, said: object) -> Template | str | None:
    return None if said is None else _column(told, field, said)


def _column(told: Described, field: str, said: object) -> Template | str:
    """A template, or the words that may be a column's name."""
    if not isinstance(said, str):
        raise told.wrong(field, "it is neither a column nor a template", "Write {{column}}.")
    try:
        made = Template(said)
    except TemplateRefused as error:
        raise told.wrong(field, str(error)) from error
    return made if "{{" in said else said


def _items(
    told: Described, files: Mapping[str, list[Path]], split: str, columns: Columns, kind: Kind
) -> tuple[Item, ...]:
    if split not in files:
        raise told.wrong("dataset_kwargs", f"no file is of the split “{split[:40]}”")
    found: list[Item] = []
    for path in files[split]:
        found += [_item(told, columns, row, kind, len(found) + n) for n, row in enumerate(rows(path, path.name))]
    return tuple(found)


def _item(told: Described, columns: Columns, row: Row, kind: Kind, at: int) -> Item:
    if kind == "loglikelihood_rolling":
        text = _value(told, "doc_to_target", columns.target, row)
        if not isinstance(text, str) or not text:
            raise _bad(row, "doc_to_target", "there is no text to score")
        return Item(at, row, text, ("",), 0)
    prompt = _value(told, "doc_to_text", columns.text, row)
    choices = _choices(told, columns, row)
    target = _value(told, "doc_to_target", columns.target, row)
    if isinstance(prompt, int) or (isinstance(prompt, str) and prompt.isdigit()):
        # each choice is a context of its own, and the text says which is right
        return Item(at, row, "", choices, _gold(row, "doc_to_text", prompt, choices), rest=str(target))
    return Item(at, row, str(prompt), choices, _gold(row, "doc_to_target", target, choices))


def _choices(told: Described, columns: Columns, row: Row) -> tuple[str, ...]:
    assert columns.choices is not None
    found = (
        columns.choices if isinstance(columns.choices, tuple) else _value(told, "doc_to_choice", columns.choices, row)
    )
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        raise _bad(row, "doc_to_choice", "choices are a list of texts")
    if not 2 <= len(found) <= CHOICES:
        raise _bad(row, "doc_to_choice", f"there are {len(found):,} choices, and 2 to {CHOICES} make an item")
    for number, each in enumerate(found, 1):
        if not each.strip():
            raise _bad(row, "doc_to_choice", f"choice {number} is empty, and nothing can be divided by its length")
    return tuple(found)


def _gold(row: Row, field: str, said: object, choices: tuple[str, ...]) -> int:
    """lm-eval's: a number is a place, a text the choice itself."""
    if isinstance(said, str) and not said.isdigit():
        if said not in choices:
            raise _bad(row, field, f"“{said[:40]}” is none of the choices")
        return choices.index(said)
    if isinstance(said, bool) or not isinstance(said, int | str) or not 0 <= int(said) < len(choices):
        raise _bad(row, field, f"“{str(said)[:40]}” is no place among {len(choices)} choices, counted from 0")
    return int(said)


def _value(told: Described, field: str, column: Template | str | int, row: Row) -> object:
    if isinstance(column, int):
        return column
    if isinstance(column, str):
        if column not in row.doc and column.isidentifier():
            raise _bad(row, field, f"there is no column “{column}” ({told.file}, line {told.lines[field]}, names it)")
        return row.doc.get(column, column)
    try:
        return column.value(row.doc)
    except ColumnMissing as error:
        line = told.lines.get(field, 0)
        raise _bad(row, field, f"there is no column “{error.args[0]}” ({told.file}, line {line}, names it)") from error


def _bad(row: Row, field: str, why: str) -> BadRequestError:
    return BadRequestError(f"{row.file}, line {row.line}, {field}: {why}.", line=row.line, field=field)
