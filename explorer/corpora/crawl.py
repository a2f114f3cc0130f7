"""A crawl made by a recipe: pages under invented domains, with planted copies, spam and more, so that truth is known.

    pages(2000, seed=1)  ->  [Page(url="https://...", kind="prose", ...), ...]

The prose is real: passages of the catalogue's texts and the interpreter's own documentation, cut into pieces, each used
once; `large` takes whole books and an encyclopaedia as well, which are fetched, dresses the pages as sites do
(`crawl_site`) and adds code. What is planted, in the shares of `SHARES`:

    exact     another page's text, letter by letter
    near      another page's text with some words replaced, or with a sentence added; `changed` says how many
    language  article 1 of the Universal Declaration of Human Rights in one of eleven languages; in a large crawl texts
              in ten (`crawl_sources`)
    spam      sentences of an invented shop, again and again
    keywords  a list of words without a sentence
    personal  prose with an invented mail address, network address and card number in it
    item      prose with one question of an invented benchmark in it
    toxic     prose with invented insults in it, mild ones
    boilerplate  what stands on every page of a site, and nothing else
    blocked   prose under a site that is on a list
    code      of a large crawl alone: Python

A page is a function of seed and number of pages; the interpreter's documentation differs between versions of Python.

>>> made = pages(200, seed=3)
>>> copies = [page for page in made if page.kind == "exact"]
>>> len(made), all(page.text == made[page.origin].text for page in copies), len(copies)
(200, True, 20)
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from io import BufferedIOBase, BytesIO
from itertools import cycle
from pydoc_data import topics

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from explorer.corpora import article_one, crawl_site, crawl_sources, passages, texts
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.data.toxicity import WORDS

SHARES = {
    "exact": 0.10, "near": 0.26, "language": 0.05, "spam": 0.04, "keywords": 0.04, "personal": 0.05, "item": 0.02,
    "toxic": 0.02, "boilerplate": 0.02, "blocked": 0.01,
}  # fmt: skip
#: Of a large crawl, besides.
CODE = 0.03
#: Kinds that take a piece of prose.
WITH_PROSE = ("personal", "item", "toxic", "blocked")
#: Characters of a piece of prose, at least and about.
SHORTEST, USUAL = 180, 200
#: Of the texts that are fetched.
SHORTEST_LARGE, USUAL_LARGE = 400, 900
#: Reserved for examples (RFC 2606): no such site can be.
SITES = tuple(f"{name}.example" for name in ("harbour", "meadow", "lantern", "quarry", "orchard", "signal", "willow"))
#: What a list of addresses holds.
BLOCKED = "bargain.example"
_WARES = ("lamps", "kettles", "saddles", "clocks", "carpets", "mirrors")
_PRAISE = ("Buy the best {0} today!", "Cheap {0} for all.", "Our {0} are the best {0}.", "Order {0} now, save on {0}!")
_ITEM = "Question: A boat carries {0} barrels and unloads {1}. How many are left? Answer: {2}."
_INSULTS = ("You {0}!", "Go home, {0}.", "What a {0} you are!", "Only a {0} says so.")
_STANDING = (
    "Click here to continue", "Read more", "Share this page", "All rights reserved", "Sign in", "Back to the top",
    "Subscribe to our letter", "Terms of use", "Privacy policy", "Page not found", "Previous", "Next",
)  # fmt: skip
_MENU = ("home", "news", "shop", "contact")


@dataclass(frozen=True)
class Page:
    """One page, and what was planted in it."""

    url: str
    title: str
    text: str
    """The body, without what surrounds it on every page of its site."""
    kind: str
    """"prose", or one of `SHARES`."""
    origin: int | None = None
    """The page that it copies."""
    changed: float = 0.0
    """The share of its words that are others than in the page that it copies."""
    dressed: bool = False
    """Whether its HTML has the marks of a real site."""

    @property
    def site(self) -> str:
        return self.url.split("/")[2]

    @property
    def served(self) -> str:
        """What a reader sees of the page: menu, title, text and foot, without the marks of HTML."""
        menu = " ".join(name.title() for name in _MENU)
        return f"{self.site} {menu}\n{self.title}\n{self.text}\n{self.site}: {crawl_site.FOOT}"

    @property
    def html(self) -> str:
        """As its site serves it: with a menu before the text and a foot behind it, alike on all its pages."""
        if self.dressed:
            whole = f"<pre><code>{escape(self.text)}</code></pre>" if self.kind == "code" else self._paragraphs
            return crawl_site.dressed(self.site, self.url, self.title, whole)
        menu = "".join(f'<li><a href="/{name}">{name.title()}</a></li>' for name in _MENU)
        return (
            f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(self.title)}</title></head><body>\n'
            f"<nav><b>{self.site}</b><ul>{menu}</ul></nav>\n<article><h1>{escape(self.title)}</h1>\n{self._paragraphs}</article>\n"
            f"<footer>{self.site}: {crawl_site.FOOT}</footer>\n</body></html>\n"
        )

    @property
    def _paragraphs(self) -> str:
        return "".join(f"<p>{escape(part)}</p>\n" for part in self.text.split("\n\n"))


def pages(count: int, seed: int, large: bool = False, progress: Progress = silent) -> list[Page]:
    """The pages of a crawl. Raises ValueError where there is too little prose for that many."""
    draw = random.Random(seed)  # noqa: S311 - pages, not secrets
    shares = {**SHARES, "code": CODE} if large else SHARES
    planted = [kind for kind, share in shares.items() for _ in range(int(share * count))]
    pieces = prose(large, progress)
    draw.shuffle(pieces)
    needed = count - sum(kind not in WITH_PROSE for kind in planted)
    if needed > len(pieces):
        raise ValueError(f"{count:,} pages need {needed:,} pieces of prose; there are {len(pieces):,}")
    given = {"prose": iter(pieces), **(_large(draw, progress) if large else {})}
    made = [_page(draw, next(given["prose"]), "prose") for _ in range(count - len(planted))]
    for kind in planted:
        if kind in ("exact", "near"):
            origin = draw.randrange(count - len(planted))
            text, changed = made[origin].text, 0.0
            if kind == "near":
                text, changed = nearly(text, draw, pieces)
            made.append(_page(draw, text, kind, origin, changed))
        else:
            made.append(_page(draw, _body(kind, draw, given), kind))
    return [replace(page, dressed=True) for page in made] if large else made


def _large(draw: random.Random, progress: Progress) -> dict[str, Iterator[str]]:
    """Texts of other languages and code, over and over where they are too few."""
    found = {"language": crawl_sources.other_languages(progress), "code": crawl_sources.code(progress)}
    for each in found.values():
        draw.shuffle(each)
    return {kind: cycle(each) for kind, each in found.items()}


def nearly(text: str, draw: random.Random, other: Sequence[str]) -> tuple[str, float]:
    """The text with up to an eighth of its words replaced by words of other texts, or with a sentence of another one
    added; and the share of its words that are new."""
    words = text.split(" ")
    if draw.random() < 0.25:
        more = draw.choice(other).split(" ")[: draw.randint(2, 12)]
        return f"{text} {' '.join(more)}", len(more) / (len(words) + len(more))
    places = draw.sample(range(len(words)), max(1, int(len(words) * draw.uniform(0.0, 0.125))))
    for place in places:
        words[place] = draw.choice(draw.choice(other).split(" "))
    return " ".join(words), len(places) / len(words)


def prose(large: bool = False, progress: Progress = silent) -> list[str]:
    """Pieces of real text, in an order of their own."""
    sources = [topics.topics[name] for name in sorted(topics.topics)]
    sources += [excerpt.text for kind in passages.read() for excerpt in kind.excerpts]
    made = [piece for text in sources for piece in cut(text, SHORTEST, USUAL)]
    if large:
        for name in ("encyclopaedia", "moby-dick", "king-james-bible", "shakespeare"):
            for document in texts.load(name, progress).documents:
                made += cut(document, SHORTEST_LARGE, USUAL_LARGE)
    return sorted(set(made))


def cut(text: str, shortest: int, usual: int) -> list[str]:
    """Whole paragraphs together, until a piece is long enough; a last one that is too short is left out.

    >>> cut("one two\\n\\nthree\\nfour\\n\\nfive", shortest=8, usual=10)
    ['one two\\n\\nthree four']
    """
    made, held = [], ""
    for paragraph in text.split("\n\n"):
        held = f"{held}\n\n{' '.join(paragraph.split())}".strip()
        if len(held) >= usual:
            made.append(held)
            held = ""
    return [*made, held] if len(held) >= shortest else made


def _page(draw: random.Random, text: str, kind: str, origin: int | None = None, changed: float = 0.0) -> Page:
    title = " ".join(text.split()[:6]).strip(" .,:;*=-")
    slug = "-".join("".join(c for c in word.lower() if c.isalnum()) for word in title.split()[:4]) or "page"
    site = BLOCKED if kind == "blocked" else draw.choice(SITES)
    return Page(f"https://{site}/{slug}-{draw.getrandbits(32):08x}", title, text, kind, origin, changed)


def _body(kind: str, draw: random.Random, given: Mapping[str, Iterator[str]]) -> str:
    if kind in given:
        return next(given[kind])
    if kind == "language":
        return draw.choice(article_one.read()[1:]).text
    if kind == "boilerplate":
        return "\n\n".join(draw.choices(_STANDING, k=draw.randint(20, 40)))
    if kind == "spam":
        ware = draw.choice(_WARES)
        return " ".join(draw.choice(_PRAISE).format(ware) for _ in range(draw.randint(20, 40)))
    if kind == "keywords":
        return ", ".join(draw.choices(_WARES, k=draw.randint(60, 90)))
    text = next(given["prose"])
    if kind == "blocked":
        return text
    if kind == "toxic":
        insults = (draw.choice(_INSULTS).format(draw.choice(sorted(WORDS))) for _ in range(2 + len(text.split()) // 30))
        return f"{text} {' '.join(insults)}"
    if kind == "personal":
        address = ".".join(str(draw.randint(11, 99)) for _ in range(4))
        return f"{text} Write to {draw.choice(SITES[:3])[:4]}{draw.randint(1, 99)}@mail.example, seen from {address}."
    return f"{text} {item(draw.randint(50, 99), draw.randint(2, 49))}"


def item(barrels: int, gone: int) -> str:
    """One of the invented benchmark."""
    return _ITEM.format(barrels, gone, barrels - gone)


def items() -> list[str]:
    """The whole invented benchmark: what the planted questions are drawn from."""
    return [item(barrels, gone) for barrels in range(50, 100) for gone in range(2, 50)]


def write_warc(made: Iterable[Page], file: BufferedIOBase) -> None:
    """The pages as a crawl's archive: a gzipped response record each."""
    writer = WARCWriter(file, gzip=True)
    for page in made:
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            page.url, "response", payload=BytesIO(page.html.encode()), http_headers=head, warc_headers_dict=_DATE
        )
        writer.write_record(record)
        record.raw_stream.close()  # the writer has put another file there, to count its bytes


def write_wet(made: Iterable[Page], file: BufferedIOBase) -> None:
    """The pages' texts alone: a gzipped conversion record each, as Common Crawl's WET files have them."""
    writer = WARCWriter(file, gzip=True)
    for page in made:
        body = BytesIO(f"{page.title}\n{page.text}".encode())
        record = writer.create_warc_record(
            page.url, "conversion", payload=body, warc_content_type="text/plain", warc_headers_dict=_DATE
        )
        writer.write_record(record)
        record.raw_stream.close()


#: A recipe has no clock.
_DATE = {"WARC-Date": "2026-01-01T00:00:00Z"}
