"""The reference, checked: its views whole, and with what each check states broken."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.experiments.overview.errata import (
    book,
    model_claims,
    rejected_drafts,
    rope_pairs,
    run_claims,
    top_p,
)
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.overview import errata_views as panel
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import TraceKey, capture


@pytest.fixture(scope="module")
def scene() -> Scene:
    from explorer import zoo

    model = zoo.load("six-kinds-dense")
    run = capture(model, TraceKey(model.name, "Then Mary and John went to the store, and", max_new_tokens=4, seed=7))
    return Scene(model, run, focus=Focus(position=run.n_prompt - 1))


def with_controls(scene: Scene, **controls: Any) -> Scene:
    return Scene(scene.loaded, scene.run, focus=scene.focus, controls=controls)


def test_the_sampler_of_the_claim_is_what_is_declared() -> None:
    settings = panels()["errata"].settings
    said = [settings[name].default for name in ("temperature", "top_k", "top_p")]
    assert said == [run_claims.TEMPERATURE, run_claims.TOP_K, run_claims.TOP_P]


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


@pytest.fixture
def two_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the ledger, two of two chapters: what each check finds has a test of its own."""
    few = tuple(claim for claim in book.CLAIMS if claim.name in ("head-width", "gpt-4o"))
    monkeypatch.setattr(book, "CLAIMS", few)
    monkeypatch.setattr(panel, "CLAIMS", few)


@pytest.mark.usefixtures("two_claims")
def test_entries_come_by_chapter(scene: Scene) -> None:
    shown = list(panel.entries(scene))
    assert [len(each.data.entries) for each in shown] == [1, 2]
    assert [len(each.checks) for each in shown] == [0, 1]
    assert shown[-1].data.entries[1].command == "python -m explorer claims gpt-4o"
    assert all(each.holds for each in shown[-1].checks)
    last = shown[-1].data.entries[0]
    assert (last.panel, last.panel_title) == ("memory_calculator", "Memory calculator")
    pack(shown[-1].data)


@pytest.mark.usefixtures("two_claims")
@pytest.mark.breaks("errata.entries", r"^Both Mixtrals")
def test_a_mixture_that_is_counted_short(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    count = panel.parameters
    monkeypatch.setattr(panel, "parameters", lambda shape: count(model_claims.MIXTRAL_8X7B))
    assert not check(whole(panel.entries(scene)), "Mixtrals").holds


def test_top_p_follows_the_settings(scene: Scene) -> None:
    made = panel.top_p(with_controls(scene, temperature=1.5, top_k=0, top_p=1.0))
    assert all(each.holds for each in made.checks)
    assert made.data.kept == scene.trace.logits.shape[-1]
    assert made.data.outside == 0
    assert made.data.p.sum() + made.data.rest == pytest.approx(1)
    assert panel.top_p(with_controls(scene, top_k=1)).data.kept == 1
    strange = panel.top_p(with_controls(scene, temperature="x", top_k=-4, top_p=1e9))
    assert (strange.data.temperature, strange.data.top_k, strange.data.top_p) == (0.7, 0, 1.0)
    pack(strange.data)


@pytest.mark.breaks("errata.top_p", r"^Scattered by the indices themselves")
def test_the_wrong_index(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    right = top_p.filtered

    def scrambled(*args: Any) -> top_p.TopP:
        made = right(*args)
        return top_p.TopP(made.scattered, made.scattered, made.order, made.lands)

    monkeypatch.setattr(panel.sampling, "filtered", scrambled)
    assert not check(panel.top_p(scene), "indices themselves").holds


def test_a_draft_of_all_blocks_is_never_biased(scene: Scene) -> None:
    made = panel.draft(with_controls(scene, blocks=10**6))
    assert made.data.blocks == made.data.n_layers
    assert made.data.bias == pytest.approx(0)
    assert made.data.kept == pytest.approx(1)
    less = panel.draft(scene)
    assert less.data.bias > 0.001
    assert all(each.holds for each in (*made.checks, *less.checks))
    pack(less.data)


@pytest.mark.breaks("errata.draft", r"^Resampled from the residual")
def test_a_residual_that_is_the_target(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.stack.inference.decoding import speculative_sampling

    monkeypatch.setattr(speculative_sampling, "residual", lambda p, q: p)
    assert not check(panel.draft(with_controls(scene, blocks=1)), "from the residual").holds


@pytest.mark.breaks("errata.draft", r"^Resampled from the target")
def test_every_draft_accepted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejected_drafts, "accepts", lambda p, q, u: torch.ones_like(u, dtype=torch.bool))
    assert not check(panel.draft(with_controls(scene, blocks=1)), "from the target").holds


def test_three_ways_to_turn(scene: Scene) -> None:
    made = whole(panel.rope(scene))
    halves, adjacent, reordered = made.data.ways
    assert all(each.holds for each in made.checks)
    assert halves.error == 0
    assert reordered.error < 1e-4 < adjacent.error
    assert halves.ids.tolist() == reordered.ids.tolist()
    pack(made.data)


@pytest.mark.breaks("errata.rope", r"^Adjacent pairs on reordered rows give")
def test_rows_that_stay_where_they_are(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rope_pairs, "to_interleaved", lambda rows, *_: rows)
    assert not check(whole(panel.rope(scene)), "reordered rows").holds


@pytest.mark.usefixtures("two_claims")
def test_the_panel_names_the_reference_and_where_each_claim_stands(scene: Scene) -> None:
    made = whole(panel.entries(scene)).data
    assert made.reference.title == "LLM Architecture & Internals"
    assert made.reference.chapters == 14
    assert [(each.chapter_title, each.section) for each in made.entries] == [
        ("High-Level Overview", "Key Dimensions of an LLM"),
        ("Tokenization", "Tokenizer Comparison"),
    ]
