"""Sinusoidal positions equal XLM's and Marian's, and depend on the distance only."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.embeddings.sinusoidal import sinusoidal


def test_interleaved_equals_xlm() -> None:
    from transformers.models.xlm.modeling_xlm import create_sinusoidal_embeddings

    theirs = torch.empty(300, 32)
    create_sinusoidal_embeddings(300, 32, theirs)
    torch.testing.assert_close(sinusoidal(torch.arange(300), 32), theirs, rtol=0, atol=1e-6)


def test_halves_equal_marian() -> None:
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    theirs = MarianSinusoidalPositionalEmbedding(300, 32).create_weight()
    torch.testing.assert_close(sinusoidal(torch.arange(300), 32, layout="halves"), theirs, rtol=0, atol=1e-6)


def test_batches_of_positions() -> None:
    positions = torch.tensor([[0, 5], [7, 2]])
    torch.testing.assert_close(sinusoidal(positions, 8), sinusoidal(torch.arange(8), 8)[positions])


@given(m=st.integers(0, 2000), n=st.integers(0, 2000), shift=st.integers(0, 100_000))
def test_dot_products_depend_on_the_distance_only(m: int, n: int, shift: int) -> None:
    a, b = sinusoidal(torch.tensor([m, n]), 64).double(), sinusoidal(torch.tensor([m + shift, n + shift]), 64).double()
    assert float(a[0] @ a[1]) == pytest.approx(float(b[0] @ b[1]), abs=1e-4)
    assert float(a[0] @ a[1]) <= 32 + 1e-4
    assert float(a[0] @ a[0]) == pytest.approx(32, abs=1e-4)


def test_an_odd_width_is_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        sinusoidal(torch.arange(3), 7)
