"""Whatever a person names: one file, or a folder with all that lies below it, in the order of the names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from explorer.corpora.inputs import archive, rows
from explorer.corpora.inputs.bounded import MOST
from explorer.errors import BadRequestError
from explorer.stack.pretraining.data.charset import decoded
from explorer.stack.pretraining.data.stage import Document, SetAside

Found = Document | tuple[str, SetAside]
ARCHIVES = (".warc", ".warc.gz", ".wet", ".wet.gz")
LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".json.gz")
TABLES = (".parquet",)
PAGES = (".html", ".htm", ".xhtml")
TEXTS = (".txt", ".text", ".md", ".rst")


def files(source: Path) -> list[Path]:
    """Raises BadRequestError where there is nothing of that name."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise BadRequestError(f"There is no file or folder {source}.", "Name a folder, or an archive of a crawl.")
    found = (Path(folder) / name for folder, _, names in os.walk(source) for name in names if not name.startswith("."))
    return sorted((path for path in found if path.is_file()), key=lambda path: path.relative_to(source).as_posix())


def read(source: Path) -> Iterator[Found]:
    """Each document, or the name of what is set aside with the reason."""
    for path in files(source):
        name = _writable(path.name if path == source else path.relative_to(source).as_posix())
        try:
            yield from map(_whole, _file(path, name))
        except OSError as error:
            yield name, SetAside(f"cannot be read: {error.strerror or error}")


def _writable(text: str) -> str:
    """Without lone surrogates, which names of files and JSON may hold and no file of texts can."""
    return text.encode("utf-8", "replace").decode()


def _whole(found: Found) -> Found:
    if isinstance(found, Document) and not (found.text.isascii() and found.url.isascii()):
        return replace(found, url=_writable(found.url), text=_writable(found.text))
    return found


def _file(path: Path, name: str) -> Iterator[Found]:
    lower = name.lower()
    if lower.endswith(ARCHIVES):
        yield from archive.read(path, name)
    elif lower.endswith(LINES):
        yield from rows.json_lines(path, name)
    elif lower.endswith(TABLES):
        yield from rows.parquet(path, name)
    elif lower.endswith((*PAGES, *TEXTS)):
        yield _single(path, name)
    else:
        yield name, SetAside("no kind of file that is read here")


def _single(path: Path, name: str) -> Found:
    size = path.stat().st_size
    if size > MOST:
        return name, SetAside(f"a file of {size:,} bytes, more than {MOST:,}")
    data = path.read_bytes()
    if name.lower().endswith(PAGES):
        return Document(id=name, html=data)
    try:
        return Document(id=name, text=decoded(data)[0])
    except SetAside as refused:
        return name, refused
