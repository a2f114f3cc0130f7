"""The remote store: away it says so without its address; a real PostgreSQL ranks as the embedded store does."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from socket import socket

import numpy as np
import pytest

from explorer.errors import StoreAwayError
from explorer.stack.context.document_store import Document, Store
from explorer.stack.context.remote_store import opened

SECRET = "s3cret"


def free_port() -> int:
    with closing(socket()) as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def document(name: str, passages: int, seed: int) -> Document:
    vectors = np.random.default_rng(seed).standard_normal((passages, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    spans = tuple((6 * at, 6 * at + 5) for at in range(passages))
    return Document(name, f"{name} שלום\0.txt", "whale\0" * passages, spans, vectors)


def test_a_store_that_is_away_says_so_and_not_its_address() -> None:
    pytest.importorskip("psycopg")
    for address in (f"postgresql://me:{SECRET}@127.0.0.1:{free_port()}/x", f"postgresql://me:{SECRET}@[half/x?a=%zz"):
        with pytest.raises(StoreAwayError) as caught, opened(address):
            pass
        assert caught.value.message == "The remote store of documents does not answer."
        assert caught.value.__suppress_context__  # nor in a log
        assert SECRET not in str(caught.value)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A PostgreSQL of its own, for this file alone."""
    pytest.importorskip("psycopg")
    found = sorted(
        each for each in Path("/usr/lib/postgresql").glob("*/bin")
        if (Path("/usr/share/postgresql") / each.parent.name / "extension/vector.control").exists()
    )  # fmt: skip
    if not found:
        pytest.skip("No PostgreSQL with pgvector is installed (Debian: postgresql-17-pgvector).")
    folder, port, programs = Path(tempfile.mkdtemp(prefix="store-")), free_port(), found[-1]
    as_user = {"user": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}  # it refuses to be root's
    if as_user:
        shutil.chown(folder, "postgres")

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=60, **as_user)

    password = folder / "password"
    password.write_text(SECRET)
    password.chmod(0o644)
    run(
        programs / "initdb",
        "-D",
        folder / "data",
        "-U",
        "me",
        "-A",
        "scram-sha-256",
        "--pwfile",
        password,
        "-N",
        "-E",
        "UTF8",
    )
    flags = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", flags, "start")
    try:
        yield f"postgresql://me:{SECRET}@127.0.0.1:{port}/postgres"
    finally:
        run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_it_ranks_as_the_embedded_store(address: str) -> None:
    put = [document(name, 40, seed) for seed, name in enumerate(("b", "a", "c"))]
    query = document("q", 1, 9).vectors[0]
    embedded = Store(":memory:")
    with opened(address) as store:
        for each in put:
            embedded.put(each)
            store.put(each)
            store.put(each)
        for among in (["a", "b", "c"], ["c"], ["a", "missing"], []):
            theirs, ours = store.search(query, 50, among), embedded.search(query, 50, among)
            assert [each[:2] for each in theirs] == [each[:2] for each in ours]
            np.testing.assert_allclose([each[2] for each in theirs], [each[2] for each in ours], atol=1e-6)
    with opened(address) as store:
        found, here = store.get("a"), embedded.get("a")
        assert found is not None
        assert here is not None
        assert (found.title, found.text, found.spans) == (here.title, here.text, here.spans)
        np.testing.assert_allclose(found.vectors, here.vectors, atol=1e-7)
        assert store.names() == ["a", "b", "c"]


def test_documents_go_whole_and_come_whole(address: str) -> None:
    with opened(address) as store:
        store.put(document("whole", 3, 5))
        with pytest.raises(ValueError, match="0 passages"):
            store.put(replace(document("whole", 3, 5), spans=(), vectors=np.zeros((0, 8), np.float32)))
    with pytest.raises(StoreAwayError, match="refuses"), opened(address) as store:
        store.put(replace(document("whole", 3, 6), spans=((0, 1), (1, 2), (2, 2**40))))  # the first two are in by then
    with opened(address) as store:
        found = store.get("whole")
        assert found is not None
        np.testing.assert_allclose(found.vectors, document("whole", 3, 5).vectors, atol=1 / 127)
        store.connection.execute("DELETE FROM explorer_passages_1 WHERE document = 'whole' AND number = 2")
        assert store.get("whole") is None
        assert (store.delete("whole"), store.delete("whole")) == (True, False)


def test_a_wrong_password_is_in_no_sentence(address: str) -> None:
    with pytest.raises(StoreAwayError) as caught, opened(address.replace(SECRET, "wr0ng")):
        pass
    assert "wr0ng" not in str(caught.value)
