"""The balancing losses against transformers' function, at the two ends of the scale, and their gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from explorer.stack.transformer.balancing import load_balancing, z_loss
from explorer.stack.transformer.router import softmax_top_k


def logits_of(seed: int, tokens: int, n: int) -> Tensor:
    return 2 * torch.randn(tokens, n, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("n", "k"), [(8, 2), (8, 1), (5, 3), (4, 4)])
def test_one_layer_is_transformers_function(n: int, k: int) -> None:
    logits = logits_of(n, 50, n)
    routing = softmax_top_k(logits, k)
    ours = load_balancing(routing.scores, routing.indices)
    assert_close(ours.loss, load_balancing_loss_func((logits,), n, k), atol=1e-5, rtol=0)
    assert_close(ours.f.sum(), torch.tensor(float(k)))
    assert_close(ours.P.sum(), torch.tensor(1.0))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_uniform_routing_scores_k(k: int) -> None:
    """Each expert is wanted equally often, with equal probability: 8 * sum of k/8 * 1/8 over 8 experts."""
    indices = torch.stack([(torch.arange(16) + slot) % 8 for slot in range(k)], 1)
    assert float(load_balancing(torch.full((16, 8), 1 / 8), indices).loss) == pytest.approx(k)


def test_a_collapsed_router_scores_n() -> None:
    probs = torch.tensor([[0.5, 0.5, 0, 0, 0, 0, 0, 0]] * 9)
    assert float(load_balancing(probs, torch.tensor([[0, 1]] * 9)).loss) == pytest.approx(8.0)


def test_by_hand() -> None:
    """f = (3/4, 1/4), P = (.6, .4): 2 * (.45 + .1)."""
    probs = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    balance = load_balancing(probs, torch.tensor([[0], [0], [0], [1]]))
    assert balance.f.tolist() == [0.75, 0.25]
    assert_close(balance.P, torch.tensor([0.6, 0.4]))
    assert float(balance.loss) == pytest.approx(1.1)


def test_pooled_layers_hide_a_collapse_that_single_layers_show() -> None:
    """Layer 0 sends all to experts 0 and 1, layer 1 all to 2 and 3. Pooled, that reads as perfectly balanced."""
    low = torch.tensor([[0.0, 0.0, -40.0, -40.0]] * 6)
    layers: Any = (low, low.flip(-1))
    assert float(load_balancing_loss_func(layers, 4, 2)) == pytest.approx(2.0)
    for logits in layers:
        routing = softmax_top_k(logits, 2)
        assert float(load_balancing(routing.scores, routing.indices).loss) == pytest.approx(4.0)


@given(st.integers(0, 999), st.integers(1, 30), st.integers(2, 9))
def test_loss_of_top_1_is_at_most_n_and_weighs_the_choice(seed: int, tokens: int, n: int) -> None:
    routing = softmax_top_k(logits_of(seed, tokens, n), 1)
    balance = load_balancing(routing.scores, routing.indices)
    assert 0 < float(balance.loss) <= n + 1e-5
    assert torch.equal((balance.f * tokens).round().long(), torch.bincount(routing.indices[:, 0], minlength=n))


def test_the_gradient_pushes_a_busy_expert_down() -> None:
    """By hand: d loss / d probs[t, e] = n f_e / T, so that the busiest column is pushed hardest, the empty not."""
    logits = logits_of(1, 20, 4)
    logits[:, 0] += 3
    logits[:, 3] -= 30
    probs = logits.softmax(-1).requires_grad_()
    indices = probs.topk(2).indices
    (gradient,) = torch.autograd.grad(load_balancing(probs, indices).loss, probs)
    f = torch.bincount(indices.flatten(), minlength=4) / 20
    assert_close(gradient, (4 * f / 20).expand(20, 4))
    assert gradient[:, 3].abs().max() == 0

    leaf = logits.clone().requires_grad_()
    (to_logits,) = torch.autograd.grad(load_balancing(leaf.softmax(-1), indices).loss, leaf)
    assert float(to_logits[:, 0].sum()) > 0  # a step against the gradient lowers the busy expert's logit


def test_a_few_steps_cure_a_collapsed_router() -> None:
    """Gradient descent on the loss alone: f evens out, though no gradient flows through the counts."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400, 16, generator=generator)
    x[:, 0] = 1.0
    router = torch.randn(8, 16, generator=generator) * 0.3
    router[0, 0], router[1, 0] = 4.0, 3.0
    router.requires_grad_()
    optimiser = torch.optim.Adam([router], lr=0.02)
    busiest = []
    for _ in range(300):
        routing = softmax_top_k(x @ router.T, 2)
        balance = load_balancing(routing.scores, routing.indices)
        busiest.append(float(balance.f.max()))
        optimiser.zero_grad()
        balance.loss.backward()
        optimiser.step()
    assert busiest[0] > 0.95  # nearly all tokens
    assert busiest[-1] < 0.40  # even is 0.25


def test_z_loss_by_hand() -> None:
    """log(e^0 + e^ln3) = ln 4 and log(1 + 1) = ln 2: their squares are 1.9218 and 0.4805."""
    logits = torch.tensor([[0.0, 3.0], [0.0, 1.0]])
    logits[:, 1] = logits[:, 1].log()
    assert float(z_loss(logits)) == pytest.approx((1.921812 + 0.480453) / 2, abs=1e-5)


@given(st.integers(0, 999), st.floats(-5, 5))
def test_z_loss_sees_the_level_that_softmax_does_not(seed: int, shift: float) -> None:
    """Shifting all logits changes no probability but moves the log-partition by as much."""
    logits = logits_of(seed, 7, 4)
    lse = logits.exp().sum(-1).log()
    assert_close(z_loss(logits + shift), ((lse + shift) ** 2).mean(), atol=1e-4, rtol=1e-4)
    assert_close((logits + shift).softmax(-1), logits.softmax(-1), atol=1e-5, rtol=1e-4)
