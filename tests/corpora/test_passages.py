"""The passages: six kinds, of like length, and really held out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora import passages, texts
from explorer.corpora.source import Text
from explorer.errors import SourceMissingError


def test_six_kinds_of_like_length() -> None:
    read = passages.read()
    assert [each.kind for each in read] == ["novel", "drama", "scripture", "encyclopaedia", "French", "Python"]
    assert [each.name for each in read] == list(texts.names())
    for each in read:
        assert len(each.excerpts) == passages.EXCERPTS
        assert 6000 < each.characters < 8000
        assert all(650 < len(excerpt.text) <= passages.LONGEST and excerpt.document for excerpt in each.excerpts)
        assert each.licence == texts.find(each.name).licence


def test_every_source_is_named_beside_them() -> None:
    notes = (passages.FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    for each in passages.read():
        assert f"| {each.kind} |" in notes
        if each.licence == "CC BY-SA 4.0":
            assert all(f"[{excerpt.document}]" in notes for excerpt in each.excerpts)


def test_missing_passages_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError, match="not here"):
        passages.read(tmp_path)


def test_they_are_made_of_held_out_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = texts.find("moby-dick")
    document = "\n".join(f"{n}. A line of one of the documents." for n in range(400))
    text = Text(source, ("trained on" * 1000,), (document, "too short"))
    monkeypatch.setattr(texts, "load", lambda name, progress: text)
    monkeypatch.setattr(texts, "names", lambda: ("moby-dick",))
    (made,) = passages.write(tmp_path)
    assert passages.read(tmp_path) == (made,)
    assert len(made.excerpts) == passages.EXCERPTS
    assert all(excerpt.text in document and excerpt.document.startswith("0. A line") for excerpt in made.excerpts)


@given(st.text(alphabet="ab .\n", max_size=4000))
def test_pieces_are_parts_in_order(document: str) -> None:
    at = 0
    for piece in passages.cut(document):
        assert len(piece) <= passages.LONGEST
        at = document.index(piece, at) + len(piece)
