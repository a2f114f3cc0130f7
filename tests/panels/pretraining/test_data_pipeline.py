"""Pipeline: a crawl whose truth is known, thresholds that are moved, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.experiments.pretraining import data_pipeline as experiment
from explorer.experiments.pretraining.corpus_run.tools import perplexity_below, prose_model
from explorer.figures.pretraining.data_pipeline import DataPipelineFlow, PipelineStage
from explorer.panels import panels
from explorer.panels.pipeline_thresholds import MOVABLE
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.data import pipeline
from explorer.stack.pretraining.data.pipeline import Count
from explorer.stack.pretraining.data.stage import ORDERS, Document, Order, Settings

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def stage(made: DataPipelineFlow, name: str) -> PipelineStage:
    return next(each for each in made.stages if each.name == name)


@pytest.mark.parametrize("order", ["reference", "fineweb"])
def test_every_document_is_kept_removed_or_set_aside(view: View, order: Order) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("data_pipeline.flow", documents=200, order=order, progress=lambda *said: told.append(said))[-1]
    made = shown.data
    assert all(check.holds for check in shown.checks)
    assert [each.name for each in made.stages] == list(ORDERS[order])
    assert made.documents == 200 == sum(each.pages for each in made.left)
    assert made.kept == sum(each.kept for each in made.left)
    reached = made.documents
    for each in made.stages:
        assert each.documents == reached
        assert sum(rule.removed for rule in each.rules) == each.removed
        assert len(each.listed) == min(60, each.removed + each.set_aside)
        reached -= each.removed + each.set_aside
    assert reached == made.kept


def test_planted_copies_and_languages_go_where_they_should(view: View) -> None:
    made = view("data_pipeline.flow", documents=1000)[-1].data
    languages, exact, near = (stage(made, name) for name in ("language", "exact duplicates", "near duplicates"))
    assert languages.right == languages.planted == 50
    assert exact.right == exact.planted > 90
    assert 0 < near.right < near.planted
    assert {each.planted for each in languages.listed} > {"language"}
    assert all(each.rule == "exact_duplicate" and each.value == 1 for each in exact.listed)
    assert next(each for each in made.left if each.planted == "spam").kept == 0


def test_what_removes_most_of_each_kind(view: View) -> None:
    made = view("data_pipeline.flow", documents=200)[-1].data
    kinds = {each.planted: each for each in made.left}
    assert kinds["language"].most == "language"
    assert kinds["exact"].most == "exact duplicates"
    for each in made.left:
        assert each.most_removed <= each.pages - each.kept <= each.most_removed * len(made.stages)
        assert bool(each.most) == (each.most_removed > 0)
    removed = {each.name: each.removed for each in made.stages}
    assert all(each.most_removed <= removed[each.most] for each in made.left if each.most)


def test_a_threshold_that_is_moved_keeps_more(view: View) -> None:
    usual = view("data_pipeline.flow", documents=200)[-1].data
    moved = view("data_pipeline.flow", documents=200, top_pair=1.0, repeated_runs=1.0)[-1].data
    before, after = stage(usual, "gopher repetition"), stage(moved, "gopher repetition")
    assert after.documents == before.documents
    assert after.removed < before.removed
    thresholds = {each.rule: each.threshold for each in after.rules}
    assert (thresholds["top_2_gram"], thresholds["top_3_gram"]) == (1, 0.18)
    assert {each.control for each in after.rules} == {"", "dup_lines", "top_pair", "repeated_runs"}


def test_filters_first_leave_fewer_to_compare(view: View) -> None:
    orders = [view("data_pipeline.flow", documents=200, order=order)[-1].data for order in ("reference", "fineweb")]
    compared = [stage(made, "near duplicates").documents for made in orders]
    assert compared[1] < compared[0]


def test_the_movable_thresholds_are_the_fields_and_all_of_them_are_met(view: View) -> None:
    made = view("data_pipeline.flow", documents=1000)[-1].data
    met = {rule.rule: rule.threshold for each in made.stages for rule in each.rules}
    met["perplexity"] = {perplexity_below(0.99): 0.99}[met["perplexity"]]  # moved as a share of held-out prose
    assert {each.rule: each.default for each in MOVABLE} == {each.rule: met[each.rule] for each in MOVABLE}
    assert all(panels()["data_pipeline"].settings[each.control].default == each.default for each in MOVABLE)


def test_the_perplexity_is_moved_by_the_share_of_held_out_prose_that_stays(view: View) -> None:
    held_out = prose_model()[1]
    for share in (0.5, 0.9, 1.0):
        below = perplexity_below(share)
        assert abs(sum(each < below for each in held_out) / len(held_out) - share) < 0.02
    usual, moved = (
        stage(view("data_pipeline.flow", documents=200, **said)[-1].data, "perplexity")
        for said in ({}, {"prose_kept": 0.5})
    )
    assert moved.removed > usual.removed
    assert [(each.control, each.threshold) for each in moved.rules] == [("prose_kept", perplexity_below(0.5))]


def test_a_document_of_ones_own_is_the_last_one() -> None:
    made = list(experiment.piped(200, 1, Settings(), own="Mine. " * 5))[-1]
    assert [each.id for each in made.outcome.passports][-1] == "200"
    assert experiment.followed(made, "200").passport.removed_by
    assert made.kinds.get("200") is None


@pytest.mark.parametrize(
    "own", ["half \ud800 of a pair", "a\x00b", "<div>" * 900, "שלום. مرحبا. " * 9, "😀👩‍👩‍👧 " * 9]
)
def test_any_text_is_a_document(own: str) -> None:
    made = list(experiment.piped(200, 1, Settings(), own=own, again=0))[-1]
    followed = experiment.followed(made, "200").passport
    assert followed.removed_by or followed.set_aside


@pytest.mark.breaks("data_pipeline.flow", r"^Documents kept \+ removed \+ set aside")
def test_a_stage_that_counts_no_removed_document(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Count.of
    monkeypatch.setattr(Count, "of", lambda *given: replace(real(*given), removed=0))
    assert not check("data_pipeline.flow", "Documents kept", documents=200).holds


@pytest.mark.breaks("data_pipeline.flow", r"^Tokens kept \+ removed \+ cut")
def test_a_stage_that_counts_no_cut(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Count.of
    monkeypatch.setattr(Count, "of", lambda *given: replace(real(*given), tokens_cut=0))
    assert not check("data_pipeline.flow", "Tokens kept", documents=200).holds


@pytest.mark.breaks("data_pipeline.flow", r"^\d+ readings, made anew without memory")
def test_readings_of_another_text(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment.crawled.cache_clear()
    real = pipeline.attempted
    monkeypatch.setattr(
        pipeline, "attempted", lambda act, document: real(act, replace(document, text=document.text[:40]))
    )
    assert not check("data_pipeline.flow", "made anew", documents=200).holds
    experiment.crawled.cache_clear()


def test_a_token_is_counted_once_a_text() -> None:
    counts: dict[str, int] = {}
    tokens = experiment.counter(counts)
    assert (
        tokens(Document(id="a", text="Then Mary")) == tokens(Document(id="b", text="Then Mary")) == counts["Then Mary"]
    )
    assert len(counts) == 1
