"""What a chat model does under orders and pressure: by hand, against other libraries, and properties."""

from __future__ import annotations

import math
from difflib import SequenceMatcher

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.safety import contrast
from explorer.stack.safety.constitution import RULES, changed, differences, kappa, preferred
from explorer.stack.safety.critique_gap import gap, names_it
from explorer.stack.safety.leak import longest_run
from explorer.stack.safety.obeyed import says, verdict
from explorer.stack.safety.pressure import moved
from explorer.stack.safety.system_prompt import placebo, shift, shuffled

TOKENS = st.lists(st.integers(0, 3), max_size=12)
LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=30)


@given(TOKENS, TOKENS)
def test_the_longest_run_is_difflibs(answer: list[int], prompt: list[int]) -> None:
    found = longest_run(answer, prompt)
    assert found.length == SequenceMatcher(None, answer, prompt, autojunk=False).find_longest_match().size
    piece = answer[found.in_answer : found.in_answer + found.length]
    assert piece == prompt[found.in_prompt : found.in_prompt + found.length]


@given(LABELS)
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    one, other = zip(*pairs, strict=True)
    if len({*one, *other}) < 2:
        assert math.isnan(kappa(one, other).mean)
        return
    assert kappa(one, other).mean == pytest.approx(metrics.cohen_kappa_score(one, other), abs=1e-12)


def test_the_interval_of_kappa_holds_what_draws_anew_give() -> None:
    """Fleiss, Cohen and Everitt's error against draws of pairs anew."""
    pairs = [("a", "a")] * 40 + [("a", "b")] * 10 + [("b", "a")] * 5 + [("b", "b")] * 45
    generator = torch.Generator().manual_seed(0)
    found = kappa(*zip(*pairs, strict=True))
    draws = torch.randint(len(pairs), (400, len(pairs)), generator=generator).tolist()
    again = torch.tensor([kappa(*zip(*(pairs[at] for at in row), strict=True)).mean for row in draws])
    assert float(again.std()) == pytest.approx((found.high - found.low) / 3.92, rel=0.15)


def test_kl_is_that_of_torch_and_never_negative() -> None:
    one, other = torch.randn(2, 5, 40, generator=torch.Generator().manual_seed(1)).unbind()
    made = shift(one, other, torch.tensor([0, 1, 2, 3, 4]))
    p, q = (each.double().log_softmax(-1) for each in (one, other))
    torch.testing.assert_close(made.kl, torch.nn.functional.kl_div(q, p, log_target=True, reduction="none").sum(-1))
    assert bool((made.kl >= 0).all())
    same = shift(one, one, torch.tensor([0, 1, 2, 3, 4]))
    assert same.total == 0


def test_placebos_have_the_length_that_is_asked() -> None:
    assert placebo([], 3) == ()
    assert len(placebo([5], 3)) == 3
    own = tuple(range(20))
    mixed = shuffled(own, torch.Generator().manual_seed(0))
    assert mixed != own
    assert sorted(mixed) == list(own)


def test_a_word_is_a_word() -> None:
    assert not says("bananas", "banana")
    assert not says("anything", "")
    assert says("I say: HELLO, moon.", "hello moon")
    assert [verdict(each, "a", "b") for each in ("a b", "a", "b", "c")] == ["both", "one", "other", "neither"]


def test_margins_under_pressure_are_paired() -> None:
    plain, pressed = torch.tensor([1.0, -1.0, 2.0]), torch.tensor([-1.0, 1.0, 2.0])
    made = moved(plain, pressed)
    assert (made.left, made.right_before, made.right_after, made.by.mean) == (1, 2, 2, 0)


@given(st.integers(0, 1000))
def test_placebo_directions_have_the_length_and_say_nothing(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    plain = torch.randn(6, 8, generator=generator)
    pressed = plain + torch.tensor([3.0] + [0.0] * 7) + 0.1 * torch.randn(6, 8, generator=generator)
    true = contrast.difference(plain, pressed)
    mixed = contrast.shuffled_labels(plain, pressed, generator)
    drawn = contrast.random_direction(true, generator)
    for each in (mixed, drawn):
        assert float(each.norm()) == pytest.approx(float(true.norm()), rel=1e-5)
    assert abs(float(mixed @ true)) < 1e-3
    gone = contrast.ablated(pressed, true)
    assert float((gone @ true).abs().max()) < 1e-4
    torch.testing.assert_close(contrast.ablated(gone, true), gone)


def test_no_difference_has_no_direction() -> None:
    x = torch.ones(4, 3)
    zero = contrast.difference(x, x)
    torch.testing.assert_close(contrast.ablated(x, zero), x)
    assert float(contrast.shuffled_labels(x, x, torch.Generator().manual_seed(0)).norm()) == 0


def test_differences_spell_both_texts() -> None:
    before, after = "Turn the music down now or else", "Please turn the music down a little"
    pieces = differences(before, after)
    assert " ".join(each.text for each in pieces if each.kind != "new") == before
    assert " ".join(each.text for each in pieces if each.kind != "gone") == after
    assert 0 < changed(before, after) < 1


def test_rules_prefer_what_they_say() -> None:
    assert preferred(RULES["short"], "One two three.", "One two.") == "revision"
    assert preferred(RULES["polite"], "Please stop, thank you.", "Stop, idiot.") == "draft"
    assert preferred(RULES["calm"], "No!", "No.") == "revision"
    assert preferred(RULES["short"], "One two.", "Two one.") == "tie"


def test_a_critic_that_accuses_everything_finds_everything_and_has_no_gap_to_its_twin() -> None:
    every = "This is wrong."
    assert names_it(every, "cat", "cow")
    assert names_it(every, "cow", "cat")
    assert gap([True] * 4, [True] * 4).mean == 0
