"""Thinking longer: what the four panels show, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np
import pytest

from explorer.experiments.frontier import chain_opened, compute_accuracy, search_tree, self_check, thinking, vote_choose
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.thinking import self_check as own
from explorer.stack.frontier.thinking.self_check import auc

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to see a check hold or fail."""
    monkeypatch.setattr(chain_opened, "FLOOR", 1e-4)
    monkeypatch.setattr(vote_choose, "COUNTS", (1, 2, 8))
    monkeypatch.setattr(vote_choose, "CHOICES", 20)
    monkeypatch.setattr(self_check, "COUNTS", (1, 4))
    monkeypatch.setattr(self_check, "CHOICES", 20)
    monkeypatch.setattr(self_check, "OTHERS", 2)


def test_a_chain_step_by_step(view: View) -> None:
    made = view("chain_opened.chain")[-1]
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert len(data.places) == 5
    total = sum(each.worth for each in data.places)
    assert total == pytest.approx(data.places[-1].value - data.places[0].value, abs=1e-9)
    # The answer reads the last step, whatever it is; the chain of another prompt answers that prompt.
    assert data.changes[-1].kept_follows > 0.5
    assert data.swapped_answer > data.swapped_right


def test_accuracy_and_length_through_training(view: View) -> None:
    made = view("chain_opened.trained")[-1]
    assert all(each.holds for each in made.checks), made.checks
    base, at_once, _, rewarded = made.data.trainings
    assert base.step == list(range(0, 281, 10))
    assert (base.seeds, at_once.seeds, rewarded.seeds) == (3, 3, 3)
    assert made.data.steps_help.mean == pytest.approx(float((base.chain[:, -1] - at_once.direct[:, -1]).mean()))
    # GRPO begins with the first seed's base.
    assert float(rewarded.chain[0, 0]) == pytest.approx(float(base.chain[0, -1]))


