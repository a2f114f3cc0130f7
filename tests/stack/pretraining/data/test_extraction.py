"""The main text of pages: datatrove's and trafilatura's answer, and every word of a page kept or cut."""

from __future__ import annotations

from html.parser import HTMLParser
from time import process_time

import pytest
from datatrove.pipeline.extractors import Trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora import crawl
from explorer.stack.pretraining.data import extraction
from explorer.stack.pretraining.data.extraction import Refused, is_page, main_text, opened

PAGE = """<html><head><title>Salt</title><style>p {color: red}</style></head><body>
<header>Salt works <a href="/">Home</a></header>
<article><h1>How salt is won</h1><p>Salt is <b>won</b> from the sea, in wide ponds that the sun dries out.<br>It takes a
summer.</p><table><tr><td>Sea</td><td>3.5 %</td></tr><tr><td>Dead Sea</td><td>34 %</td></tr></table>
<ul><li>The first pond is deep.</li><li>The last one is shallow, and pink.</li></ul></article>
<script>var words = "not text";</script><footer>All rights reserved.</footer></body></html>"""


class Words(HTMLParser):
    """All words of a body, by the interpreter's own parser."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in ("head", "script", "style")
        if tag not in ("b", "a", "i"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("head", "script", "style")
        if tag not in ("b", "a", "i"):
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data)

    @property
    def words(self) -> list[str]:
        return "".join(self.pieces).split()


def test_a_page_by_hand() -> None:
    page = opened(PAGE)
    cut = [(block.path, " ".join(block.words)) for block in page.blocks if not any(block.kept)]
    assert cut == [("header", "Salt works Home"), ("footer", "All rights reserved.")]
    assert "".join(page.added).replace("|", "").replace("-", "") == ""
    assert "article > p" in {block.path for block in page.blocks}
    assert page.kept + page.cut == len(Words(PAGE).words) == sum(len(block.words) for block in page.blocks)


def test_the_text_is_datatroves() -> None:
    theirs = Trafilatura(deduplicate=False)
    pages = [page.html for page in crawl.pages(200, seed=4)]
    assert [main_text(html) for html in pages] == [theirs.extract(html) or "" for html in pages]


def test_every_word_of_a_crawl_is_kept_or_cut() -> None:
    for page in crawl.pages(200, seed=4):
        made = opened(page.html)
        assert [word for block in made.blocks for word in block.words] == Words(page.html).words
        kept = [word for block in made.blocks for word, keep in zip(block.words, block.kept, strict=True) if keep]
        assert sorted([*kept, *made.added]) == sorted(made.text.split())
        assert not made.added
        feet = [block for block in made.blocks if block.path.startswith(("nav", "footer"))]
        assert len(feet) == 6
        assert not any(any(block.kept) for block in feet)


TAGS = st.sampled_from(("div", "p", "b", "a", "ul", "li", "td", "h2", "article", "nav"))
WORD = st.text("abcdefgh ", min_size=1, max_size=12)
TREE = st.recursive(
    WORD,
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4)),
    max_leaves=20,
)


@settings(deadline=None, max_examples=60)
@given(TREE)
def test_words_are_neither_lost_nor_made(tree: str) -> None:
    html = f"<html><body><div>{tree}</div></body></html>"
    made = opened(html)
    kept = [word for block in made.blocks for word, keep in zip(block.words, block.kept, strict=True) if keep]
    assert sorted([*kept, *made.added]) == sorted(made.text.split())
    letters = "".join(word for block in made.blocks for word in block.words)
    assert letters == "".join(Words(html).words)


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<table><tr><td>" * 100_000, "300,000 marks of HTML"),
        ("<div>" * 300 + "deep", "nested deeper"),
        ("x" * 4_000_001, "4,000,001 characters"),
        ("", "no element"),
        ("<!-- nothing -->", "no element"),
    ],
)
def test_a_page_beyond_its_bounds_is_refused_with_the_reason(html: str, reason: str) -> None:
    started = process_time()
    with pytest.raises(Refused, match=reason):
        main_text(html)
    assert process_time() - started < 2


@pytest.mark.parametrize(
    "html",
    [
        "<body><table>" + "<tr><td>cell of text</td></tr>" * 12_000 + "</table>",
        "<body>" + "<p>Some text of a paragraph.</p>" * 25_000,
        "<body><ul>" + "<li><a href=x>link</a></li>" * 16_000,
        "<body><p>" + "word " * 790_000,
    ],
)
def test_the_largest_page_within_its_bounds_takes_seconds(html: str) -> None:
    started = process_time()
    main_text(html)
    assert process_time() - started < 20


def test_odd_pages_are_read() -> None:
    assert "More of it" in main_text("<p>A\0 line of text that is long enough.</p><p>More of it, and then an end.</p>")
    assert main_text("<?xml version='1.0' encoding='latin-1'?><html><body><p>Ä page of text.</p></body></html>")
    assert main_text("<p>half a surrogate \ud800 and more text than that.</p><p>So it is.</p>")
    assert main_text("<nav><a href=x>Home</a></nav>") == ""
    assert [is_page(text) for text in (PAGE, "a < b", "List<div>", "no mark")] == [True, False, True, False]


def test_words_that_lie_in_no_block_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "SILENT", extraction.SILENT | {"li"})
    made = opened(PAGE)
    assert "shallow," in made.added
