"""A store of documents by address: PostgreSQL with pgvector, in place of the embedded one (`document_store`).

The same documents, the same numbers: vectors are rounded as the embedded store rounds them and then kept as float32, so
that both rank alike. pgvector's ``<#>`` is the negative product; without an index on the vectors the search is exact::

    SELECT document, number, -(vector <#> query) ... ORDER BY vector <#> query LIMIT k

Of the documents only those are searched that are named: several servers may share one database. A document is put in by
one transaction, with its passages counted beside it. Texts are bytes, since PostgreSQL's own texts hold no zero.

A server that does not answer is given `SECONDS`, for the connection and for each statement; then `StoreAwayError` says
so. What the driver says is not passed on: it may hold the address, and the address a password. Deleted rows stay in
PostgreSQL's files until it vacuums them.

pgvector 0.8 (Kane et al.); driver: psycopg 3. Both come with the extra ``store``.

>>> try:
...     with opened("postgresql://me:secret@127.0.0.1:1/none"):
...         pass
... except StoreAwayError as error:
...     "secret" in str(error) or "127.0.0.1" in str(error)
False
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from explorer.errors import StoreAwayError
from explorer.stack.context.document_store import Document, as_bytes, check

if TYPE_CHECKING:
    from psycopg import Connection

SECONDS = 5
#: The number rises when what is kept changes: older tables are left alone.
DOCUMENTS, PASSAGES = "explorer_documents_1", "explorer_passages_1"
_TABLES = f"""
SELECT pg_advisory_xact_lock(hashtext('{DOCUMENTS}'));
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS {DOCUMENTS} (
    name text COLLATE "C" PRIMARY KEY, title bytea NOT NULL, text bytea NOT NULL, passages integer NOT NULL);
CREATE TABLE IF NOT EXISTS {PASSAGES} (
    document text COLLATE "C" NOT NULL REFERENCES {DOCUMENTS} ON DELETE CASCADE, number integer NOT NULL,
    start integer NOT NULL, stop integer NOT NULL, vector vector NOT NULL, PRIMARY KEY (document, number));
"""


class RemoteStore:
    """Documents by name; what each method says is said at `Store`."""

    rebuilt = False

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def put(self, document: Document) -> None:
        check(document)
        vectors = as_bytes(document).vectors().numpy()
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {DOCUMENTS} WHERE name = %s", (document.name,))  # noqa: S608
            head = (document.name, document.title.encode(errors="replace"), document.text.encode(), len(vectors))
            cursor.execute(f"INSERT INTO {DOCUMENTS} VALUES (%s, %s, %s, %s)", head)  # noqa: S608
            rows = [
                (document.name, at, start, stop, vector)
                for at, ((start, stop), vector) in enumerate(zip(document.spans, vectors, strict=True))
            ]
            cursor.executemany(f"INSERT INTO {PASSAGES} VALUES (%s, %s, %s, %s, %s)", rows)  # noqa: S608

    def get(self, name: str) -> Document | None:
        head = self.connection.execute(
            f"SELECT title, text, passages FROM {DOCUMENTS} WHERE name = %s",  # noqa: S608
            (name,),
        ).fetchone()
        rows = self.connection.execute(
            f"SELECT start, stop, vector FROM {PASSAGES} WHERE document = %s ORDER BY number",  # noqa: S608
            (name,),
        ).fetchall()
        if head is None or len(rows) != head[2] or len({each[2].dimensions() for each in rows}) != 1:
            return None
        vectors = np.stack([each[2].to_numpy() for each in rows]).astype(np.float32)
        spans = tuple((start, stop) for start, stop, _ in rows)
        return Document(name, bytes(head[0]).decode(), bytes(head[1]).decode(), spans, vectors)

    def delete(self, name: str) -> bool:
        return self.connection.execute(f"DELETE FROM {DOCUMENTS} WHERE name = %s", (name,)).rowcount > 0  # noqa: S608

    def names(self) -> list[str]:
        return [name for (name,) in self.connection.execute(f"SELECT name FROM {DOCUMENTS} ORDER BY name")]  # noqa: S608

    def search(self, query: Float[np.ndarray, " d"], k: int, among: Sequence[str]) -> list[tuple[str, int, float]]:
        found = self.connection.execute(
            f"SELECT document, number, -(vector <#> %(query)s) FROM {PASSAGES} WHERE document = ANY(%(among)s)"  # noqa: S608
            " ORDER BY vector <#> %(query)s, document, number LIMIT %(k)s",
            {"query": np.asarray(query, np.float32), "among": list(among), "k": k},
        )
        return [(document, number, float(product)) for document, number, product in found]


@contextmanager
def opened(address: str) -> Iterator[RemoteStore]:
    """The store at an address as libpq reads it (``postgresql://USER@HOST/DATABASE``). Raises StoreAwayError."""
    try:
        import psycopg
        from pgvector.psycopg import register_vector
    except ImportError:
        raise StoreAwayError("The remote store of documents needs the packages of the extra “store”.") from None
    try:
        with psycopg.connect(
            address, autocommit=True, prepare_threshold=None, client_encoding="utf8", connect_timeout=SECONDS,
            application_name="llm-internals-explorer", tcp_user_timeout=1000 * SECONDS,
        ) as connection:  # fmt: skip
            connection.execute("SELECT set_config('statement_timeout', %s, false)", (f"{SECONDS}s",))
            with connection.transaction():
                connection.execute(_TABLES)
            register_vector(connection)
            yield RemoteStore(connection)
    except psycopg.Error as error:
        raise StoreAwayError(_said(error.sqlstate or "")) from None  # its words may hold the address


def _said(state: str) -> str:
    """By the class of PostgreSQL's code; without one, or in the classes 08 and 57, nobody has answered.

    >>> _said(""), _said("57P01") == _said(""), _said("42501")
    ('The remote store of documents does not answer.', True, 'The remote store of documents refuses (code 42501).')
    """
    away = not state or state[:2] in ("08", "57")
    return f"The remote store of documents {'does not answer' if away else f'refuses (code {state})'}."
