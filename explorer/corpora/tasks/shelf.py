"""The tasks that come with the explorer, by name, and any other by its file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import places
from explorer.errors import SourceMissingError

if TYPE_CHECKING:
    from explorer.corpora.tasks.task import Task

FOLDER = places.assets() / "tasks"


def names() -> tuple[str, ...]:
    """Those that come with the explorer."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/task.yaml")))


@lru_cache(maxsize=32)
def own(name: str) -> Task:
    """One of `names`."""
    from explorer.corpora.tasks.reading import read

    if name not in names():
        raise SourceMissingError(f"There is no task “{name[:60]}”.", f"There are {', '.join(names())}; or name a file.")
    return read(FOLDER / name / "task.yaml")


def find(name: str) -> Task:
    """A task by its name, or by the path of its YAML file. Raises SourceMissingError, BadRequestError."""
    from explorer.corpora.tasks.reading import read

    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file():
            raise SourceMissingError(f"There is no file {name[:200]}.", "Name the task's YAML file.")
        return read(path)
    return own(name)
