"""Unigram lattice: the panel on any text, trainings of its passages, and its checks on broken mechanisms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.errors import SourceMissingError
from explorer.experiments.tokenization import sentencepiece_peer
from explorer.experiments.tokenization import unigram_lattice as experiment
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered
from explorer.stack.tokenization import unigram_pruning
from explorer.stack.tokenization.tokenizer import Pieces
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.unigram_lattice import Cut, Lattice

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
LONG = "the wilderness of establishments"


def test_the_word_its_cuts_and_their_shares(view: View) -> None:
    made = view("unigram_lattice.lattice", typed="the whale")[-1]
    assert len(made.checks) == 4
    assert all(check.holds for check in made.checks), made.checks
    data = made.data
    assert "".join(data.letters) == " the whale"
    for cut in data.cuts:
        assert "".join(data.pieces[i].text for i in cut.pieces) == " the whale"
        assert cut.score == pytest.approx(sum(data.pieces[i].score for i in cut.pieces))
    assert [cut.score for cut in data.cuts] == sorted((cut.score for cut in data.cuts), reverse=True)
    assert data.best[-1] == pytest.approx(data.cuts[0].score)
    assert sum(cut.share for cut in data.cuts) + data.others == pytest.approx(1)
    for letter in range(len(data.letters)):  # every cut has one piece over each letter
        assert sum(p.share for p in data.pieces if p.start <= letter < p.end) == pytest.approx(1)


ODD = [
    "é",
    "שלום",
    "👩‍👩‍👧",
    "<b>${1}</b>",
    "a\ud83c",
    "\x00\x07",
    "日本語のテキスト",
    "a" * 9000,
    "e\u0301\u0323",
    "▁ ▁a",
    LONG,
]


@pytest.mark.parametrize("typed", [*ODD, LONG])
def test_any_text_may_be_typed(view: View, typed: str) -> None:
    for name in ("lattice", "draws"):
        made = view(f"unigram_lattice.{name}", typed=typed)[-1]
        assert made.checks
        assert all(check.holds for check in made.checks), made.checks
    data = view("unigram_lattice.lattice", typed=typed)[-1].data
    assert data.typed == typed[: experiment.LONGEST]
    assert len(data.letters) <= experiment.LONGEST + 1
    assert ("shows the first" in data.note) == experiment.prepared("trained", data.typed).shortened


def test_what_is_declared_is_what_is_drawn() -> None:
    assert panels()["unigram_lattice"].settings["typed"].longest == experiment.LONGEST
    assert experiment.prepared("trained", "a" * (experiment.LONGEST + 1)).shortened


@pytest.mark.parametrize("typed", ["", "   ", "\n"])
def test_no_text_is_said(view: View, typed: str) -> None:
    for name in ("lattice", "draws"):
        made = view(f"unigram_lattice.{name}", typed=typed)[-1]
        assert "text" in made.data.reason
        assert not made.checks


def test_a_vocabulary_that_cannot_be_had_is_said(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> Unigram:
        raise SourceMissingError("The tokenizer xlmr could not be fetched.", "Check the network.")

    monkeypatch.setattr(experiment, "model_of", missing)
    for name in ("lattice", "draws"):
        made = view(f"unigram_lattice.{name}", vocabulary="xlmr")[-1]
        assert made.data.reason == "The tokenizer xlmr could not be fetched. Check the network."


def test_draws_follow_the_seed_and_alpha(view: View) -> None:
    first, again, other = (view("unigram_lattice.draws", seed=seed)[-1].data for seed in (1, 1, 2))
    assert first == again
    assert [cut.here for cut in first.cuts] != [cut.here for cut in other.cuts]
    for alpha in (0, 0.5, 1.5, "x", -3):
        data = view("unigram_lattice.draws", alpha=alpha)[-1].data
        assert sum(cut.here for cut in (*data.cuts, data.others)) == data.draws
        assert sum(cut.expected for cut in (*data.cuts, data.others)) == pytest.approx(1)
    even = view("unigram_lattice.draws", alpha=0)[-1].data
    assert {round(cut.expected, 9) for cut in even.cuts} == {round(1 / 27, 9)}  # of 27 cuts, all alike


def test_a_training_is_told_round_by_round(view: View) -> None:
    shown = view("unigram_lattice.training", passage="novel", size=400)
    assert [len(made.data.rounds) for made in shown] == sorted(len(made.data.rounds) for made in shown)
    assert [made.data.done for made in shown] == [False] * (len(shown) - 1) + [True]
    data = shown[-1].data
    assert all(check.holds for check in shown[-1].checks)
    assert data.prunings[-1].pieces <= 440
    assert data.bits is not None
    assert data.library_bits is not None
    assert data.bits < data.library_bits * 1.01
    for pruning in data.prunings:
        losses = [each.loss for each in pruning.nearly]
        assert losses == sorted(losses, reverse=True)


def test_odd_settings_are_kept_within_their_bounds(view: View) -> None:
    data = view("unigram_lattice.training", passage="nothing", size="1e99")[-1].data
    assert (data.settings.passage, data.settings.size) == ("all", 4000)
    data = view("unigram_lattice.training", passage="Python", size=-5)[-1].data
    assert data.settings.size == data.settings.least
    assert data.done


@pytest.mark.breaks("unigram_lattice.lattice", r"^Viterbi’s cut equals that of")
def test_the_cut_of_most_tokens_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Unigram.encode

    def longest(self: Unigram, data: bytes, cuts: np.ndarray) -> Pieces:
        return own(replace(self, log_probabilities=-self.log_probabilities), data, cuts)

    monkeypatch.setattr(Unigram, "encode", longest)
    assert not check("unigram_lattice.lattice", "Viterbi", typed=LONG).holds


@pytest.mark.breaks("unigram_lattice.lattice", r"^The \d+ likeliest cuts have the log p")
def test_a_cut_that_is_passed_over_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Lattice.best_first

    def without_the_second(self: Lattice) -> Iterator[Cut]:
        for i, cut in enumerate(own(self)):
            if i != 1:
                yield cut

    monkeypatch.setattr(Lattice, "best_first", without_the_second)
    assert not check("unigram_lattice.lattice", "likeliest", typed="whale").holds


@pytest.mark.breaks("unigram_lattice.lattice", r"^The forward sum equals")
@pytest.mark.breaks("unigram_lattice.lattice", r"^A linear system solved by numpy")
def test_a_sum_that_keeps_the_best_alone_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lattice, "sums", lambda self, alpha=1.0: self.best * alpha)
    assert not check("unigram_lattice.lattice", "equals the sum over all").holds
    assert not check("unigram_lattice.lattice", "linear system", typed="the whale and the wilderness of the sea").holds


@pytest.mark.breaks("unigram_lattice.lattice", r"^A linear system solved by numpy")
def test_a_share_of_the_best_end_alone_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lattice, "backward", property(lambda self: self.best[-1] - self.best))
    assert not check("unigram_lattice.lattice", "linear system").holds


@pytest.mark.breaks("unigram_lattice.draws", r"^Shares drawn here")
@pytest.mark.breaks("unigram_lattice.draws", r"^Shares drawn by sentencepiece")
def test_another_power_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    here, library = Lattice.sample, sentencepiece_peer.Peer.draws
    monkeypatch.setattr(Lattice, "sample", lambda self, n, alpha, dice: here(self, n, 2 * alpha, dice))
    assert not check("unigram_lattice.draws", "drawn here").holds
    monkeypatch.setattr(
        sentencepiece_peer.Peer, "draws", lambda self, text, n, alpha, seed: library(self, text, n, 2 * alpha, seed)
    )
    assert not check("unigram_lattice.draws", "drawn by").holds


@pytest.mark.breaks("unigram_lattice.training", r"^The log-likelihood is at most 1 % below")
def test_a_pruning_of_the_best_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = unigram_pruning._losses

    def turned(*given: Any) -> Any:
        kind, losses = own(*given)
        return kind, -losses

    monkeypatch.setattr(unigram_pruning, "_losses", turned)
    assert not check("unigram_lattice.training", "log-likelihood").holds
