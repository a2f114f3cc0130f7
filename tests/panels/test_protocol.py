"""What every panel must have: a chapter, a twin in JavaScript, a source to show; and what a check means."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

import explorer.panels
from explorer.panels import panels
from explorer.panels.glossary import glossary
from explorer.panels.protocol import Check, Panel, View

ASSETS = Path(__file__).resolve().parents[2] / "assets"
PANELS = Path(explorer.panels.__file__).parent


def test_panels_are_discovered_in_order() -> None:
    declared = {path.stem for path in PANELS.glob("*/*.py") if not path.stem.endswith(("_views", "__init__"))}
    assert set(panels()) == declared, "each file of a chapter declares a panel"
    assert declared == {path.stem.removesuffix("_views") for path in PANELS.glob("*/*_views.py")}
    places = [(panel.chapter_number, panel.order) for panel in panels().values()]
    assert places == sorted(set(places)), "no two panels of a chapter have one place"
    assert next(iter(panels())) == "walk", "the page opens with it"


@pytest.mark.parametrize("panel", panels().values(), ids=lambda p: p.name)
def test_each_view_has_a_javascript_twin_and_a_source(panel: Panel) -> None:
    folder = ASSETS / "views" / panel.chapter / panel.name
    assert (folder / f"{panel.name}.css").is_file()
    for view in panel.views:
        script = (folder / f"{view.name}.js").read_text(encoding="utf-8")
        assert f"export function {view.name}(" in script, f"{view.name}.js draws no {view.name}"
        assert re.search(r"export (function|const) rows\b", script), f"{view.name}.js has no table to export"
        assert view.provenance, f"{view.name} says not where its numbers come from"
        assert "def " in view.source_text() or "class " in view.source_text()
        assert view.about.endswith("."), "a sentence says what one sees"


def test_glossary_terms_lead_to_panels() -> None:
    terms = glossary()
    assert len({t["term"].lower() for t in terms}) == len(terms) > 40
    assert {t["panel"] for t in terms} <= set(panels())


def test_glossary_terms_lie_with_the_chapter_of_their_panel() -> None:
    of = {panel.name: panel.chapter for panel in panels().values()}
    files = sorted((ASSETS / "glossary").iterdir())
    for file in files:
        assert {of[each["panel"]] for each in json.loads(file.read_text("utf-8"))} == {file.stem}
    assert sum(len(json.loads(file.read_text("utf-8"))) for file in files) == len(glossary()), "a file of no chapter"


def test_a_check_fails_on_nan_and_above_its_tolerance() -> None:
    assert Check("x", 1e-6, 1e-6).holds
    assert not Check("x", 2e-6, 1e-6).holds
    assert not Check("x", math.nan, 1e-6).holds


def test_a_view_that_compares_weights_alone_reads_no_run() -> None:
    """Beside another text of the same model the page would say that it shows the same."""
    views = [(panel, view) for panel in panels().values() for view in panel.views]
    assert not [view.name for panel, view in views if view.compares == "weights" and panel.reads(view) == "run"]


def test_an_unknown_chapter_is_refused() -> None:
    with pytest.raises(ValueError, match="no chapter"):
        Panel("x", "X", "magic", 1, "X.", (View("v", "V", "V."),))


def test_each_panel_names_a_term_that_is_explained_where_it_stands() -> None:
    """As assets/kit/text/glossary.js finds them."""
    terms = [each for each in glossary() if not each.get("common")]
    ways = [w.strip() for t in terms for w in t.get("ways") or re.split(r", | \(|\)", t["term"]) if w.strip()]
    named = re.compile(rf"(?<![\w])({'|'.join(map(re.escape, ways))})s?(?![\w])", re.IGNORECASE)
    silent = [
        panel.name
        for panel in panels().values()
        if not any(named.search(f"{view.title} {view.about}") for view in panel.views)
    ]
    assert not silent


def test_each_panel_has_tests_of_its_own() -> None:
    """A mirror of the panels; the scaffold writes the first. Some share a file, which breaks a check of each."""
    here = Path(__file__).parent
    chapters = {p.chapter for p in panels().values()}
    marks = {each: "".join(f.read_text("utf-8") for f in (here / each).glob("test_*.py")) for each in chapters}
    assert not [
        f"{p.chapter}/{p.name}"
        for p in panels().values()
        if not (here / p.chapter / f"test_{p.name}.py").exists() and f'breaks("{p.name}.' not in marks[p.chapter]
    ]


def test_no_sentence_names_a_shade_of_one_theme() -> None:
    """What is dark in the light theme is light in the dark one."""
    shade = re.compile(r"\b(dark|darker|lighter|black|white)\b", re.IGNORECASE)
    said = {f"{panel.name}.{view.name}": view.about for panel in panels().values() for view in panel.views}
    assert len(said) > 100
    assert {name: text for name, text in said.items() if shade.search(text)} == {}
