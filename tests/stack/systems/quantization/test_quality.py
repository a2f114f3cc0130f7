"""The scoreboard against numpy and torch's own divergence, by llama.cpp's formulas, and what must hold of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.quantization.quality import Scores, compare


def softmax(logits: torch.Tensor) -> np.ndarray:
    """In float64."""
    weights = np.exp(logits.double().numpy() - logits.double().numpy().max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def divergence(before: torch.Tensor, after: torch.Tensor) -> np.ndarray:
    """KL at each position, by torch, in float64."""
    p, q = (each.double().log_softmax(-1) for each in (before, after))
    return F.kl_div(q, p, reduction="none", log_target=True).sum(-1).numpy()


def drawn(n: int = 40, d_vocab: int = 30, seed: int = 0, apart: float = 0.3) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    before = 3 * torch.randn(n, d_vocab, generator=generator)
    after = before + apart * torch.randn(n, d_vocab, generator=generator)
    return before, after, torch.randint(d_vocab, (n,), generator=generator)


def test_the_scoreboard_is_llama_cpps() -> None:
    """Its formulas, written down again in numpy: perplexity.cpp sums x and x², and divides the variance by n - 1."""
    before, after, true = drawn()
    made = compare(before, after, true)
    p, q = softmax(before), softmax(after)
    n, at = len(true), (np.arange(len(true)), true.numpy())
    nll, base = -np.log(q[at]), -np.log(p[at])
    mean, mean_of_squares = nll.sum() / n, (nll**2).sum() / n
    ppl = math.exp(mean)
    assert made.perplexity == pytest.approx(ppl, rel=1e-6)
    assert made.perplexity_error == pytest.approx(ppl * math.sqrt((mean_of_squares - mean**2) / (n - 1)), rel=1e-5)
    # The standard error of the difference comes from variances and the covariance, as it does there.
    covariance = np.cov(nll, base, bias=True) / (n - 1)
    paired = math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert float(made.added.std(correction=0)) / math.sqrt(n - 1) == pytest.approx(paired, rel=1e-4)
    kl = divergence(before, after)
    assert np.allclose(made.kl.numpy(), kl, rtol=1e-5, atol=1e-9)
    assert made.kl_at(0.99) == pytest.approx(np.quantile(kl, 0.99), rel=1e-5)
    assert made.rms_dp == pytest.approx(math.sqrt(((q[at] - p[at]) ** 2).mean()), rel=1e-5)
    assert made.same.tolist() == (p.argmax(-1) == q.argmax(-1)).tolist()


def test_by_hand() -> None:
    """p = (1/2, 1/4, 1/4) becomes q = (1/4, 1/4, 1/2): KL is 1/2 ln 2 - 1/4 ln 2."""
    p, q = torch.tensor([[0.5, 0.25, 0.25]]), torch.tensor([[0.25, 0.25, 0.5]])
    made = compare(p.log(), q.log(), torch.tensor([0]))
    assert float(made.kl) == pytest.approx(0.25 * math.log(2), rel=1e-6)
    assert float(made.added) == pytest.approx(math.log(2), rel=1e-6)
    assert float(made.dp) == pytest.approx(-0.25, rel=1e-6)
    assert not made.same.item()


@given(st.integers(0, 1000), st.floats(0.0, 5.0))
def test_what_must_hold(seed: int, apart: float) -> None:
    before, after, true = drawn(6, 9, seed, apart)
    made, shifted = compare(before, after, true), compare(before, after + 7.5, true)
    assert bool((made.kl >= 0).all())
    assert torch.allclose(made.kl, shifted.kl, atol=1e-5)  # logits are free up to a constant
    both = Scores.joined([made, made])
    assert both.n == 12
    assert both.perplexity == pytest.approx(made.perplexity)


def test_small_divergences_are_told_from_nought() -> None:
    """A change of 1e-4 in the logits: KL is half its variance, some 5e-9, which a difference of logs would lose."""
    generator = torch.Generator().manual_seed(0)
    before = 3 * torch.randn(50, 4096, generator=generator)
    after = before + 1e-4 * torch.randn(50, 4096, generator=generator)
    made = compare(before, after, torch.zeros(50, dtype=torch.long))
    assert np.allclose(made.kl.numpy(), divergence(before, after), rtol=0.05)
    assert compare(before, before, torch.zeros(50, dtype=torch.long)).kl.tolist() == [0.0] * 50


def test_log_probabilities_do_as_well_as_logits() -> None:
    before, after, true = drawn()
    known = compare(before.log_softmax(-1), after.log_softmax(-1), true)
    assert torch.allclose(compare(before, after, true).loss, known.loss, atol=1e-5)