@pytest.mark.breaks("chain_opened.trained", r"^The kept weights")
def test_weights_of_another_training(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = thinking.decoder
    monkeypatch.setattr(thinking, "decoder", lambda _: real("small"))
    assert not check("chain_opened.trained", "The kept weights").holds


def test_samples_and_votes(view: View) -> None:
    made = view("vote_choose.votes")[-1]
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.counts[-1].passed >= data.counts[0].passed
    assert sum(data.p) + data.rest == pytest.approx(1, abs=1e-6)


def test_a_verifier_taken_far(view: View) -> None:
    made = view("vote_choose.optimised", prompts=2)[-1]
    assert all(each.holds for each in made.checks), made.checks
    for judge in made.data.judges:
        assert all(after >= before - 1e-9 for before, after in zip(judge.score, judge.score[1:], strict=False))


def test_a_model_judges_its_own_texts(view: View) -> None:
    made = view("vote_choose.self_checked", prompts=3)[-1]
    assert all(each.holds for each in made.checks), made.checks
    methods = {each.name: each for each in made.data.methods}
    assert methods["sure"].own
    assert not methods["outcome"].own
    assert methods["vote"].area is None
    for each in methods.values():  # the best of one is any text
        assert each.counts[0].right.mean == pytest.approx(methods["vote"].counts[0].right.mean, abs=1e-9)
    # On these prompts the model's own probability says more than its answer at once.
    assert methods["sure"].counts[1].right.mean > methods["vote"].counts[1].right.mean
    assert methods["again"].area.mean < methods["sure"].area.mean


def test_a_score_of_the_right_answer_itself_knows_all() -> None:
    p, right = np.array([0.5, 0.3, 0.2]), np.array([True, False, True])
    assert auc(p, right, right.astype(float)) == 1
    assert auc(p, right, -right.astype(float)) == 0
    assert auc(p, right, np.zeros(3)) == 0.5
    assert np.isnan(auc(p, np.ones(3, dtype=bool), p))


@pytest.mark.parametrize("by", ["logprob", "process"])
def test_a_tree_shares_its_beginnings(view: View, by: str) -> None:
    made = view("search_tree.tree", by=by)[-1]
    assert all(each.holds for each in made.checks), made.checks
    assert made.data.tokens_shared < made.data.tokens_apart
    assert made.data.flops_shared < made.data.flops_apart


def test_compute_and_accuracy(view: View) -> None:
    made = view("compute_accuracy.live", prompts=2)[-1]
    assert all(each.holds for each in made.checks), made.checks
    assert view("compute_accuracy.recorded")[-1].data.prompts == compute_accuracy.RECORDED


@pytest.mark.breaks("chain_opened.chain", r"^The value before the first step")
def test_a_first_step_with_other_chances(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = chain_opened.chances
    monkeypatch.setattr(chain_opened, "chances", lambda *given: 0.8 * real(*given))
    assert not check("chain_opened.chain", "The value before the first").holds


@pytest.mark.breaks("chain_opened.chain", r"^Exact values = shares")
def test_ends_that_are_drawn_of_another_prompt(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinking, "drawn", lambda *_, **__: [">1=x"] * chain_opened.DRAWN)
    monkeypatch.setattr(thinking, "likeliest", lambda *_: ">8>4>0>0=0")
    assert not check("chain_opened.chain", "Exact values").holds


@pytest.mark.breaks("vote_choose.votes", r"^The vote of 3")
def test_a_vote_whose_ties_are_all_won(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vote_choose, "voted", lambda answers, right: float(right in answers))
    assert not check("vote_choose.votes", "The vote of 3").holds


@pytest.mark.breaks("vote_choose.votes", r"^KL of best of n")
@pytest.mark.breaks("vote_choose.optimised", r"^KL of best of n")
def test_a_best_that_is_the_unlikeliest(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vote_choose, "best_of", lambda p, scores, n: np.eye(len(p))[p.argmin()])  # the unlikeliest
    for of in ("votes", "optimised"):
        assert not check(f"vote_choose.{of}", "KL of best of n", prompts=2).holds


@pytest.mark.breaks("vote_choose.votes", r"^pass@1 of all texts")
def test_texts_that_are_drawn_wrong(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinking, "drawn", lambda *_, **__: [">1=x"] * vote_choose.DRAWN)
    assert not check("vote_choose.votes", "pass@1").holds


@pytest.mark.breaks("vote_choose.optimised", r"^The best of one")
def test_a_verifier_that_loses_texts(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = vote_choose.best_of
    calls = count(1)
    monkeypatch.setattr(vote_choose, "best_of", lambda p, scores, n: real(p, scores, n) / next(calls))
    assert not check("vote_choose.optimised", "The best of one", prompts=2).holds


@pytest.mark.breaks("vote_choose.self_checked", r"^Log-probabilities of all texts")
def test_a_pass_that_forgets_the_last_sign(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = own.sign_logps
    monkeypatch.setattr(own, "sign_logps", lambda d, s, prompts, texts: real(d, s, prompts, [t[:-1] for t in texts])
                        if len(texts[0]) > 2 else real(d, s, prompts, texts))  # fmt: skip
    assert not check("vote_choose.self_checked", "Log-probabilities", prompts=2).holds


@pytest.mark.breaks("vote_choose.self_checked", r"^AUC by ranks")
def test_an_area_that_knows_no_probabilities(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "auc", lambda p, right, scores: auc(np.ones_like(p), right, scores))
    assert not check("vote_choose.self_checked", "AUC by ranks", prompts=2).holds


@pytest.mark.breaks("vote_choose.self_checked", r"^Right among all texts")
def test_own_texts_that_are_drawn_wrong(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinking, "drawn", lambda *_, **__: [">1=x"] * self_check.DRAWN)
    assert not check("vote_choose.self_checked", "Right among all texts", prompts=2).holds


@pytest.mark.breaks("search_tree.tree", r"^Totals of all dots")
def test_a_total_without_its_last_sign(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = search_tree.logprob_of
    monkeypatch.setattr(search_tree, "logprob_of", lambda d, s, p, text: real(d, s, p, text[:-1]))
    assert not check("search_tree.tree", "Totals of all dots").holds


@pytest.mark.breaks("search_tree.tree", r"^Bytes of the cache")
def test_a_cache_that_counts_keys_alone(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.stack.frontier.thinking import search

    monkeypatch.setattr(search, "_bytes_of_a_token", lambda cache: cache.k[0][0, :, :1].nbytes)
    assert not check("search_tree.tree", "Bytes of the cache").holds


@pytest.mark.breaks("compute_accuracy.recorded", r"^Prompts measured again")
def test_a_record_of_another_vote(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute_accuracy, "majority", lambda p, right, k: 1 - float(p[right]))
    assert not check("compute_accuracy.recorded", "Prompts measured again").holds


@pytest.mark.breaks("compute_accuracy.live", r"^Exact shares of steps")
def test_shares_of_wrong_texts(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinking, "drawn", lambda *_, **__: ["=x"] * compute_accuracy.DRAWN)
    assert not check("compute_accuracy.live", "Exact shares", prompts=2).holds


@pytest.mark.breaks("compute_accuracy.live", r"^Work of a chain")
def test_work_of_the_last_step_forgotten(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute_accuracy, "_mean_work", lambda *_: 0.0)
    assert not check("compute_accuracy.live", "Work of a chain", prompts=2).holds


def test_what_is_no_prompt_is_said(view: View) -> None:
    data = view("search_tree.tree", prompt="12+3")[-1].data
    assert "is not a digit" in data.refused
    assert data.prompt == thinking.FIRST.prompt
    assert np.isfinite(data.nodes[0].total)
