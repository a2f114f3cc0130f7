"""Adapters that were taught on the page, in the folder of adapters, each beside what was measured on the way.

`recipe.json` beside peft's two files says what the adapter was taught: by it a name that is another adapter's is known,
and the adapters that the page made are told from those that somebody put there. Those under the
names of their recipes take at most `MOST` bytes; the oldest go first. A name that a person gave stays; where these take
`MOST` bytes, no further name is given.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import BadRequestError, ExplorerError
from explorer.zoo.adapter_settings import CONFIG, RECIPE, WEIGHTS
from explorer.zoo.adapter_tensors import write
from explorer.zoo.adapters import folder_of_adapters

if TYPE_CHECKING:
    from explorer.experiments.finetuning.lesson import Lesson
    from explorer.stack.finetuning.adapter import Adapter
    from explorer.stack.transformer.decoder import Decoder

MOST = 1_000_000_000
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9_])?", re.ASCII)


@dataclass
class Record:
    """What was measured: plain values."""

    losses: list[float] = field(default_factory=list)
    """Of each step's batch, before the step; nats a token of an answer."""
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """Of each step."""
    measured: list[int] = field(default_factory=list)
    """Steps done when held-out items were asked."""
    held: list[float] = field(default_factory=list)
    exact: list[int] = field(default_factory=list)
    """Held-out requests answered letter by letter."""
    samples: list[tuple[int, str]] = field(default_factory=list)
    """What it says to the prompt, after so many steps."""
    answers: list[list[str]] = field(default_factory=list)
    """What it says to each held-out request, each time."""
    measuring: list[float] = field(default_factory=list)
    """Seconds of each measurement."""
    ask: str = ""
    trained: int = 0
    """Numbers that were trained."""


def check_name(name: str, lesson: Lesson) -> None:
    """Raises BadRequestError for a name that is none, or another adapter's."""
    if not name or name == lesson.name:
        return
    if not _NAME.fullmatch(name):
        raise BadRequestError(
            f"“{name[:60]}” is no name of an adapter.", "Letters, digits, - and _, at most 40 of them."
        )
    folder = folder_of_adapters() / name
    if folder.exists() and _recipe(folder).get("lesson") != repr(lesson):
        raise BadRequestError(f"“{name}” is the name of another adapter.", "Choose another name.")
    if not folder.exists() and sum(map(_size, _made(named=True))) >= MOST:
        raise BadRequestError("This machine has no room for further names.", "Leave the name empty.")


def keep(lesson: Lesson, adapter: Adapter, decoder: Decoder, record: Record) -> bool:
    """Under the name of its recipe; False where the disk is full or cannot be written."""
    folder = folder_of_adapters() / lesson.name
    try:
        write(folder, adapter, decoder, lesson.base)
        told = {"lesson": repr(lesson), "name": lesson.name, "record": asdict(record)}
        (folder / RECIPE).write_text(json.dumps(told) + "\n", encoding="utf-8")
        _shrink(folder)
    except ExplorerError:
        raise
    except Exception as error:  # safetensors has an error of its own for a disk that is full
        if not isinstance(error, OSError) and type(error).__name__ != "SafetensorError":
            raise
        shutil.rmtree(folder, ignore_errors=True)
        return False
    return True


def copy(lesson: Lesson, name: str) -> bool:
    """Under a person's name as well; False where it cannot be written."""
    source, target = folder_of_adapters() / lesson.name, folder_of_adapters() / name
    if target == source:
        return True
    try:
        target.mkdir(parents=True, exist_ok=True)
        for each in (WEIGHTS, RECIPE, CONFIG):  # the one by which an adapter is known last
            shutil.copyfile(source / each, target / each)
    except OSError:
        shutil.rmtree(target, ignore_errors=True)
        return False
    return True


def find(lesson: Lesson) -> dict[str, Any] | None:
    """What was measured when this lesson was taught; None where it was not, or is not here any more."""
    folder = folder_of_adapters() / lesson.name
    told = _recipe(folder)
    whole = told.get("lesson") == repr(lesson) and all((folder / each).is_file() for each in (CONFIG, WEIGHTS))
    found = told.get("record") if whole else None
    if not isinstance(found, dict):
        return None
    found["samples"] = [tuple(each) for each in found["samples"]]
    return found


def file_of(name: str, file: str) -> Path | None:
    """A file of an adapter that the page made; None for any other."""
    folder = folder_of_adapters() / name
    mine = _NAME.fullmatch(name) and file in (CONFIG, WEIGHTS) and (folder / RECIPE).is_file()
    return folder / file if mine and (folder / file).is_file() else None


def _recipe(folder: Path) -> dict:
    with suppress(OSError, ValueError):
        found = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _shrink(but: Path) -> None:
    """Delete those without a name that are oldest, until the others fit."""
    found = _made(named=False)
    total = sum(map(_size, found))
    for folder in found:
        if total <= MOST:
            return
        if folder != but:
            total -= _size(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())


def _made(*, named: bool) -> list[Path]:
    """The page's own, the oldest first."""
    found = [path.parent for path in folder_of_adapters().glob(f"*/{RECIPE}")]
    chosen = [folder for folder in found if (_recipe(folder).get("name") != folder.name) == named]
    return sorted(chosen, key=lambda folder: (folder / RECIPE).stat().st_mtime)
