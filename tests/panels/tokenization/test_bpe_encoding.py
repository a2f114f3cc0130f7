"""Encode, step by step: the word and its merges, the reference's list; whole and broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.errors import NotApplicableError
from explorer.experiments.tokenization import bpe_encoding as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.panels.tokenization import bpe_encoding_views as views
from explorer.stack.tokenization.bpe import MergePath, MergeTable

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
Beside = Callable[..., Rendered]
STEPS = "bpe_encoding.steps"
OWN = "trained:gpt2:40:own/low lower lowest slow slower slowest, the lowest of the low"


def test_a_word_is_merged_and_every_pair_has_its_rank(view: View) -> None:
    made = view("bpe_encoding.steps", yours=OWN, source="typed", typed="the slowest")[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert len(made.checks) == 2
    data = made.data
    assert [piece.text for piece in data.pieces] == ["the", " slowest"]
    assert (data.word, data.tokenizer) == (1, "yours")  # the longest
    path = data.path
    assert "".join(path.start) == b" slowest".hex()
    for at, step in enumerate(path.steps):
        assert len(step.ranks) == len(path.start) - at - 1
        assert step.rank == step.ranks[step.index] == min(rank for rank in step.ranks if rank >= 0)
    assert path.ids == data.pieces[1].ids


def test_the_selected_token_chooses_the_piece(view: View, run: Any) -> None:
    data = view("bpe_encoding.steps", yours=OWN, source="prompt")[-1].data
    assert (data.source, data.instead) == ("prompt", "")
    assert data.word == 0
    assert data.text == run.key.text
    assert view("bpe_encoding.steps", yours=OWN, word=3)[-1].data.word == 3
    assert view("bpe_encoding.steps", yours=OWN, word=10_000)[-1].data.word == data.n_pieces - 1


def test_a_piece_of_few_merges_gives_way_to_a_word_in_which_pairs_lose(
    view: View, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = view("bpe_encoding.steps", tokenizer="smollm2")[-1].data
    assert (data.source, data.text, data.instead) == ("typed", views.EXAMPLE, "Then")
    assert len(data.path.steps) >= views.FEW > 2
    assert any(rank >= 0 for step in data.path.steps for i, rank in enumerate(step.ranks) if i != step.index)
    assert view("bpe_encoding.steps", tokenizer="smollm2", source="prompt")[-1].data.text == run.key.text
    assert view("bpe_encoding.steps", tokenizer="smollm2", word=0)[-1].data.text == run.key.text
    monkeypatch.setattr(views, "FEW", 1)
    assert view("bpe_encoding.steps", tokenizer="smollm2")[-1].data.text == run.key.text  # it shows enough itself


@pytest.mark.parametrize("text", ["مرحبا", "👩‍👩‍👧", "<b>${1}</b>", "a\ud83c", "\x00", "   ", "x" * 3000])
def test_any_text_may_be_typed(view: View, text: str) -> None:
    for name in ("yours", "smollm2"):
        made = view("bpe_encoding.steps", yours=OWN, tokenizer=name, source="typed", typed=text)[-1]
        assert all(check.holds for check in made.checks), made.checks
        assert (made.data.path is None) == (len(text) == 3000)


def test_no_text_is_said(view: View) -> None:
    made = view("bpe_encoding.steps", source="typed", typed="")[-1]
    assert made.data.reason.startswith("There is no text")
    assert not made.checks


def test_the_list_lacks_a_merge(view: View) -> None:
    (made,) = view("bpe_encoding.listed")
    as_listed, mended = made.data.runs
    assert as_listed.pieces == ("unhapp", "in", "e", "s", "s")
    assert [f"{pair.left}+{pair.right}" for pair in as_listed.pairs if not pair.used] == ["e+ss", "in+ess"]
    assert mended.pieces == made.data.said
    assert [pair.added for pair in mended.pairs].index(True) == 0
    assert (as_listed.as_said, mended.as_said) == (False, True)


@pytest.mark.breaks("bpe_encoding.steps", r"^\d+ merges? replayed one by one end in the encoder’s ids")
@pytest.mark.breaks("bpe_encoding.listed", r"^Both lists give the same pieces")
def test_a_merge_that_is_left_out_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.merge_path

    def without_the_first(pretoken: str, table: MergeTable, whole_first: bool | None = None) -> MergePath:
        first = own(pretoken, table, whole_first).steps[0].rank
        ranks = {pair: rank for pair, rank in table.ranks.items() if rank != first}
        return own(pretoken, replace(table, ranks=ranks), whole_first)

    monkeypatch.setattr(experiment, "merge_path", without_the_first)
    found = check("bpe_encoding.steps", "replayed", yours=OWN, source="typed", typed="slowest lowest", word=0)
    assert not found.holds
    assert not check("bpe_encoding.listed", "Both lists").holds


@pytest.mark.breaks("bpe_encoding.steps", r"^Ids equal those of")
def test_another_cut_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.pretokens
    monkeypatch.setattr(experiment, "pretokens", lambda tokenizer, text: own(tokenizer, text.replace(" ", "")))
    assert not check("bpe_encoding.steps", "Ids equal", yours=OWN, source="typed", typed="the slowest").holds


def test_the_other_text_is_cut_by_the_same_list_and_its_pieces_belong_to_those_here(beside: Beside) -> None:
    made = beside(STEPS, "the low", "on the lowest", yours=OWN, word=1)
    base = made.data.base
    assert [piece.text for piece in made.data.pieces] == ["the", " low"]
    assert [piece.text for piece in base.pieces] == ["on", " the", " lowest"]
    assert (base.here, base.word) == ((0, 1, -1), 1)  # none of its pieces is here: they pair as they stand
    assert (base.n_alike, base.same_tokenizer, base.same_text, base.n_bytes) == (0, True, False, 13)
    assert "".join(base.path.start) == b" the".hex()
    assert base.n_tokens == sum(len(piece.ids) for piece in base.pieces)
    assert all(check.holds for check in made.checks), made.checks
    assert beside(STEPS, "the low", "the low slower", yours=OWN).data.base.alike == (True, True, False)


def test_nothing_is_compared_where_no_merge_is_another(beside: Beside) -> None:
    with pytest.raises(NotApplicableError, match="same text in the same tokens"):
        beside(STEPS, "the low", "a low", yours=OWN, source="typed", typed="slowest")


@pytest.mark.breaks("bpe_encoding.steps", r"^Ids equal those of")
def test_another_cut_of_the_other_text_is_seen(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.pretokens
    monkeypatch.setattr(experiment, "pretokens", lambda tokenizer, text: own(tokenizer, text.replace("slow", "low")))
    ids = beside(STEPS, "the low", "the slow", yours=OWN).checks[0]
    assert ids.statement.startswith("Ids equal")
    assert not ids.holds
