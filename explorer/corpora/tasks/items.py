"""The items of a task: what its description says of a row's columns, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from explorer.corpora.tasks import free_fields
from explorer.corpora.tasks.documents import Described, rows
from explorer.corpora.tasks.task import Columns, Item, Kind, Row, Tested
from explorer.corpora.tasks.template import ColumnMissing, Template, TemplateRefused
from explorer.errors import BadRequestError
from explorer.stack.evaluation import asserts

#: Of one item, more than any benchmark has.
CHOICES = 64


def columns(told: Described, kind: Kind, metrics: tuple[str, ...]) -> Columns:
    """What a task's description says of its items. Raises BadRequestError with line and field."""
    choices = told.fields.get("doc_to_choice")
    if kind == "multiple_choice" and choices is None:
        raise told.wrong("doc_to_choice", "a multiple choice has choices")
    if kind == "generate_until" and choices is not None:
        raise told.wrong("doc_to_choice", "a free answer has no choices", "Write “output_type: multiple_choice”.")
    return Columns(
        text=_column(told, "doc_to_text", told.fields.get("doc_to_text", "")),
        target="" if kind == "generate_until" and "doc_to_target" not in told.fields else _target(told),
        choices=tuple(map(str, choices)) if isinstance(choices, list) else _maybe(told, "doc_to_choice", choices),
        metrics=metrics,
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


def items(
    told: Described, files: Mapping[str, list[Path]], split: str, columns: Columns, kind: Kind
) -> tuple[Item, ...]:
    """A split's items. Raises BadRequestError with line and field."""
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
    if kind == "generate_until":
        return _free_item(told, columns, row, at)
    prompt = _value(told, "doc_to_text", columns.text, row)
    choices = _choices(told, columns, row)
    target = _value(told, "doc_to_target", columns.target, row)
    if isinstance(prompt, int) or (isinstance(prompt, str) and prompt.isdigit()):
        # each choice is a context of its own, and the text says which is right
        return Item(at, row, "", choices, _gold(row, "doc_to_text", prompt, choices), rest=str(target))
    return Item(at, row, str(prompt), choices, _gold(row, "doc_to_target", target, choices))


def _free_item(told: Described, columns: Columns, row: Row, at: int) -> Item:
    """What is asked, and every answer that counts as right; of a program, its tests."""
    prompt = str(_value(told, "doc_to_text", columns.text, row))
    found = _value(told, "doc_to_target", columns.target, row) if columns.target != "" else ""
    targets = tuple(map(str, found)) if isinstance(found, list) else (str(found),)
    if not any(targets) and columns.metrics != ("bypass",):
        raise _bad(row, "doc_to_target", "there is no answer to compare with")
    if not set(columns.metrics) & set(free_fields.OF_PROGRAMS):
        return Item(at, row, prompt, targets, 0)
    try:
        return Item(at, row, prompt, targets[:1], 0, tested=Tested(*asserts.read(targets[0])))
    except asserts.TestRefused as error:
        raise _bad(row, "doc_to_target", f"as a test, {error}") from error


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
