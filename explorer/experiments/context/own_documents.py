"""Documents that a visitor has brought: passages and vectors, kept on the visitor's own machine, nowhere else.

`documents` is a control's value: ``text-0123456789abcdef=notes.txt,text-...=...``; the names are made of the texts, and
the titles are percent-encoded. On a public server nothing is written: who does not have the text cannot name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from explorer.errors import NotApplicableError
from explorer.experiments.context import embedding
from explorer.experiments.context.retrieving import Library, indexed, passages_of
from explorer.fetching.cache import cache_folder
from explorer.fetching.progress import Progress, silent
from explorer.stack.context.document_store import Document, opened
from explorer.zoo.text_encoder import TextEncoder

FILE = "own-documents.sqlite"
#: Characters of one document that are embedded: some minutes on two cores.
MOST = 1_000_000


@dataclass(frozen=True, eq=False)
class Brought:
    """What could be read of the documents that are named."""

    library: Library
    gone: tuple[str, ...]
    """Titles of those that are no longer here."""
    empty: tuple[str, ...]
    """Titles of those without a word."""
    cut: tuple[str, ...]
    """Titles of those of which only the first `MOST` characters are searched."""
    embedded: int
    """Documents that were read just now; the others' vectors were kept."""
    rebuilt: bool
    """Whether the store could not be read and was made anew."""


def listed(said: str) -> list[tuple[str, str]]:
    """(name, title) of the documents.

    >>> listed("text-00=a%20b.txt,,text-01")
    [('text-00', 'a b.txt'), ('text-01', 'text-01')]
    """
    pairs = [each.partition("=") for each in said.split(",") if each.strip()]
    return [(name.strip(), unquote(title) or name.strip()) for name, _, title in pairs]


def place() -> Path:
    """Where the store lies on the visitor's own machine."""
    return cache_folder() / FILE


def brought(
    encoder: TextEncoder, said: str, texts: Mapping[str, str], keeps: bool, progress: Progress = silent
) -> Brought:
    """All named documents as a library. `keeps`: whether vectors and texts may lie on the disk.

    Raises NotApplicableError where none of them holds a word.
    """
    found, gone, empty, cut, fresh = [], [], [], [], 0
    with opened(place() if keeps else ":memory:") as store:
        for name, title in listed(said):
            document = store.get(name)
            if document is None and name in texts:
                text = texts[name][:MOST]
                spans = tuple((each.start, each.end) for each in passages_of(encoder, text))
                if not spans:
                    empty.append(title)
                    continue
                vectors = embedding.embedded(encoder, [text[a:b] for a, b in spans], progress).vectors.numpy()
                document, fresh = Document(name, title, text, spans, vectors), fresh + 1
                store.put(document)
            if document is None:
                gone.append(title)
                continue
            found.append((title, document))
            if len(texts.get(name, "")) > MOST:
                cut.append(title)
        rebuilt = store.rebuilt
    if not found:
        raise NotApplicableError(_nothing(gone, empty), "Choose files above.")
    library = _library(found)
    return Brought(library, tuple(gone), tuple(empty), tuple(cut), fresh, rebuilt)


def forget(name: str) -> bool:
    """Delete a document from the visitor's own machine. Whether it was there."""
    if not place().exists():
        return False
    with opened(place()) as store:
        return store.delete(name)


def _library(found: list[tuple[str, Document]]) -> Library:
    titles, texts = [], []
    for title, each in found:
        n = len(each.spans)
        titles += [f"{title}, {at} of {n}" if n > 1 else title for at in range(1, n + 1)]
        texts += [each.text[a:b] for a, b in each.spans]
    vectors = np.concatenate([each.vectors for _, each in found])
    return Library(tuple(titles), tuple(texts), indexed(texts), vectors, own=True)


def _nothing(gone: list[str], empty: list[str]) -> str:
    if gone:
        return f"{len(gone)} of your documents are no longer here: {', '.join(gone)[:200]}."
    if empty:
        return f"Your documents hold no word to search for: {', '.join(empty)[:200]}."
    return "No document is chosen."
