"""LoRA by hand and by its properties."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.finetuning.lora import beside, delta, scale


@given(st.integers(1, 6), st.integers(1, 8), st.integers(1, 8), st.integers(0, 99))
def test_merged_and_beside_are_one_function_of_rank_r_at_most(r: int, d_in: int, d_out: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    A, B, x = (torch.randn(*shape, generator=generator) for shape in ((r, d_in), (d_out, r), (3, d_in)))
    made = delta(A, B, 0.7)
    assert torch.allclose(x @ made.T, beside(x, A, B, 0.7), atol=1e-4)
    assert int(torch.linalg.matrix_rank(made)) <= min(r, d_in, d_out)


def test_zeros_in_b_change_nothing_and_a_rank_of_nought_is_none() -> None:
    assert not delta(torch.ones(2, 3), torch.zeros(4, 2), 8.0).any()
    with pytest.raises(ValueError, match="at least 1"):
        scale(8, 0)
