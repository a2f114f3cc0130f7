"""Documents that a visitor has brought: passages and vectors, kept on the visitor's own machine, nowhere else.

`documents` is a control's value: ``text-0123456789abcdef=notes.txt,text-...=...``; the names are made of the texts, and
the titles are percent-encoded. On a public server nothing is kept: who does not have the text cannot name it. Where
whoever started the server has named a store (EXPLORER_STORE), that one is used in place of the file on the disk. While
a store is away, what the visitor has brought since the server started is searched out of the memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import numpy as np
from jaxtyping import Float

from explorer.errors import NotApplicableError, StoreAwayError
from explorer.experiments.context import embedding
from explorer.experiments.context.retrieving import Library, indexed, passages_of
from explorer.fetching.cache import cache_folder
from explorer.fetching.progress import Progress, silent
from explorer.stack.context import document_store, remote_store
from explorer.stack.context.document_store import Document, Store, as_bytes
from explorer.stack.context.remote_store import RemoteStore
from explorer.zoo.text_encoder import TextEncoder

FILE = "own-documents.sqlite"
#: Characters of one document that are embedded: some minutes on two cores.
MOST = 1_000_000
#: Where documents are kept: nowhere but in the server's memory, on its disk, by an address, or not now.
Place = Literal["memory", "disk", "remote", "away"]
_NAME = re.compile(r"text-[0-9a-f]{16}")


@dataclass(frozen=True, eq=False)
class Brought:
    """What could be read of the documents that are named."""

    library: Library
    passages: tuple[tuple[str, int], ...]
    """Of each passage of the library: its document's name, and its number there."""
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
    place: Place
    away: str
    """Why the store keeps nothing just now; empty where it does."""


def listed(said: str) -> list[tuple[str, str]]:
    """(name, title) of the documents, each once.

    >>> listed("text-00=a%20b.txt,,text-01,text-00")
    [('text-00', 'a b.txt'), ('text-01', 'text-01')]
    """
    pairs = [each.partition("=") for each in said.split(",") if each.strip()]
    titles: dict[str, str] = {}
    for name, _, title in pairs:
        titles.setdefault(name.strip(), unquote(title) or name.strip())
    return list(titles.items())


def place() -> Path:
    """Where the store lies on the visitor's own machine."""
    return cache_folder() / FILE


def address() -> str:
    """The store that whoever started the server has named; empty: the one on the disk. No visitor can say it."""
    return os.environ.get("EXPLORER_STORE", "").strip()


@contextmanager
def store() -> Iterator[Store | RemoteStore]:
    """The store in use. Raises StoreAwayError."""
    named = address()
    with remote_store.opened(named) if named else document_store.opened(place()) as opened:
        yield opened


def brought(
    encoder: TextEncoder, said: str, texts: Mapping[str, str], keeps: bool, progress: Progress = silent
) -> Brought:
    """All named documents as a library. `keeps`: whether vectors and texts may be kept beyond this server's memory.

    Raises NotApplicableError where none of them holds a word.
    """
    named = [(name, title) for name, title in listed(said) if _NAME.fullmatch(name)]
    kept: dict[str, Document] = {}
    fresh: dict[str, Document] = {}
    where, rebuilt, away = ("remote" if address() else "disk") if keeps else "memory", False, ""
    empty = []
    try:
        if keeps:
            with store() as opened:
                rebuilt = opened.rebuilt
                kept = {name: found for name, _ in named if (found := opened.get(name)) is not None}
    except StoreAwayError as error:
        where, away = "away", error.message
    for name, title in named:
        if name in kept or name not in texts:
            continue
        if (read := _read(encoder, name, title, texts[name][:MOST], progress)) is None:
            empty.append(title)
        else:
            fresh[name] = read
    try:
        if fresh and where in ("disk", "remote"):
            with store() as opened:
                for document in fresh.values():
                    opened.put(document)
    except StoreAwayError as error:
        where, away = "away", error.message
    held = kept | fresh
    found = [(title, held[name]) for name, title in named if name in held]
    gone = [title for name, title in named if name not in held and title not in empty]
    if not found:
        raise NotApplicableError(_nothing(gone, empty, away), "Choose files above.")
    passages = tuple((each.name, at) for _, each in found for at in range(len(each.spans)))
    cut = tuple(title for name, title in named if len(texts.get(name, "")) > MOST)
    return Brought(_library(found), passages, tuple(gone), tuple(empty), cut, len(fresh), rebuilt, where, away)


def searched(made: Brought, vector: Float[np.ndarray, " d"], k: int) -> list[tuple[tuple[str, int], float]]:
    """The store's own search of these documents: (document and passage, product), best first."""
    with store() as opened:
        names = sorted({name for name, _ in made.passages})
        return [((name, at), score) for name, at, score in opened.search(vector, k, names)]


def forget(name: str) -> bool:
    """Delete a document from the store. Whether it was there. Raises StoreAwayError."""
    if not address() and not place().exists():
        return False
    with store() as opened:
        return opened.delete(name)


def _read(encoder: TextEncoder, name: str, title: str, text: str, progress: Progress) -> Document | None:
    """A document with its passages' vectors; None where it holds no word."""
    spans = tuple((each.start, each.end) for each in passages_of(encoder, text))
    if not spans:
        return None
    vectors = embedding.embedded(encoder, [text[a:b] for a, b in spans], progress).vectors.numpy()
    document = Document(name, title, text, spans, vectors)
    return replace(document, vectors=as_bytes(document).vectors().numpy())  # as every store gives them back


def _library(found: Sequence[tuple[str, Document]]) -> Library:
    titles, texts = [], []
    for title, each in found:
        n = len(each.spans)
        titles += [f"{title}, {at} of {n}" if n > 1 else title for at in range(1, n + 1)]
        texts += [each.text[a:b] for a, b in each.spans]
    vectors = np.concatenate([each.vectors for _, each in found])
    return Library(tuple(titles), tuple(texts), indexed(texts), vectors, own=True)


def _nothing(gone: list[str], empty: list[str], away: str) -> str:
    if gone:
        where = f"{away} Not reached" if away else f"{len(gone)} of your documents are no longer here"
        return f"{where}: {', '.join(gone)[:200]}."
    if empty:
        return f"Your documents hold no word to search for: {', '.join(empty)[:200]}."
    return "No document is chosen."
