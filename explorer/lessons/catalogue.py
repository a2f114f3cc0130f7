"""The lessons that there are: those that come with the explorer, and those of the operator's own folder."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from pathlib import Path

from explorer import places
from explorer.errors import BadRequestError
from explorer.lessons.document import Lesson
from explorer.lessons.errors import LessonError
from explorer.lessons.reading import LONGEST_NAME, MOST_TEXT, NAME, read
from explorer.panels.chapters import CHAPTERS

log = logging.getLogger(__name__)


def folder() -> Path:
    """Where the explorer's own lie."""
    return places.assets() / "lessons"


def read_file(path: Path) -> Lesson:
    """Raises LessonError, or BadRequestError for a file that cannot be read or is named otherwise than lessons are."""
    if not NAME.fullmatch(path.stem):
        raise BadRequestError(f"{path.name}: {_misnamed(path.stem)}.", "A good name is why-mary.md.")
    try:
        if path.stat().st_size > 4 * MOST_TEXT:
            raise LessonError(1, f"the file is larger than {4 * MOST_TEXT:,} bytes")
        return read(path.read_text(encoding="utf-8"), path.stem)
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequestError(f"{path} cannot be read: {error}.") from error


def _misnamed(name: str) -> str:
    """What is wrong with a file's name.

    >>> _misnamed("why_mary")
    "the name of a lesson's file has small letters a to z, digits and hyphens only, and this one has “_”"
    """
    allowed = "the name of a lesson's file has small letters a to z, digits and hyphens only"
    others = "".join(dict.fromkeys(re.sub(r"[a-z0-9-]", "", name)))
    if others:
        return f"{allowed}, and this one has {', '.join(f'“{each}”' for each in others[:5])}"
    if len(name) > LONGEST_NAME:
        return f"the name of a lesson's file has at most {LONGEST_NAME} characters, and this one has {len(name)}"
    return "the name of a lesson's file begins with a letter or a digit"


def lessons(own: Path | None = None) -> dict[str, Lesson]:
    """All by name, by chapter and order; the operator's go before ours of the same name.

    A file of the operator's folder that cannot be read is left out, and the log says why.
    """
    found = {path.stem: _kept(path, path.stat().st_mtime_ns) for path in sorted(folder().glob("*.md"))}
    for path in sorted(own.glob("*.md")) if own else ():
        try:
            found[path.stem] = _kept(path, path.stat().st_mtime_ns)
        except (BadRequestError, OSError) as error:
            log.warning("the lesson %s is left out: %s", path, error)
    chapters = list(CHAPTERS)
    return dict(sorted(found.items(), key=lambda each: (chapters.index(each[1].chapter), each[1].order, each[0])))


@lru_cache(maxsize=256)
def _kept(path: Path, changed: int) -> Lesson:
    """A file as it was when it last changed."""
    del changed
    return read_file(path)
