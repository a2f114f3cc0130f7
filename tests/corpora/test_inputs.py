"""Documents as they come: every kind of file, and everything that can be wrong with one."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from io import BytesIO
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from explorer.corpora import crawl
from explorer.corpora.inputs import bounded, reading
from explorer.errors import BadRequestError
from explorer.stack.pretraining.data import stages
from explorer.stack.pretraining.data.pipeline import Document, SetAside, run

PAGES = crawl.pages(60, seed=2)
GERMAN = "Der Fluss fließt über die Brücke hinaus, und die Straße führt nach Süden, schöne Grüße. "


def read(source: Path) -> tuple[list[Document], dict[str, str]]:
    """The documents, and what is set aside with its reason."""
    found = list(reading.read(source))
    aside = {each[0]: each[1].reason for each in found if isinstance(each, tuple)}
    return [each for each in found if isinstance(each, Document)], aside


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "crawl.warc.gz"
    with path.open("wb") as file:
        crawl.write_warc(PAGES, file)
    return path


def test_archives_give_every_page(archive: Path, tmp_path: Path) -> None:
    documents, aside = read(archive)
    assert not aside
    assert [(each.url, each.html, each.charset) for each in documents] == [
        (page.url, page.html.encode(), "utf-8") for page in PAGES
    ]
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(archive.read_bytes()))  # records that are not packed
    assert [each.html for each in read(plain)[0]] == [each.html for each in documents]
    wet = tmp_path / "crawl.wet.gz"
    with wet.open("wb") as file:
        crawl.write_wet(PAGES, file)
    assert [each.text for each in read(wet)[0]] == [f"{page.title}\n{page.text}" for page in PAGES]


def test_an_archive_that_is_cut_short_gives_what_is_whole(archive: Path) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) - 100])
    documents, aside = read(archive)
    assert len(documents) == 59
    assert list(aside) == ["crawl.warc.gz#59"]
    assert "cut short" in aside["crawl.warc.gz#59"]


def test_reading_goes_on_behind_damage(archive: Path) -> None:
    whole = bytearray(archive.read_bytes())
    starts = [at for at in range(len(whole)) if whole[at : at + 3] == bounded.MAGIC]
    middle = (starts[20] + starts[21]) // 2
    whole[middle : middle + 8] = b"\xff" * 8
    archive.write_bytes(whole)
    documents, aside = read(archive)
    assert [each.url for each in documents] == [page.url for at, page in enumerate(PAGES) if at != 20]
    assert list(aside) == ["crawl.warc.gz#20"]


def test_a_zip_bomb_is_not_unpacked(archive: Path) -> None:
    bomb = gzip.compress(b"WARC/1.0\r\n" + bytes(200_000_000), 9)
    first, *_ = (at for at in range(1, 99_999) if archive.read_bytes()[at : at + 3] == bounded.MAGIC)
    whole = archive.read_bytes()
    archive.write_bytes(whole[:first] + bomb + whole[first:])
    tracemalloc.start()
    try:
        documents, aside = read(archive)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(documents) == 60
    assert list(aside.values()) == [f"a gzip member of more than {bounded.MOST + 65_536:,} bytes"]
    assert peak < 8 * bounded.MOST


def test_a_bomb_within_a_record(tmp_path: Path) -> None:
    """The record is small, its body unpacks without bound (Content-Encoding)."""
    body = gzip.compress(bytes(100_000_000), 9)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    warc = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\nContent-Type: application/http\r\n"
    )
    warc += b"WARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    warc += b"Content-Length: %d\r\n\r\n" % (len(head) + len(body)) + head + body + b"\r\n\r\n"
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(warc))
    assert read(tmp_path)[1] == {"a.warc.gz#0": f"a record of more than {bounded.MOST:,} bytes"}


def test_a_line_of_many_times_what_is_read_is_never_held(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "one"}\n{"text": "')
        file.seek(12 * bounded.MOST, os.SEEK_CUR)  # a hole in the file: no disk is filled
        file.write(b'"}\n{"text": "two"}\nno JSON\n{"number": 3}\n{"text": "n\\u0000ul"}\n')
    tracemalloc.start()
    try:
        documents, aside = read(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [each.text for each in documents] == ["one", "two", "nul"]
    assert {name: reason[:22] for name, reason in aside.items()} == {
        "rows.jsonl#1": "a line of more than 16",
        "rows.jsonl#3": "no JSON: Expecting val",
        "rows.jsonl#4": "neither html nor text,",
    }
    assert peak < 5 * bounded.MOST


def test_folders_of_pages_texts_and_tables(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "page.html").write_bytes(b"<p>One</p>")
    (tmp_path / "a.txt").write_bytes(GERMAN.encode("latin-1"))
    (tmp_path / "nul.txt").write_bytes(bytes(5000))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(json.dumps({"html": "<p>Two</p>", "url": "u"}).encode()))
    parquet.write_table(pyarrow.table({"content": ["three", None], "n": [1, 2]}), tmp_path / "t.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(bounded.MOST + 1)
    documents, aside = read(tmp_path)
    assert [(each.id, each.text, each.html) for each in documents] == [
        ("a.txt", GERMAN, None),
        ("b/page.html", "", b"<p>One</p>"),
        ("rows.jsonl.gz#0", "", b"<p>Two</p>"),
        ("t.parquet#0", "three", None),
    ]
    assert list(aside) == ["broken.parquet#0", "large.txt", "nul.txt", "picture.png", "t.parquet#1"]
    assert aside["nul.txt"] == "5,000 NUL bytes of 5,000: no text"
    assert aside["large.txt"] == "a file of 16,000,001 bytes, more than 16,000,000"


def test_lone_surrogates_are_replaced(tmp_path: Path) -> None:
    """A name in no encoding, and half a character in JSON: neither could be written."""
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("one", encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text('{"text": "a\\ud800b", "url": "\\udc00"}', encoding="ascii")
    documents, _ = read(tmp_path)
    assert [(each.id, each.url, each.text) for each in documents] == [
        ("caf?.txt", "", "one"),
        ("rows.jsonl#0", "?", "a?b"),
    ]


def test_an_empty_folder_and_no_folder(tmp_path: Path) -> None:
    assert read(tmp_path) == ([], {})
    with pytest.raises(BadRequestError, match="no file or folder"):
        read(tmp_path / "nothing")


def test_a_line_that_ends_with_the_bound() -> None:
    assert list(bounded.lines(BytesIO(b"abcd\nabcde\nab"), most=4)) == [b"abcd", None, b"ab"]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"<table><tr>" * 20_000 + b"<td>x</td>" * 100_000, "marks of HTML, more than"),
        (b"<body>" + b"<div>" * 400 + b"deep", "nested deeper than"),
        (b"<p>" + bytes(5000), "NUL bytes"),
        (b"", "no element and no text"),
    ],
    ids=["nested tables of 10^5 cells", "deep", "NUL bytes", "empty"],
)
def test_pages_that_no_stage_can_read_are_set_aside(page: bytes, reason: str) -> None:
    good = Document(id="good", html=PAGES[0].html.encode())
    made = run([Document(id="bad", html=page), good], [stages.Each("extraction", stages.extracted)])
    assert reason in made.passports[0].set_aside
    assert made.passports[1].kept
    assert (made.counts[0].documents, made.counts[0].set_aside) == (2, 1)


@pytest.mark.parametrize("declared", ["utf-8", "utf-16", "iso-8859-7", "no-such-charset", ""])
@pytest.mark.parametrize("real", ["utf-8", "cp1252"])
def test_wrong_declarations_of_the_charset(declared: str, real: str) -> None:
    """UTF-8 is found whatever is declared; other bytes are read as declared where they can be, and else guessed."""
    text = f"<p>{GERMAN}" * 4
    try:
        read, encoding = stages.decoded(text.encode(real), declared)
    except SetAside:
        pytest.fail("the page was set aside")
    if real == "utf-8":
        assert (read, encoding) == (text, "utf-8")
    elif declared in ("utf-8", "no-such-charset", ""):
        assert "Brücke" in read
        assert "Süden" in read
