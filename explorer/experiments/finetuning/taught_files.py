"""Adapters that were taught on the page, in the folder of adapters, each beside what was measured on the way.

`recipe.json` beside peft's two files says what the adapter was taught: by it a name that is another adapter's is known,
and the adapters that the page made are told from those that somebody put there. At most `MOST` of the page's own are
kept under the names of their recipes; the oldest go first. A name that a person gave stays.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import BadRequestError, ExplorerError
from explorer.zoo.adapter_settings import CONFIG, WEIGHTS
from explorer.zoo.adapter_tensors import write
from explorer.zoo.adapters import folder_of_adapters

if TYPE_CHECKING:
    from explorer.experiments.finetuning.lesson import Lesson
    from explorer.experiments.finetuning.teaching import Record
    from explorer.stack.finetuning.adapter import Adapter
    from explorer.stack.transformer.decoder import Decoder

RECIPE = "recipe.json"
#: Kept under the names of their recipes, and under names that people gave.
MOST, MOST_NAMED = 24, 100
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9_])?", re.ASCII)


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
    if not folder.exists() and len(_made(named=True)) >= MOST_NAMED:
        raise BadRequestError(
            f"This machine keeps {MOST_NAMED} adapters with names that people gave.", "Leave the name empty."
        )


def keep(lesson: Lesson, adapter: Adapter, decoder: Decoder, record: Record) -> bool:
    """Under the name of its recipe; False where the disk is full or cannot be written."""
    folder = folder_of_adapters() / lesson.name
    try:
        write(folder, adapter, decoder, lesson.base)
        told = {"lesson": repr(lesson), "name": lesson.name, "record": asdict(record)}
        (folder / RECIPE).write_text(json.dumps(told) + "\n", encoding="utf-8")
        for each in _made(named=False)[:-MOST]:
            shutil.rmtree(each, ignore_errors=True)
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


def _recipe(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        found = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _made(*, named: bool) -> list[Path]:
    """The page's own, the oldest first."""
    found = [path.parent for path in folder_of_adapters().glob(f"*/{RECIPE}")]
    chosen = [folder for folder in found if (_recipe(folder).get("name") != folder.name) == named]
    return sorted(chosen, key=lambda folder: (folder / RECIPE).stat().st_mtime)
