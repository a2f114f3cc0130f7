r"""Extraction: the main text of a page, and what was cut to get it.

Which part of a page is its text is a library's answer: trafilatura's (Barbaresi 2021, ACL demo 15), asked for precision
and without comments, as FineWeb asks it (Penedo et al. 2024, arXiv 2406.17557). Its option `deduplicate` is off, which
datatrove turns on: with it trafilatura remembers earlier pages, and a page's text depends on them.

The library returns the text alone. `opened` lays it beside all words of the page's body, block by block: first blocks
that are whole lines of it, in order (a common subsequence), then single words in the gaps between those. What it adds
itself (the marks of lists and tables) is `added`.

>>> html = "<body><nav><a>Home</a></nav><article><h1>Salt</h1>"
>>> html += "<p>Salt is a mineral. It is mined, or won from the sea.</p>"
>>> html += "<ul><li>It dissolves in water.</li></ul></article><footer>All rights reserved.</footer></body>"
>>> print(main_text(html))
Salt
Salt is a mineral. It is mined, or won from the sea.
- It dissolves in water.
>>> page = opened(html)
>>> [(block.path, " ".join(block.words)) for block in page.blocks if not any(block.kept)]
[('nav > a', 'Home'), ('footer', 'All rights reserved.')]
>>> page.kept, page.cut, page.added
(17, 4, ('-',))

A page is bounded before the library reads it: its characters, its marks (the time is linear in them) and its nesting,
below which the parser would drop text without a word. `Refused` says which bound, and by how much.

>>> main_text("<body>" + "<div>" * 300 + "deep")
Traceback (most recent call last):
explorer.stack.pretraining.data.extraction.Refused: nested deeper than 256 elements
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Of a page, at most: characters, and signs "<".
CHARACTERS, MARKS = 4_000_000, 100_000
#: Words of a page that is opened, at most.
WORDS = 20_000
SILENT = frozenset({"script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg", "math"})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr",
})  # fmt: skip
_PAGE = re.compile(r"<(!doctype html|html|head|body|article|div|p|table|ul|ol|h[1-6]|span|br|a)\b", re.IGNORECASE)


class Refused(ValueError):
    """The page is set aside unread: `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Block:
    """A run of words of the page without a break of a block in it."""

    path: str
    """The elements that it lies in, below the body."""
    words: tuple[str, ...]
    kept: tuple[bool, ...]
    """Word by word: whether it is in the main text."""


@dataclass(frozen=True)
class Opened:
    """All words of a page, and the main text."""

    text: str
    blocks: tuple[Block, ...]
    added: tuple[str, ...]
    """Words of the main text that are not on the page."""

    @property
    def kept(self) -> int:
        return sum(sum(block.kept) for block in self.blocks)

    @property
    def cut(self) -> int:
        return sum(len(block.kept) for block in self.blocks) - self.kept


def is_page(text: str) -> bool:
    """Whether it is HTML rather than plain text, by its first elements.

    >>> is_page("<p>Salt"), is_page("if a < b and b > c")
    (True, False)
    """
    return _PAGE.search(text[:CHARACTERS]) is not None


def main_text(html: str) -> str:
    """The page's main text; empty where the library finds none. Raises Refused."""
    _parsed(html)
    return _extracted(html)


def opened(html: str) -> Opened:
    """The page beside its main text. Raises Refused."""
    found = list(_runs(_parsed(html)))
    if sum(len(words) for _, words in found) > WORDS:
        raise Refused(f"more than {WORDS:,} words to lay beside the text")
    text = _extracted(html)
    kept, added = _aligned([words for _, words in found], [tuple(line.split()) for line in text.splitlines()])
    blocks = (Block(path, words, tuple(marks)) for (path, words), marks in zip(found, kept, strict=True))
    return Opened(text, tuple(blocks), added)


def _extracted(html: str) -> str:
    return _library()(html, favor_precision=True, include_comments=False, deduplicate=False) or ""


@cache
def _library() -> Callable[..., str | None]:
    """trafilatura, which says when it is imported that it could not download through a SOCKS proxy: nothing does."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SOCKS support")
        from trafilatura import extract
    return extract


def _parsed(html: str) -> HtmlElement:
    """The tree of a page within the bounds."""
    from lxml.etree import ParserError
    from lxml.html import HTMLParser, document_fromstring

    if len(html) > CHARACTERS:
        raise Refused(f"{len(html):,} characters, more than {CHARACTERS:,}")
    if (marks := html.count("<")) > MARKS:
        raise Refused(f"{marks:,} marks of HTML, more than {MARKS:,}")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except ParserError:
        raise Refused("no element and no text") from None
    if any("Excessive depth" in each.message for each in parser.error_log):
        raise Refused("nested deeper than 256 elements")
    return tree


def _runs(tree: HtmlElement) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words between two breaks, with the path of the element that the first of them stands in."""
    body = tree.find("body")
    root = tree if body is None else body
    held: list[str] = []
    within = ""
    for path, text, breaks in _texts(root, ()):
        if breaks and (words := "".join(held).split()):
            yield within, tuple(words)
        held = [] if breaks else held
        if not "".join(held).strip():
            within = path
        held.append(text)
    if words := "".join(held).split():
        yield within, tuple(words)


def _texts(element: HtmlElement, above: tuple[str, ...]) -> Iterator[tuple[str, str, bool]]:
    """Each text of the tree with its path, and whether a block begins or ends before it; no call a level."""
    stack: list[tuple[HtmlElement, tuple[str, ...], bool]] = [(element, above, False)]
    while stack:
        at, path, leaving = stack.pop()
        tag = at.tag if isinstance(at.tag, str) else ""
        breaks = tag not in _INLINE
        if leaving:
            yield " > ".join(path), at.tail or "", breaks
            continue
        own = path if at is element else (*path, tag)
        if at is not element:
            stack.append((at, path, True))
        if tag in SILENT or not tag:
            continue
        yield " > ".join(own), at.text or "", breaks
        stack.extend((child, own, False) for child in reversed(at))


def _aligned(
    blocks: Sequence[tuple[str, ...]], lines: Sequence[tuple[str, ...]]
) -> tuple[list[list[bool]], tuple[str, ...]]:
    """Which words of the blocks stand in the lines, in order, and the words of the lines that stand in no block."""
    kept = [[False] * len(words) for words in blocks]
    added: list[str] = []
    for same, a, b, c, d in SequenceMatcher(None, blocks, lines, autojunk=False).get_opcodes():
        if same == "equal":
            for at in range(a, b):
                kept[at] = [True] * len(blocks[at])
            continue
        places = [(at, word) for at in range(a, b) for word in range(len(blocks[at]))]
        own = [blocks[at][word] for at, word in places]
        theirs = [word for line in lines[c:d] for word in line]
        for what, i, j, k, m in SequenceMatcher(None, own, theirs, autojunk=False).get_opcodes():
            if what == "equal":
                for at, word in places[i:j]:
                    kept[at][word] = True
            else:
                added += theirs[k:m]
    return kept, tuple(added)
