"""Neurons as keys and values: sums, counts and the reading in the vocabulary."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.transformer.key_value_memory import carriers, read, recall, written
from explorer.stack.transformer.norms import LayerNorm, RMSNorm


def rows(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("gated", [True, False])
def test_the_values_add_up_to_what_the_layer_writes(gated: bool) -> None:
    mlp, x = FeedForward(16, 40, gated=gated).requires_grad_(False), rows(1, 16)
    steps, W_out = mlp.steps(x), mlp.W_out.weight.T
    memory = recall(steps.hidden, W_out, k=40)
    torch.testing.assert_close(memory.writes(W_out).sum(0), steps.out, atol=1e-6, rtol=1e-6)
    assert float(memory.share.sum()) == pytest.approx(1, abs=1e-5)
    torch.testing.assert_close(memory.writes(W_out).norm(dim=-1), memory.lengths, atol=1e-6, rtol=1e-5)
    assert bool((memory.lengths.diff() <= 0).all())
    assert torch.equal(recall(steps.hidden, W_out, 3).neurons, memory.neurons[:3])


@pytest.mark.parametrize("kind", ["rms", "layer"])
def test_reading_is_the_last_norm_and_the_unembedding_with_its_divisor_frozen(kind: str) -> None:
    """Exact, not approximate: the stream's logits are the sum of its parts', read with the stream's own divisor."""
    norm = (RMSNorm if kind == "rms" else LayerNorm)(16).requires_grad_(False)
    norm.weight.copy_(rows(2, 16))
    W_U, parts = rows(3, 50, 16), rows(4, 5, 16)
    stream = parts.sum(0)
    said = read(parts, W_U, norm.weight, centred=kind == "layer", scale=float(norm.scale(stream)), k=50)
    back = torch.zeros(5, 50).scatter_(1, said.raised_ids, said.raised)
    torch.testing.assert_close(back.sum(0), norm(stream) @ W_U.T, atol=1e-4, rtol=1e-4)
    assert torch.equal(said.lowered_ids[:, 0], said.raised_ids[:, -1])


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0.05, 0.95))
def test_carriers_are_the_fewest(lengths: list[float], share: float) -> None:
    x = torch.tensor(lengths)
    n = int(carriers(x, share))
    longest = x.double().sort(descending=True).values
    assert float(longest[:n].sum()) >= share * float(longest.sum()) * (1 - 1e-6)
    assert n == 1 or float(longest[: n - 1].sum()) < share * float(longest.sum()) * (1 + 1e-6)


def test_a_long_value_needs_little_activity() -> None:
    assert written(torch.tensor([1.0, -3.0]), torch.tensor([[3.0, 4.0], [0.0, 1.0]])).tolist() == [5.0, 3.0]
