"""The embedded store: what is put in comes out, deleted texts leave the file, and a file cut short is made anew."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.stack.context.document_store import Document, Store, opened


def document(name: str = "a", passages: int = 3, seed: int = 0) -> Document:
    vectors = np.random.default_rng(seed).standard_normal((passages, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Document(
        name, f"{name}.txt", "whale " * passages, tuple((6 * at, 6 * at + 5) for at in range(passages)), vectors
    )


def test_what_is_put_in_comes_out_of_another_opening(tmp_path: Path) -> None:
    path, put = tmp_path / "here" / "s.sqlite", document()
    with opened(path) as store:
        store.put(put)
        store.put(put)
    with opened(path) as store:
        found = store.get("a")
        assert found is not None
        assert (found.title, found.text, found.spans) == (put.title, put.text, put.spans)
        np.testing.assert_allclose(found.vectors, put.vectors, atol=1 / 127)
        assert not store.rebuilt
        (name, at, score), *_ = store.search(put.vectors[1], 2, [put.name])
        assert (name, at, score > 0.99) == ("a", 1, True)


def test_a_deleted_text_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with opened(path) as store:
        store.put(replace(document(), text="the secret word is 48213"))
        assert b"48213" in path.read_bytes()
        assert store.delete("a")
        assert store.names() == []
    assert b"48213" not in path.read_bytes()


@pytest.mark.parametrize("what", ["cut", "text", "zeros", "other"])
def test_a_file_that_is_no_whole_store_is_made_anew(tmp_path: Path, what: str) -> None:
    path = tmp_path / "s.sqlite"
    with opened(path) as store:
        store.put(document(passages=200))
    if what == "other":
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE strange (x)")
        other.close()
    else:
        kept = path.read_bytes()
        path.write_bytes({"cut": kept[: len(kept) // 2], "text": b"not a store" * 100, "zeros": b"\1" * 8192}[what])
    with opened(path) as store:
        assert store.rebuilt
        assert store.names() == []
        store.put(document())
    with opened(path) as store:
        assert store.names() == ["a"]


def test_a_document_that_is_not_whole_is_none(tmp_path: Path) -> None:
    with opened(tmp_path / "s.sqlite") as store:
        store.put(document())
        with store.connection:
            store.connection.execute("DELETE FROM passages WHERE number = 2")
        assert store.get("a") is None
        assert store.search(document().vectors[0], 3, [document().name]) == []


def test_a_process_that_ends_in_the_midst_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    store.put(document())
    bad = replace(document(seed=1), spans=((0, 1), (1, 2), (2, 2**64)))
    with pytest.raises(OverflowError):  # the first two are written by then
        store.put(bad)
    assert store.get("a") is not None  # the one before it
    with pytest.raises(ValueError, match="0 passages"):
        store.put(replace(document(), spans=(), vectors=np.zeros((0, 8), np.float32)))
    store.close()
