"""The exact optimum: by hand in its doctest, against a numeric optimizer, and no policy above it."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.finetuning.optimum import above, expected, frontier, kl, optimum

N = 6
numbers = st.lists(st.floats(-6, 6), min_size=N, max_size=N).map(lambda each: torch.tensor(each, dtype=torch.float64))
betas = st.floats(0.02, 50)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, numbers, betas)
def test_no_policy_is_above(reference: Tensor, reward: Tensor, other: Tensor, beta: float) -> None:
    reference, policy = reference.log_softmax(-1), other.log_softmax(-1)
    best = optimum(reference, reward, beta)
    short = -above(best, float(expected(policy, reward)), float(kl(policy, reference)))
    # What a policy falls short by is beta KL(policy || best): never below 0.
    assert short == pytest.approx(beta * float(kl(policy, best.logp)), abs=1e-8, rel=1e-8)
    assert short > -1e-9
    assert best.value == pytest.approx(beta * best.log_z, abs=1e-8, rel=1e-8)


@settings(max_examples=30, deadline=None)
@given(numbers, numbers)
def test_a_dear_nat_leaves_the_reference(reference: Tensor, reward: Tensor) -> None:
    reference = reference.log_softmax(-1)
    best = optimum(reference, reward, 1e9)
    torch.testing.assert_close(best.logp, reference, atol=1e-7, rtol=0)
    assert best.kl < 1e-12


@settings(max_examples=30, deadline=None)
@given(numbers, numbers)
def test_reward_and_kl_rise_as_beta_falls(reference: Tensor, reward: Tensor) -> None:
    found = frontier(reference.log_softmax(-1), reward, [5.0, 1.0, 0.2, 0.05])
    for one, other in pairwise(found):
        assert other.reward >= one.reward - 1e-9
        assert other.kl >= one.kl - 1e-9


def test_right_answers_keep_their_odds() -> None:
    reference = torch.tensor([0.3, 0.1, 0.6], dtype=torch.float64).log()
    best = optimum(reference, torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64), 0.05)
    p = best.logp.exp()
    assert float(p[0] / p[1]) == pytest.approx(3)
    assert float(p[2]) < 1e-8


def test_against_a_numeric_optimizer() -> None:
    generator = torch.Generator().manual_seed(0)
    reference = torch.randn(N, generator=generator, dtype=torch.float64).log_softmax(-1)
    reward = torch.randn(N, generator=generator, dtype=torch.float64)
    logits = torch.zeros(N, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS(
        [logits], max_iter=200, tolerance_grad=1e-13, tolerance_change=0.0, line_search_fn="strong_wolfe"
    )

    def lost() -> Tensor:
        solver.zero_grad()
        logp = logits.log_softmax(-1)
        loss = 0.3 * (logp.exp() * (logp - reference)).sum() - (logp.exp() * reward).sum()
        loss.backward()
        return loss

    solver.step(lost)  # pyright: ignore[reportArgumentType]
    best = optimum(reference, reward, 0.3)
    torch.testing.assert_close(logits.detach().log_softmax(-1), best.logp, atol=1e-5, rtol=0)
    assert -float(lost().detach()) == pytest.approx(best.value, abs=1e-9)


def test_rows_are_each_their_own() -> None:
    reference = torch.randn(3, N, generator=torch.Generator().manual_seed(1), dtype=torch.float64).log_softmax(-1)
    reward = torch.eye(3, N, dtype=torch.float64)
    whole, apart = (
        optimum(reference, reward, 0.5),
        [optimum(one, r, 0.5) for one, r in zip(reference, reward, strict=True)],
    )
    torch.testing.assert_close(whole.logp, torch.stack([each.logp for each in apart]))
    assert whole.value == pytest.approx(sum(each.value for each in apart) / 3)


@pytest.mark.parametrize("beta", [0.0, -1.0, float("inf"), float("nan")])
def test_a_beta_that_makes_no_sense(beta: float) -> None:
    with pytest.raises(ValueError, match="beta"):
        optimum(torch.zeros(2), torch.zeros(2), beta)
