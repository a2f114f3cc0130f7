"""The crawl of the recipe: planted truth, and archives that warcio and datatrove read."""

from __future__ import annotations

import gzip
from collections import Counter
from io import BytesIO

import pytest
from warcio.archiveiterator import ArchiveIterator

from explorer.corpora import crawl
from explorer.stack.pretraining.data.extraction import main_text
from explorer.stack.pretraining.data.language import identified


def test_shares_and_origins() -> None:
    made = crawl.pages(2000, seed=5)
    kinds = Counter(page.kind for page in made)
    assert {kind: kinds[kind] for kind in crawl.SHARES} == {
        kind: int(share * 2000) for kind, share in crawl.SHARES.items()
    }
    assert made == crawl.pages(2000, seed=5)
    assert made != crawl.pages(2000, seed=6)
    assert len({page.url for page in made}) == 2000
    assert len({page.text for page in made if page.kind == "prose"}) == kinds["prose"]
    for page in made:
        assert (page.origin is not None) == (page.kind in ("exact", "near"))
        if page.origin is not None:
            assert made[page.origin].kind == "prose"
            assert (page.changed > 0) == (page.kind == "near")


def test_an_archive_holds_every_page() -> None:
    made = crawl.pages(60, seed=2)
    warc, wet = BytesIO(), BytesIO()
    crawl.write_warc(made, warc)
    crawl.write_wet(made, wet)
    for file, kind in ((warc, "response"), (wet, "conversion")):
        file.seek(0)
        read = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read().decode())
            for record in ArchiveIterator(file)
        ]
        assert [(record, url) for record, url, _ in read] == [(kind, page.url) for page in made]
        if kind == "response":
            assert [text for _, _, text in read] == [page.html for page in made]
    assert gzip.decompress(wet.getvalue()).count(b"WARC/1.") == 60


@pytest.mark.thorough  # fetches texts
def test_a_large_crawl_is_dressed_and_speaks_ten_languages() -> None:
    """20,000 pages of the same recipe are 120 MB of HTML; 2,000 of them are looked at."""
    made = crawl.pages(2000, seed=1, large=True)
    assert sum(len(page.html) for page in made) > 100_000_000 / 20_000 * len(made)
    spoken = {identified(page.text).language for page in made if page.kind == "language"}
    assert {"de", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "tr"} <= spoken
    page = next(page for page in made if page.kind == "prose")
    read = main_text(page.html)
    assert " ".join(page.text.split())[:80] in " ".join(read.split())
    assert "loading=" in page.html
    assert "Subscribe" not in read
    assert all(page.site == crawl.BLOCKED for page in made if page.kind == "blocked")


def test_more_pages_than_there_is_prose() -> None:
    with pytest.raises(ValueError, match="pieces of prose"):
        crawl.pages(20_000, seed=1)
