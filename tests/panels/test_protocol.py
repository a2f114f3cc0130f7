"""What every panel must have: a chapter, a twin in JavaScript, a source to show; and what a check means."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from explorer.panels import panels
from explorer.panels.protocol import Check, Panel, View

ASSETS = Path(__file__).resolve().parents[2] / "assets"
CHAPTERS_IN_USE = ("overview", "embeddings", "transformer", "architectures", "inference")


def test_panels_are_discovered_in_order() -> None:
    names = [[panel.name for panel in panels().values() if panel.chapter == chapter] for chapter in CHAPTERS_IN_USE]
    assert names == [
        ["walk", "tokens", "attention", "residual_stream", "sampling", "heads_and_causes"],
        ["positions"],
        ["attention_steps", "grouped_query", "feed_forward", "norms"],
        [
            *("routing", "experts", "counterfactuals", "balancing", "moe_cost"),
            *("three_shapes", "pictures_and_speech"),
        ],
        [
            *("prefill_decode", "kv_cache", "paged_cache", "batching"),
            *("speculative", "beam_search", "constrained", "memory_calculator"),
        ],
    ]
    assert [name for chapter in names for name in chapter] == list(panels())


@pytest.mark.parametrize("panel", panels().values(), ids=lambda p: p.name)
def test_each_view_has_a_javascript_twin_and_a_source(panel: Panel) -> None:
    script = (ASSETS / "views" / f"{panel.name}.js").read_text(encoding="utf-8")
    for view in panel.views:
        assert re.search(rf"\b{view.name}\b", script), f"{panel.name}.js draws no {view.name}"
        assert view.provenance, f"{view.name} says not where its numbers come from"
        assert "def " in view.source_text() or "class " in view.source_text()
        assert view.about.endswith("."), "a sentence says what one sees"


def test_glossary_terms_lead_to_panels() -> None:
    terms = json.loads((ASSETS / "glossary.json").read_text(encoding="utf-8"))
    assert len({t["term"].lower() for t in terms}) == len(terms) > 40
    assert {t["panel"] for t in terms} <= set(panels())


def test_a_check_fails_on_nan_and_above_its_tolerance() -> None:
    assert Check("x", 1e-6, 1e-6).holds
    assert not Check("x", 2e-6, 1e-6).holds
    assert not Check("x", math.nan, 1e-6).holds


def test_an_unknown_chapter_is_refused() -> None:
    with pytest.raises(ValueError, match="no chapter"):
        Panel("x", "X", "magic", 1, "X.", (View("v", "V", "V."),))
