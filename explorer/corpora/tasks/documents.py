"""The files of a task: YAML and JSON lines as data; a sentence with line and field where they are something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from explorer.corpora.tasks.task import Row
from explorer.errors import BadRequestError, SourceMissingError

#: Bytes of a description, of a file of items, of one item; and items of a file.
DESCRIPTION, FILE, ITEM, ITEMS = 200_000, 64_000_000, 1_000_000, 100_000
_TAGS = {f"tag:yaml.org,2002:{each}" for each in ("map", "seq", "str", "int", "float", "bool", "null")}


@dataclass(frozen=True)
class Described:
    """A YAML file as data, and the line of each of its fields."""

    file: str
    fields: dict[str, object]
    lines: dict[str, int]

    def wrong(self, field: str, why: str, hint: str = "") -> BadRequestError:
        """The sentence that names line and field."""
        line = self.lines.get(field)
        where = f"{self.file}, line {line}" if line else self.file
        return BadRequestError(f"{where}, {field}: {why}.", hint, line=line or 0, field=field)


def described(path: Path) -> Described:
    """The fields of a YAML file. Raises BadRequestError for what is no plain data, SourceMissingError."""
    text = _text(path, DESCRIPTION)
    try:
        _plain(path.name, text)
        fields = yaml.safe_load(text)
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 1
        raise BadRequestError(f"{path.name}, line {line}: {error.problem}.", "Correct the YAML.", line=line) from error
    except yaml.YAMLError as error:
        raise BadRequestError(f"{path.name} is no YAML: {' '.join(str(error).split())[:120]}.") from error
    except (ValueError, RecursionError) as error:  # a date or a number that is none, nesting without end
        raise BadRequestError(f"{path.name} is no plain YAML: {str(error)[:120]}.") from error
    if not isinstance(fields, dict) or not isinstance(node, yaml.MappingNode):
        raise BadRequestError(f"{path.name} has no fields.", "A task begins with “task: its_name”.")
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    return Described(path.name, {str(key): value for key, value in fields.items()}, lines)


def _plain(name: str, text: str) -> None:
    """Raises BadRequestError where a file refers to itself or to code, or is nested deeply."""
    depth, field = 0, ""
    for event in yaml.parse(text, yaml.SafeLoader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise BadRequestError(f"{name}, line {line}: “*{event.anchor}” repeats another part.", "Write it out.")
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _TAGS:
            raise BadRequestError(
                f"{name}, line {line}{f', {field}' if field else ''}: “{tag[:60]}” names code, and a task is data.",
                "Write the values themselves, or a template such as {{question}}.",
                line=line,
                field=field,
            )
        if isinstance(event, yaml.ScalarEvent) and depth == 1:
            field = event.value[:40] if event.start_mark.column == 0 else field
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > 12:
            raise BadRequestError(f"{name}, line {line}: it is nested more than 12 deep.", line=line)


def rows(path: Path, name: str) -> Iterator[Row]:
    """The items of a JSON lines file, one by one, or of a JSON list. Raises BadRequestError, SourceMissingError."""
    text = _text(path, FILE)
    if text.lstrip()[:1] == "[":
        yield from _listed(text, name)
        return
    count = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        count += 1
        if count > ITEMS:
            raise _too_many(name, number)
        if len(line) > ITEM:
            raise BadRequestError(f"{name}, line {number}: one item has {len(line):,} characters.", line=number)
        try:
            yield _row(name, number, json.loads(line))
        except (ValueError, RecursionError) as error:
            said = getattr(error, "msg", "it is nested too deeply")
            raise BadRequestError(f"{name}, line {number} is no JSON: {said}.", line=number) from error


def _listed(text: str, name: str) -> Iterator[Row]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise BadRequestError(f"{name}, line {line} is no JSON: {str(error)[:80]}.", line=line) from error
    if len(found) > ITEMS:
        raise _too_many(name, ITEMS + 1)
    for number, each in enumerate(found, 1):
        yield _row(name, number, each)


def _too_many(name: str, line: int) -> BadRequestError:
    return BadRequestError(
        f"{name}, line {line:,}: a task has at most {ITEMS:,} items, and this file has more.",
        "Cut the file, or draw a sample of it.",
        line=line,
    )


def _row(name: str, line: int, found: object) -> Row:
    if not isinstance(found, dict):
        raise BadRequestError(f"{name}, line {line}: an item is an object of columns, as {{“question”: …}}.", line=line)
    return Row(name, line, found)


def within(folder: Path, said: object, of: Described, field: str) -> Path:
    """The file that a task names, which lies in its own folder. Raises BadRequestError."""
    if not isinstance(said, str) or not said or "\x00" in said or re.match(r"\w+://", said):
        raise of.wrong(field, f"“{str(said)[:60]}” is no file beside the task", "Name it as items.jsonl.")
    path = (folder / said).resolve()
    if not path.is_relative_to(folder.resolve()) or Path(said).is_absolute():
        raise of.wrong(field, f"“{said[:60]}” lies outside the task’s folder", "Put the file beside the task.")
    if not path.is_file():
        raise of.wrong(field, f"there is no file “{said[:60]}” beside the task")
    return path


def _text(path: Path, most: int) -> str:
    try:
        size = path.stat().st_size
        if size > most:
            raise BadRequestError(f"{path.name} has {size:,} bytes, and {most:,} are read.", "Take a smaller one.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequestError(f"{path.name} is no UTF-8 text (byte {error.start:,}).") from error
    except OSError as error:
        raise SourceMissingError(f"{path.name} cannot be read: {error.strerror}.") from error
