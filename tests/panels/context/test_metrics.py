"""Metrics: the table is what the ranks say, and each check fails when its subject is broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.corpora import articles, questions
from explorer.experiments.context import retrieving
from explorer.panels.protocol import Check, Rendered
from explorer.stack.context import bm25, fusion, measures

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"count": 300}


def test_the_table_is_what_the_ranks_say(view: View) -> None:
    (shown,) = view("metrics.table", **FEW)
    data = shown.data
    assert all(check.holds for check in shown.checks), shown.checks
    assert len(data.texts) == len(data.titles) == data.ranks.shape[1] > 5
    for row in data.scores[:4]:
        ranks = data.ranks[row.retriever]
        assert row.first == pytest.approx(float((ranks == 1).float().mean()))
        assert row.low <= row.recall <= row.high
        assert row.recall >= row.first
        assert row.mrr >= row.first
    assert len(data.apart) == 6


def test_there_are_enough_questions_with_known_articles() -> None:
    asked = questions.of(articles.read())
    assert len(asked) >= 300
    assert len({each.text for each in asked}) > 0.99 * len(asked)
    assert {each.kind for each in asked} == set(questions.KINDS)
    assert all(0 <= each.article < len(articles.read()) for each in asked)
    assert asked == questions.of(articles.read())


@pytest.mark.breaks("metrics.table", r"^In \d+ questions words counted in the texts")
def test_a_word_that_counts_for_nothing(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = bm25.by_word
    monkeypatch.setattr(bm25, "by_word", lambda index, words, *rest: true(index, words[-1:], *rest))
    assert not check("metrics.table", "words counted", **FEW).holds


@pytest.mark.breaks("metrics.table", r"^nDCG by the definition")
def test_a_discount_that_begins_too_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = measures.dcg
    monkeypatch.setattr(measures, "dcg", lambda found, k, _="linear": true([0.0, *found], k + 1))
    assert not check("metrics.table", "nDCG", **FEW).holds


def test_the_library_is_indexed_once() -> None:
    assert retrieving.library(300) is retrieving.library(300)


ASKED = {"count": 3000, "rewritten": 3}


def test_questions_are_rewritten_one_by_one(view: View) -> None:
    shown = view("metrics.rewriting", **ASKED)
    data = shown[-1].data
    assert [len(part.data.texts) for part in shown] == [1, 2, 3]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert all(data.passages)
    assert data.ranks.shape == (5, 3)
    for row, way in enumerate(data.ways):
        assert way.recall == pytest.approx(float(((data.ranks[row] > 0) & (data.ranks[row] <= 10)).float().mean()))
        assert way.low <= way.recall <= way.high


@pytest.mark.breaks("metrics.rewriting", "^Ranks by the question read now")
def test_ranks_of_another_article(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = fusion.ranks
    monkeypatch.setattr(fusion, "ranks", lambda scores: true(-scores))
    assert not check("metrics.rewriting", "Ranks by the question", **ASKED).holds


def test_what_ranking_again_is_worth(view: View) -> None:
    (shown,) = view("metrics.reranked")
    data = shown.data
    assert all(check.holds for check in shown.checks), shown.checks
    assert data.ranks.shape == (4, len(data.texts))
    for row in data.scores[:3]:
        ranks = data.ranks[["before", "cross", "splade"].index(row.order)]
        assert row.first == pytest.approx(float((ranks == 1).double().mean()))
        assert row.mrr == pytest.approx(float((1 / ranks[ranks > 0]).sum()) / len(ranks), abs=1e-6)
        assert row.low <= row.difference <= row.high
    assert data.scores[0].difference == 0
    assert len(data.seeds) >= 3
