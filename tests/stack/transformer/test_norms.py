"""The norms equal torch's and transformers', and keep what they are meant to keep."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.transformer.norms import LayerNorm, RMSNorm


def rows(seed: int, *shape: int, spread: float = 3.0, mean: float = 1.5) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * spread + mean


def test_layer_norm_is_torchs() -> None:
    ours, theirs = LayerNorm(64, 1e-5), torch.nn.LayerNorm(64, eps=1e-5)
    weight, bias, x = rows(1, 64), rows(2, 64), rows(3, 2, 5, 64)
    for norm in (ours, theirs):
        norm.load_state_dict({"weight": weight, "bias": bias})
    torch.testing.assert_close(ours(x), theirs(x), atol=2e-6, rtol=1e-6)
    assert set(LayerNorm(64, bias=False).state_dict()) == {"weight"}


def test_rms_norm_is_torchs_llamas_and_gemmas() -> None:
    from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm
    from transformers.models.llama.modeling_llama import LlamaRMSNorm

    weight, x = rows(4, 48), rows(5, 3, 48)
    llama, gemma = RMSNorm(48, 1e-6), RMSNorm(48, 1e-6, offset=1.0)
    theirs_llama, theirs_gemma = LlamaRMSNorm(48, 1e-6), Gemma3RMSNorm(48, 1e-6)
    for norm in (llama, gemma, theirs_llama, theirs_gemma):
        norm.load_state_dict({"weight": weight})
    torch.testing.assert_close(llama(x), theirs_llama(x), atol=2e-6, rtol=1e-6)
    torch.testing.assert_close(gemma(x), theirs_gemma(x), atol=2e-6, rtol=1e-6)
    torch.testing.assert_close(llama(x), torch.nn.functional.rms_norm(x, (48,), weight, 1e-6), atol=2e-6, rtol=1e-6)
    # In half precision both are rounded once, at the end, as Gemma's is.
    half = x.bfloat16()
    assert gemma(half).dtype == torch.bfloat16
    torch.testing.assert_close(gemma.bfloat16()(half), theirs_gemma.bfloat16()(half), atol=0, rtol=0)


@pytest.mark.parametrize("make", [RMSNorm, LayerNorm])
@given(st.integers(0, 10_000), st.floats(0.01, 100))
@settings(max_examples=25)
def test_size_alone_changes_nothing(make: type[RMSNorm] | type[LayerNorm], seed: int, times: float) -> None:
    """A norm forgets its row's length; without weights each row comes out with length sqrt(d)."""
    norm, x = make(32, eps=0.0), rows(seed, 4, 32)
    torch.testing.assert_close(norm(x * times), norm(x), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(norm(x).norm(dim=-1), torch.full((4,), 32**0.5), atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(norm.scale(x * times), norm.scale(x) * times, atol=1e-5, rtol=1e-4)


@given(st.integers(0, 10_000), st.floats(-50, 50))
@settings(max_examples=25)
def test_only_layer_norm_forgets_the_mean(seed: int, shift: float) -> None:
    x = rows(seed, 4, 32)
    torch.testing.assert_close(LayerNorm(32)(x + shift), LayerNorm(32)(x), atol=1e-4, rtol=1e-4)
    centred = x - x.mean(-1, keepdim=True)
    torch.testing.assert_close(RMSNorm(32)(centred), LayerNorm(32)(x), atol=1e-5, rtol=1e-5)


def test_qk_norm_bounds_the_scores() -> None:
    norm = RMSNorm(16, eps=0.0)
    q, k = norm(rows(6, 50, 16, spread=40)), norm(rows(7, 50, 16, spread=0.01))
    assert float((q @ k.T / 4).detach().abs().max()) <= 4 * (1 + 1e-6)


def test_hooks_show_the_scale_and_can_change_it() -> None:
    norm, x, seen = RMSNorm(8), rows(8, 2, 3, 8), {}
    norm.hook_scale.add_hook(lambda tensor, hook: seen.__setitem__("scale", tensor))
    norm.hook_normalized.add_hook(lambda tensor, hook: seen.__setitem__("normalized", tensor))
    norm(x)
    assert seen["scale"].shape == (2, 3, 1)
    torch.testing.assert_close(seen["scale"][..., 0], norm.scale(x))
    torch.testing.assert_close(seen["normalized"] * seen["scale"], x)
    norm.hook_scale.add_hook(lambda tensor, hook: torch.ones_like(tensor))
    torch.testing.assert_close(norm(x), x * norm.weight)
