"""Encode, step by step: the word and its merges, the reference's list; whole and broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.experiments.tokenization import bpe_encoding as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.tokenization.bpe import MergePath, MergeTable

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
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
    data = view("bpe_encoding.steps", yours=OWN)[-1].data
    assert data.source == "prompt"
    assert data.word == 0
    assert data.text == run.key.text
    assert view("bpe_encoding.steps", yours=OWN, word=3)[-1].data.word == 3
    assert view("bpe_encoding.steps", yours=OWN, word=10_000)[-1].data.word == data.n_pieces - 1


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
@pytest.mark.breaks("bpe_encoding.listed", r"^Both lists end in the same pieces")
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
