"""Every concept that the reference names is found on a panel: by its title, about, views, words, or a glossary term.

`concepts.txt` has a line a concept: what it is called, and the words of which at least one must stand there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.panels import panels
from explorer.panels.glossary import glossary


def concepts() -> dict[str, list[str]]:
    lines = Path(__file__).with_name("concepts.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" | ") for line in lines if line and not line.startswith("#"))
    return {name: [word.strip().casefold() for word in words.split(";")] for name, words in pairs}


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What each panel says of itself, with the terms that lead to it."""
    made = {
        name: [
            panel.title,
            panel.about,
            *panel.also,
            *(text for view in panel.views for text in (view.title, view.about)),
        ]
        for name, panel in panels().items()
    }
    for term in glossary():
        made[term["panel"]] += [term["term"], term["text"], *term.get("ways", ())]
    return {name: "\n".join(texts).casefold() for name, texts in made.items()}


def shown_by(words: list[str], said: dict[str, str]) -> list[str]:
    return [name for name, text in said.items() if any(word in text for word in words)]


def test_each_concept_is_found_on_a_panel(said: dict[str, str]) -> None:
    assert [name for name, words in concepts().items() if not shown_by(words, said)] == []


def test_a_concept_of_no_panel_is_not_found(said: dict[str, str]) -> None:
    assert shown_by(["flux capacitor"], said) == []
    assert len(concepts()) > 150
