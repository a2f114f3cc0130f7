"""The tasks that come with the explorer, by name, and any other by its file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import places
from explorer.errors import SourceMissingError

if TYPE_CHECKING:
    from explorer.corpora.tasks.task import Kind, Task

FOLDER = places.assets() / "tasks"
#: The name of the thirteen benchmarks together.
GROUP = "benchmarks"


@lru_cache(maxsize=8)
def names(kind: Kind | None = None) -> tuple[str, ...]:
    """Those that come with the explorer; of one kind."""
    found = [path for path in sorted(FOLDER.glob("*/task.yaml")) if kind is None or _is(path, kind)]
    return tuple(path.parent.name for path in found)


def _is(path: Path, kind: Kind) -> bool:
    """Asked of the text: a panel offers tasks without reading their items."""
    return f"\noutput_type: {kind}\n" in path.read_text(encoding="utf-8")


@lru_cache(maxsize=32)
def own(name: str) -> Task:
    """One of `names`."""
    from explorer.corpora.tasks.reading import read

    if name not in names():
        raise SourceMissingError(f"There is no task “{name[:60]}”.", f"There are {', '.join(names())}; or name a file.")
    return read(FOLDER / name / "task.yaml")


def find(name: str) -> list[Task]:
    """A task by its name, or by the path of its YAML file; all of a group. Raises SourceMissingError,
    BadRequestError."""
    from explorer.corpora.tasks.reading import read

    if name == GROUP:
        from explorer.corpora.tasks.benchmarks import CATALOGUE

        return [own(each.name) for each in CATALOGUE]

    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file():
            raise SourceMissingError(f"There is no file {name[:200]}.", "Name the task's YAML file.")
        return [read(path)]
    return [own(name)]
