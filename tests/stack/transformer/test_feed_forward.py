"""The feed-forward layers equal transformers'."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.transformer.feed_forward import ACTIVATIONS, Activation, FeedForward


def rows(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def filled(mlp: Any) -> Any:
    for i, parameter in enumerate(mlp.parameters()):
        parameter.data = rows(i, *parameter.shape) * 0.3
    return mlp


@pytest.mark.parametrize("bias", [False, True])
def test_swiglu_is_llamas(bias: bool) -> None:
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaMLP

    theirs = filled(LlamaMLP(LlamaConfig(hidden_size=24, num_attention_heads=2, intermediate_size=40, mlp_bias=bias)))
    ours = FeedForward(24, 40, bias=bias)
    for mine, name in ((ours.W_gate, "gate_proj"), (ours.W_in, "up_proj"), (ours.W_out, "down_proj")):
        mine.load_state_dict(getattr(theirs, name).state_dict())
    x = rows(9, 2, 5, 24)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-6, rtol=1e-6)


def test_geglu_is_gemmas() -> None:
    from transformers import Gemma3TextConfig
    from transformers.models.gemma3.modeling_gemma3 import Gemma3MLP

    theirs = filled(Gemma3MLP(Gemma3TextConfig(hidden_size=24, intermediate_size=40)))
    ours = FeedForward(24, 40, "gelu_tanh")
    for mine, name in ((ours.W_gate, "gate_proj"), (ours.W_in, "up_proj"), (ours.W_out, "down_proj")):
        mine.load_state_dict(getattr(theirs, name).state_dict())
    x = rows(9, 2, 5, 24)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-6, rtol=1e-6)


def test_the_plain_mlp_is_gpt2s() -> None:
    from transformers import GPT2Config
    from transformers.models.gpt2.modeling_gpt2 import GPT2MLP

    theirs = filled(GPT2MLP(96, GPT2Config(n_embd=24))).eval()
    ours = FeedForward(24, 96, "gelu_tanh", gated=False, bias=True)
    for mine, name in ((ours.W_in, "c_fc"), (ours.W_out, "c_proj")):
        conv = getattr(theirs, name)  # transformers' Conv1D keeps its weight transposed
        mine.load_state_dict({"weight": conv.weight.T, "bias": conv.bias})
    x = rows(9, 2, 5, 24)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-6, rtol=1e-6)
    assert not hasattr(ours, "W_gate")


def test_by_hand() -> None:
    """ReLU, one neuron: x = 2 gives 3 x 2 - 1 = 5, x = 0 gives -1, which is cut; it writes twice that plus 1."""
    mlp = FeedForward(1, 1, "relu", gated=False, bias=True)
    weights = {"W_in.weight": [[3.0]], "W_in.bias": [-1.0], "W_out.weight": [[2.0]], "W_out.bias": [1.0]}
    mlp.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    assert mlp(torch.tensor([[2.0], [0.0]])).flatten().tolist() == [11.0, 1.0]


def test_the_tanh_form_is_close_to_the_exact_gelu() -> None:
    x = torch.linspace(-8, 8, 20_001, dtype=torch.float64)
    assert float((ACTIVATIONS["gelu"](x) - ACTIVATIONS["gelu_tanh"](x)).abs().max()) < 5e-4


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@given(st.integers(0, 1_000))
@settings(max_examples=5)
def test_steps_and_hooks(activation: Activation, gated: bool, seed: int) -> None:
    mlp, x, seen = filled(FeedForward(8, 12, activation, gated, bias=True)), rows(seed, 3, 8), {}
    for name in ("hook_pre", "hook_post", *(["hook_pre_linear"] if gated else [])):
        getattr(mlp, name).add_hook(lambda tensor, hook, name=name: seen.__setitem__(name, tensor))
    steps = mlp.steps(x)
    assert torch.equal(mlp(x), steps.out)
    assert torch.equal(seen["hook_pre"], steps.gate_pre)
    assert torch.equal(seen["hook_post"], steps.hidden)
    assert (steps.up is None) == (not gated)
    # Keys and values: what the layer writes is its rows of W_out, as much each as its neuron is active.
    written = (steps.hidden[..., None] * mlp.W_out.weight.T).sum(-2) + mlp.W_out.bias
    torch.testing.assert_close(written, steps.out, atol=1e-5, rtol=1e-5)
