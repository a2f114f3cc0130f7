"""The glossary: the terms of a chapter lie in `assets/glossary/<chapter>.json`, each with the panel that shows it."""

from __future__ import annotations

from typing import NotRequired, TypedDict

import orjson

from explorer import places
from explorer.panels.chapters import CHAPTERS


class TermName(TypedDict):
    """A term of the glossary, as it is found in a text."""

    term: str
    common: NotRequired[bool]
    """Also an everyday word: not underlined of itself."""
    ways: NotRequired[list[str]]
    """In which it is written, where its name does not say them."""


class Term(TermName):
    """A term with what it means."""

    text: str
    """A sentence or two."""
    panel: str
    """That shows it."""


def glossary() -> list[Term]:
    """All terms, chapter by chapter."""
    files = (places.assets() / "glossary" / f"{chapter}.json" for chapter in CHAPTERS)
    return [term for file in files if file.is_file() for term in orjson.loads(file.read_bytes())]
