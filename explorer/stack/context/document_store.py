"""An embedded store of documents and their vectors, kept in one SQLite file.

A document is put in whole, with its passages and their vectors as bytes (`stored`), in one transaction: a process that
ends in the midst leaves nothing of it. A file that was cut short or is no store is made anew, and says so; one that is
locked, or lies where nothing can be written, is left as it is. A search compares the question's vector with all, which
is exact: own documents are thousands of passages, not millions. `remote_store` is the same by an address.

Why SQLite: it comes with Python, and at this size nothing is faster by what a person notices. Measured with 10,000
vectors of 384 and 400 characters each (two busy cores, one thread, December 2026; MB with dependencies):

    SQLite, this file     import .00 s     0 MB more     written  1.4 s    query   .9 ms     9 MB on the disk
    faiss-cpu, flat       import .05 s   139 MB more     written   .0 s    query   .5 ms    15 MB, vectors alone
    LanceDB               import 2.5 s   446 MB more     written   .5 s    query 22.8 ms    15 MB
    Qdrant, local mode    import 2.0 s   118 MB more     written 51.9 s    query  4.0 ms    47 MB

faiss keeps no texts, so that a second file would have to agree with it.

Worked example: two documents, one deleted.

>>> store = Store(":memory:")
>>> one = Document("a", "Whales", "Whales are large.", ((0, 17),), np.array([[1.0, 0.0]], np.float32))
>>> store.put(one); store.put(replace(one, name="b", title="Ships", vectors=np.array([[0.0, 1.0]], np.float32)))
>>> query = np.array([0.6, 0.8], np.float32)
>>> [(name, at) for name, at, _ in store.search(query, 2, ["a", "b"])], len(store.search(query, 2, ["a"]))
([('b', 0), ('a', 0)], 1)
>>> store.delete("b"), store.delete("b"), store.names()
(True, False, ['a'])
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from explorer.errors import StoreAwayError
from explorer.stack.context.stored import Stored, stored

__all__ = ["Document", "Store", "replace"]
#: Raised when what is kept changes: an older file is made anew.
FORMAT = 1
_TABLES = """
CREATE TABLE documents (name TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, passages INTEGER NOT NULL);
CREATE TABLE passages (document TEXT NOT NULL REFERENCES documents (name) ON DELETE CASCADE, number INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, scale REAL NOT NULL, numbers BLOB NOT NULL,
    PRIMARY KEY (document, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True, eq=False)
class Document:
    """A text in passages, with the vector of each."""

    name: str
    """Made of what it holds: the same text has one name."""
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]
    """Where each passage begins and ends in the text."""
    vectors: Float[np.ndarray, "passage d"]


def check(document: Document) -> None:
    """Raises ValueError where it has no passage, or another number of vectors."""
    if not document.spans or len(document.spans) != len(document.vectors):
        raise ValueError(f"{len(document.spans)} passages and {len(document.vectors)} vectors")


def as_bytes(document: Document) -> Stored:
    """Its vectors as every store keeps them: one and the same number of digits, one and the same ranking."""
    return stored(torch.from_numpy(np.ascontiguousarray(document.vectors, np.float32)))


class Store:
    """Documents by name."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, or make it. `rebuilt`: whether what was there could not be read and is gone.

        Raises sqlite3.OperationalError where another process holds it, or nothing can be written there.
        """
        self.path, self.rebuilt = path, False
        try:
            self.connection = self._opened()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # it is not the file that is wrong
                raise
            self.rebuilt = True
            for end in ("", "-wal", "-shm", "-journal"):
                Path(f"{path}{end}").unlink(missing_ok=True)
            self.connection = self._opened()

    def _opened(self) -> sqlite3.Connection:
        """Raises sqlite3.DatabaseError where the file is no whole store."""
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("the file is damaged")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                connection.executescript(f"{_TABLES} PRAGMA user_version = {FORMAT};")
            elif version != FORMAT or not {"documents", "passages"} <= tables:
                raise sqlite3.DatabaseError("the file is another program's, or of another version")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def put(self, document: Document) -> None:
        """Keep a document, in place of one of its name. Raises ValueError where it has no passage."""
        check(document)
        kept = as_bytes(document)
        rows = [
            (document.name, at, start, stop, float(kept.scale[at]), kept.numbers[at].numpy().tobytes())
            for at, (start, stop) in enumerate(document.spans)
        ]
        with self.connection:  # all of it, or nothing
            self.connection.execute("DELETE FROM documents WHERE name = ?", (document.name,))
            head = (document.name, document.title, document.text, len(rows))
            self.connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?)", head)
            self.connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)", rows)

    def get(self, name: str) -> Document | None:
        """None where it is not here, or not whole."""
        head = self.connection.execute("SELECT title, text, passages FROM documents WHERE name = ?", (name,)).fetchone()
        rows = self.connection.execute(
            "SELECT start, stop, scale, numbers FROM passages WHERE document = ? ORDER BY number", (name,)
        ).fetchall()
        if head is None or len(rows) != head[2] or len({len(each[3]) for each in rows}) != 1:
            return None
        numbers = np.stack([np.frombuffer(each[3], np.int8) for each in rows])
        scale = np.array([each[2] for each in rows], np.float32)
        vectors = Stored(torch.from_numpy(numbers.copy()), torch.from_numpy(scale)).vectors().numpy()
        return Document(name, head[0], head[1], tuple((start, stop) for start, stop, *_ in rows), vectors)

    def delete(self, name: str) -> bool:
        """Whether it was there. Its pages are overwritten, so that the file does not hold the text any more."""
        self.connection.execute("PRAGMA secure_delete = ON")
        with self.connection:
            return self.connection.execute("DELETE FROM documents WHERE name = ?", (name,)).rowcount > 0

    def names(self) -> list[str]:
        return [name for (name,) in self.connection.execute("SELECT name FROM documents ORDER BY name")]

    def search(self, query: Float[np.ndarray, " d"], k: int, among: Sequence[str]) -> list[tuple[str, int, float]]:
        """(document, passage, product) of the k best of the documents of these names, best first."""
        found = [
            (name, at, float(score))
            for name in sorted(set(among))
            if (each := self.get(name)) is not None
            for at, score in enumerate(each.vectors @ query)
        ]
        return sorted(found, key=lambda each: -each[2])[:k]

    def close(self) -> None:
        self.connection.close()


@contextmanager
def opened(path: Path | str) -> Iterator[Store]:
    """The store at that place, closed afterwards. Raises StoreAwayError where it cannot be read or written."""
    try:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        store = Store(path)
        try:
            yield store
        finally:
            with suppress(sqlite3.Error):
                store.close()
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreAwayError("The store of documents on the disk cannot be read or written just now.") from error
