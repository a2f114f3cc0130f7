"""The terms of the glossary that a panel may name: a page gets those of the panel that it shows, and no others."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from explorer import places
from explorer.panels.glossary import Term, TermName, glossary
from explorer.shell.files import bundles

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel

#: where a term's name says several ways to write it, as `ways` of `assets/kit/text/glossary.js` reads it
BETWEEN = re.compile(r", | \(|\)")


def named_in(text: str) -> list[TermName]:
    """The terms that a text names, without what they mean, and without the everyday words, which are not underlined."""
    lower = text.lower()
    return [_name(term) for term, ways in _written() if any(way in lower and _stands(way, lower) for way in ways)]


@cache
def _written() -> list[tuple[Term, list[str]]]:
    """Each term with the ways in which it is written, in lower case."""
    return [
        (term, [way.strip().lower() for way in term.get("ways") or BETWEEN.split(term["term"]) if way.strip()])
        for term in glossary()
        if not term.get("common")
    ]


def _stands(way: str, text: str) -> bool:
    """Whether it stands there as a whole word, or several, with an s behind it or without.

    >>> [_stands("head", text) for text in ("a head", "heads.", "ahead", "header", "ahead of a head")]
    [True, True, False, False, True]
    """
    at = text.find(way)
    while at >= 0:
        end = at + len(way)
        alone = not _letter(text, end) or (text[end] == "s" and not _letter(text, end + 1))
        if alone and not _letter(text, at - 1):
            return True
        at = text.find(way, at + 1)
    return False


def _letter(text: str, at: int) -> bool:
    """Whether a letter, a digit or _ stands at that place; there is none outside the text."""
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def _name(term: Term) -> TermName:
    return {"term": term["term"], "ways": term["ways"]} if "ways" in term else {"term": term["term"]}


def of_panel(panel: Panel) -> list[TermName]:
    """Those that its declaration names, or its pictures, or the sentences of its payloads."""
    declared = [panel.title, panel.about, *(text for view in panel.views for text in (view.title, view.about))]
    return named_in("\n".join((*declared, *_sources(panel))))


def _sources(panel: Panel) -> list[str]:
    """The texts of its modules, in both languages."""
    own = f"{panel.chapter}/{panel.name}"
    folder, bundle = places.bundles(), bundles.listed()["files"].get(f"views/{own}")
    if folder is not None and bundle is not None:
        scripts = [folder / bundle]
    else:
        scripts = sorted((places.assets() / "views" / own).glob("*.js"))
    figures = [places.PACKAGE / "figures" / panel.chapter, places.PACKAGE / "experiments" / panel.chapter]
    texts = [path for folder in figures for path in sorted(folder.glob(f"{panel.name}*.py"))]
    return [path.read_text(encoding="utf-8") for path in (*scripts, *texts)]
