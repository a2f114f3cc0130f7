"""The directions of an update: by numpy, in parts, and its effective rank within bounds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.finetuning import spectrum
from explorer.stack.finetuning.lora import LoRA


def pair(r: int, seed: int = 0) -> LoRA:
    generator = torch.Generator().manual_seed(seed)
    return LoRA(torch.randn(r, 12, generator=generator), torch.randn(9, r, generator=generator), 0.5)


@given(st.integers(1, 6), st.integers(0, 50))
def test_directions_are_those_of_the_product(r: int, seed: int) -> None:
    made = pair(r, seed)
    dense = 0.5 * (made.B @ made.A).detach().double().numpy()
    of = spectrum.directions(made)
    assert np.allclose(of.S, np.linalg.svd(dense)[1][:r], rtol=1e-3, atol=1e-4)
    assert np.allclose(spectrum.delta_of(of, range(r)), dense, atol=1e-4)
    assert spectrum.norm(made) == pytest.approx(np.linalg.norm(dense), rel=1e-5)
    assert 1 - 1e-5 <= spectrum.effective_rank(of.S) <= r + 1e-4


def test_parts_add_up_to_the_whole() -> None:
    made, layer = pair(3), torch.nn.Linear(12, 9)
    whole, _ = made.delta(layer)
    parts = [spectrum.part(made, [at]).delta(layer)[0] for at in range(3)]
    assert whole is not None
    assert torch.allclose(sum(each for each in parts if each is not None), whole, atol=1e-5)  # pyright: ignore
    assert spectrum.effective_rank(torch.zeros(3)) == 0
    none, _ = spectrum.part(made, []).delta(layer)
    assert none is not None
    assert not none.any()
