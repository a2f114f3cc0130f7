"""A router's training: collapse and its cures, the gradient by hand, and that a seed says all."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.architectures.router_training import (
    Method,
    Run,
    Settings,
    Task,
    balance_gradient,
    balance_of,
    counts_of,
    train_router,
)
from explorer.stack.transformer.balancing import load_balancing
from explorer.stack.transformer.router import Routing, softmax_top_k

SHORT = Settings(steps=30, batch=128, d_expert=4)


@pytest.fixture(scope="module")
def task() -> Task:
    """Vectors that share a direction, as a residual stream's do; each expert's job is a different map of them."""
    g = torch.Generator().manual_seed(0)
    x = torch.randn(1536, 16, generator=g) + 1.5 * torch.randn(16, generator=g)
    maps = torch.randn(4, 16, 16, generator=g)
    y = torch.einsum("td,tde->te", x, maps[x[:, :4].argmax(-1)])
    return Task.of(x[:1280], y[:1280], x[1280:], y[1280:])


def trained(task: Task, s: Settings, seed: int = 0) -> Run:
    return train_router(task, s, torch.Generator().manual_seed(seed))


def test_scaled_so_that_the_mean_costs_one(task: Task) -> None:
    assert float(task.x.square().mean()) == pytest.approx(1, abs=1e-5)
    assert float(task.y.square().mean()) == pytest.approx(1, abs=1e-5)
    assert float(task.y.mean(0).abs().max()) < 1e-5


@pytest.mark.parametrize("method", ["none", "loss", "noise", "bias", "choice"])
@pytest.mark.parametrize("k", [1, 2])
def test_every_method_trains_and_repeats(task: Task, method: Method, k: int) -> None:
    s = replace(SHORT, method=method, k=k)
    run, again = trained(task, s), trained(task, s)
    assert torch.equal(run.counts, again.counts)
    assert torch.equal(run.loss, again.loss)
    assert run.held_out == again.held_out
    assert run.counts.sum(-1).tolist() == [128 * k] * 30
    assert torch.allclose(run.P.sum(-1), torch.ones(30))
    assert torch.allclose(run.balance, 8 * (run.f * run.P).sum(-1), atol=1e-4)
    assert float(run.loss[-5:].mean()) < float(run.loss[0])


def test_stopped_early_is_the_beginning(task: Task) -> None:
    whole, part = trained(task, SHORT), train_router(task, SHORT, torch.Generator().manual_seed(0), stop=7)
    assert torch.equal(part.counts, whole.counts[:7])
    assert torch.equal(part.loss, whole.loss[:7])


def test_two_settings_begin_alike(task: Task) -> None:
    plain, heavy = trained(task, replace(SHORT, method="none")), trained(task, replace(SHORT, alpha=1.0))
    assert torch.equal(plain.counts[0], heavy.counts[0])
    assert plain.loss[0] == heavy.loss[0]
    assert not torch.equal(plain.counts[-1], heavy.counts[-1])


def test_no_weight_is_no_counterweight(task: Task) -> None:
    plain = trained(task, replace(SHORT, method="none"))
    zero = trained(task, replace(SHORT, method="loss", alpha=0.0))
    assert torch.equal(plain.counts, zero.counts)
    assert torch.equal(plain.loss, zero.loss)


@pytest.mark.parametrize("method", ["loss", "bias"])
def test_collapse_and_its_cure(task: Task, method: Method) -> None:
    """Two seeds: the loss and the bias leave the busiest expert with less than nothing does."""
    for seed in (0, 1):
        s = Settings(steps=150, batch=256, method=method, alpha=0.1, rate=0.03)
        bare, cured = trained(task, replace(s, method="none"), seed), trained(task, s, seed)
        assert float(cured.share[-20:].mean(0).max()) < float(bare.share[-20:].mean(0).max())
        assert float(cured.balance[-20:].mean()) < 1.35


def test_expert_choice_is_even_and_leaves_tokens_out(task: Task) -> None:
    run = trained(task, replace(SHORT, method="choice"))
    assert run.counts.unique().tolist() == [16]
    assert 0 < float(run.unserved[-1]) < 1
    assert float(run.dropped(1.0).max()) == 0.0
    assert balance_of(run.routing).loss.item() == pytest.approx(1, abs=1e-4)  # even f: n / n sum P


def test_drops_by_hand() -> None:
    """Six pairs for three experts, four of them for one: at factor 1 each takes two, and two are dropped."""
    run = Run.__new__(Run)
    for name, value in {"settings": Settings(n_experts=3, batch=6), "counts": torch.tensor([[4, 1, 1]])}.items():
        object.__setattr__(run, name, value)
    assert run.dropped(1.0).tolist() == [pytest.approx(2 / 6)]
    assert run.dropped(2.0).tolist() == [0.0]
    assert run.f.tolist() == [[pytest.approx(4 / 6), pytest.approx(1 / 6), pytest.approx(1 / 6)]]


@settings(max_examples=25)
@given(n=st.integers(2, 9), k=st.integers(1, 3), seed=st.integers(0, 999))
def test_the_gradient_is_autograds(n: int, k: int, seed: int) -> None:
    logits = torch.randn(17, n, generator=torch.Generator().manual_seed(seed)).double().requires_grad_()
    probs = logits.softmax(-1)
    balance = load_balancing(probs, softmax_top_k(logits, min(k, n)).indices)
    (found,) = torch.autograd.grad(balance.loss, logits)
    formula = balance_gradient(probs.detach(), balance.f)
    assert torch.allclose(found, formula, atol=1e-12)
    assert float(formula.sum(-1).abs().max()) < 1e-12  # a softmax cannot move all of a token's logits one way


def test_top_1_is_weighted_by_its_probability(task: Task) -> None:
    run = trained(task, SHORT)
    assert isinstance(run.routing, Routing)
    probs = F.linear(task.x_held, run.layer.router).softmax(-1)
    assert torch.allclose(run.routing.weights[:, 0], probs.max(-1).values)
    assert counts_of(run.routing).sum() == len(task.x_held)


def test_impossible_settings() -> None:
    with pytest.raises(ValueError, match="5 of 4 experts"):
        Settings(n_experts=4, k=5)
