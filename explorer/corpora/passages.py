"""Passages of six kinds that no model trained here has read: excerpts of the catalogue's held-out documents.

    passages.read()  ->  (Passages(kind="novel", excerpts=(...)), ...)

They lie in ``assets/passages/``, so that a corpus is at hand without a download. They are made anew from the texts by

    python -c "from explorer.corpora import passages; passages.write()"

An excerpt begins and ends where a line or a sentence does, and has about as many characters as any other: what is
compared by kind should not differ by length.
"""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

from explorer import places
from explorer.corpora import texts
from explorer.corpora.source import Source
from explorer.errors import SourceMissingError
from explorer.fetching.progress import Progress, silent

FOLDER = places.assets() / "passages"
#: Excerpts of each kind, and the characters that each has at least and at most.
EXCERPTS, SHORTEST, LONGEST = 8, 720, 960


@dataclass(frozen=True)
class Excerpt:
    """A few lines of one held-out document."""

    document: str
    """Which one: a chapter's title, an article's, a module's path, or its first words."""
    text: str


@dataclass(frozen=True)
class Passages:
    """The excerpts of one kind of text."""

    kind: str
    name: str
    """In the catalogue of texts."""
    title: str
    licence: str
    excerpts: tuple[Excerpt, ...]

    @property
    def characters(self) -> int:
        return sum(len(excerpt.text) for excerpt in self.excerpts)


def read(folder: Path = FOLDER) -> tuple[Passages, ...]:
    """The passages of every kind. Raises SourceMissingError where they are not."""
    try:
        stored = json.loads((folder / "passages.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceMissingError(
            "The passages are not here.",
            'Make them: python -c "from explorer.corpora import passages; passages.write()"',
        ) from error
    return tuple(Passages(**{**each, "excerpts": tuple(Excerpt(**one) for one in each["excerpts"])}) for each in stored)


def write(folder: Path = FOLDER, progress: Progress = silent) -> tuple[Passages, ...]:
    """Make the passages from the texts' held-out documents, and store them. The same texts give the same passages."""
    made = tuple(_passages(name, progress) for name in texts.names())
    folder.mkdir(parents=True, exist_ok=True)
    stored = json.dumps([asdict(each) for each in made], indent=1, ensure_ascii=False)
    (folder / "passages.json").write_text(stored + "\n", encoding="utf-8")
    return made


def _passages(name: str, progress: Progress) -> Passages:
    text = texts.load(name, progress)
    places = [(document, piece) for document in text.held_out for piece in cut(document)]
    chosen = [places[int((n + 0.5) * len(places) / EXCERPTS)] for n in range(min(EXCERPTS, len(places)))]
    modules = _paths(text.source) if text.source.reader == "python_code" else {}
    excerpts = tuple(Excerpt(modules.get(document) or _first_words(document), piece) for document, piece in chosen)
    return Passages(text.source.kind, name, text.source.title, text.source.licence, excerpts)


def cut(document: str) -> list[str]:
    """The document in pieces of `SHORTEST` to `LONGEST` characters; a last piece that is shorter is left out.

    A piece ends at the last empty line, else line, else sentence, else word that leaves it long enough.

    >>> [len(piece) for piece in cut(("x" * 99 + "\\n") * 20)]
    [899, 899]
    """
    pieces = []
    while len(document) >= SHORTEST:
        end = len(document) if len(document) <= LONGEST else _end(document[:LONGEST])
        pieces.append(document[:end].rstrip())
        document = document[end:].lstrip("\n")  # a line's indentation stays
    return pieces


def _end(head: str) -> int:
    for mark in (r"\n\n", r"\n", r"[.!?][’”\"]? ", r" "):
        found = [match.end() for match in re.finditer(mark, head) if match.end() > SHORTEST]
        if found:
            return found[-1]
    return len(head)


def _first_words(document: str) -> str:
    """The first line; of a document that has no title, its first words."""
    line = document.split("\n", 1)[0].strip()
    return line if len(line) <= 60 else " ".join(line[:60].split(" ")[:-1]) + " …"


def _paths(source: Source) -> dict[str, str]:
    """Module text -> its path in the package that carries it."""
    paths = {}
    for package in source.packages:
        with zipfile.ZipFile(texts.archive(package)) as wheel:
            for name in wheel.namelist():
                if name.endswith(".py"):
                    paths.setdefault(wheel.read(name).decode().strip(), name)
    return paths
