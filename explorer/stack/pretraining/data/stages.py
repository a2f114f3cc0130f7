r"""The stages of the pipeline by name, made of the mechanisms beside this file.

`stages` gives them in the order that is set. What a stage needs that must be trained or brought (a language model, a
classifier, items of a benchmark, lists of addresses) is a `Tools`; a stage without its tool is left out.

>>> from explorer.stack.pretraining.data.pipeline import Document, Settings, run
>>> page = "<html><body><nav><a>Home</a></nav><article><p>Der Hund schläft unter dem Baum.</p></article></body></html>"
>>> made = run([Document(id="a", html=page.encode())], stages(Settings(order="fineweb")))
>>> passport = made.passports[0]
>>> passport.steps[1].after.text, passport.removed_by
('Der Hund schläft unter dem Baum.', 'language')
>>> [count.stage for count in made.counts]
['url', 'extraction', 'language', 'gopher repetition', 'gopher quality', 'c4', 'fineweb', 'near duplicates', 'pii']
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial

from explorer.stack.pretraining.data import (
    c4,
    copies,
    extraction,
    fineweb,
    gopher,
    language,
    pii,
    toxicity,
    words,
)  # fmt: skip
from explorer.stack.pretraining.data.charset import decoded
from explorer.stack.pretraining.data.contamination import Items
from explorer.stack.pretraining.data.stage import ORDERS, Cut, Document, Each, Reading, SetAside, Settings, Stage
from explorer.stack.pretraining.data.url_rules import UrlRules
from explorer.stack.pretraining.data.verdict import Verdict

Judge = Callable[[str], Verdict]
#: Characters of a page, or of a text, that its language is told by.
SEEN = 20_000
_TAG = re.compile(r"<[^<>]*>")
_HIDDEN = re.compile(r"<(/?)(?:script|style)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Tools:
    """What is trained or brought; None leaves its stage out."""

    url_rules: UrlRules = field(default_factory=UrlRules)
    perplexity: Judge | None = None
    classifier: Judge | None = None
    items: Items | None = None
    toxic: frozenset[str] = toxicity.WORDS


def stages(settings: Settings, tools: Tools | None = None) -> tuple[Stage, ...]:
    """In the order that is set."""
    made = {each.name: each for each in _all(settings, tools or Tools())}
    return tuple(made[name] for name in ORDERS[settings.order] if name in made)


def _all(settings: Settings, tools: Tools) -> list[Stage]:
    made: list[Stage] = [
        Each("language", partial(_language, languages=settings.languages), settings.languages),
        Each("url", partial(_url, rules=tools.url_rules), tools.url_rules),
        Each("extraction", extracted),
        copies.exact(),
        copies.near_duplicates(settings),
        copies.substring(settings),
        Each("gopher repetition", _repetition),
        Each("gopher quality", _quality),
        Each("c4", partial(_c4, terminal=settings.terminal), settings.terminal),
        Each("fineweb", _fineweb),
        Each("pii", _pii),
        Each("toxicity", partial(_toxicity, listed=tools.toxic), tools.toxic),
    ]
    for name, judge in (("perplexity", tools.perplexity), ("classifier", tools.classifier)):
        if judge is not None:
            made.append(Each(name, partial(_judged, judge=judge)))
    if tools.items is not None:
        made.append(Each("contamination", partial(_contamination, items=tools.items)))
    return made


def extracted(document: Document) -> Reading:
    """The main text of a page; a document without HTML is its text."""
    if document.html is None:
        return Reading(verdicts=(_characters(document.text),))
    page, _ = decoded(document.html, document.charset)
    try:
        text = extraction.main_text(page)
    except extraction.Refused as refused:
        raise SetAside(refused.reason) from None
    return Reading(verdicts=(_characters(text),), text=text)


def visible(html: str) -> str:
    """The page without its marks, scripts and styles: what there is before extraction.

    >>> visible("<p>One<script>if (1) {}</script> two")
    'One  two'
    """
    pieces, at, hidden = [], 0, False
    for mark in _HIDDEN.finditer(html):
        if not hidden:
            pieces.append(html[at : mark.start()])
        hidden, at = not mark[1], mark.end()
    return _TAG.sub(" ", " ".join(pieces if hidden else [*pieces, html[at:]])).strip()


@lru_cache(maxsize=64)
def split(text: str) -> tuple[str, ...]:
    """The words, once for the stages that follow one another."""
    return tuple(words.words(text))


def _characters(text: str) -> Verdict:
    return Verdict("characters", len(text.strip()), 1, "at least")


def _language(document: Document, languages: frozenset[str]) -> Reading:
    text = document.text if document.html is None else visible(decoded(document.html, document.charset)[0])
    found = language.probability(text[:SEEN], languages)
    return Reading(verdicts=(Verdict("language", found, language.THRESHOLD, "at least"),))


def _url(document: Document, rules: UrlRules) -> Reading:
    reason = rules.read(document.url).reason if document.url else ""
    return Reading(verdicts=(Verdict(f"url_{reason}" if reason else "url", int(bool(reason)), 0, "at most"),))


def _repetition(document: Document) -> Reading:
    return Reading(verdicts=gopher.repetition(document.text, split(document.text)))


def _quality(document: Document) -> Reading:
    return Reading(verdicts=gopher.quality(document.text, split(document.text)))


def _fineweb(document: Document) -> Reading:
    return Reading(verdicts=fineweb.quality(document.text, split(document.text)))


def _c4(document: Document, terminal: bool) -> Reading:
    read = c4.read(document.text, terminal)
    if len(read.lines) < len(document.text.splitlines()) or read.text == document.text:  # a line removed it all
        return Reading(verdicts=read.verdicts)
    cuts, at = [], 0
    for raw, line in zip(document.text.splitlines(keepends=True), read.lines, strict=True):
        if line.cut_by:
            cuts.append(Cut(at, at + len(raw), line.cut_by))
        else:
            cuts += [Cut(at + each.start(), at + each.end(), "citation") for each in c4.CITATION.finditer(raw)]
        at += len(raw)
    return Reading(verdicts=read.verdicts, text=read.text, cuts=tuple(cuts))


def _pii(document: Document) -> Reading:
    text, found = pii.replaced(document.text)
    cuts = tuple(Cut(each.start, each.stop, each.kind, each.by) for each in found)
    return Reading(text=text if cuts else None, cuts=cuts)


def _toxicity(document: Document, listed: frozenset[str]) -> Reading:
    return Reading(verdicts=(toxicity.read(document.text, listed).verdict,))


def _judged(document: Document, judge: Judge) -> Reading:
    return Reading(verdicts=(judge(document.text),))


def _contamination(document: Document, items: Items) -> Reading:
    return Reading(verdicts=(items.read(document.text).verdict,))
