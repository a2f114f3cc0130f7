"""The product in blocks is torch's, forward and backward, for any shape."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer.stack.transformer.few_rows import FEW, MANY, Linear, as_read, product, product_of_16_bits


@settings(max_examples=40)
@given(
    rows=st.sampled_from([0, 1, 2, FEW, FEW + 1, 31, MANY - 1, MANY]),
    d_out=st.sampled_from([1, 17, 32, 64, 96, 192, 200, 576]),
    d_in=st.integers(1, 70),
    seed=st.integers(0, 99),
)
def test_equals_torch(rows: int, d_out: int, d_in: int, seed: int) -> None:
    made = torch.Generator().manual_seed(seed)
    x, w = (torch.randn(*shape, generator=made) for shape in ((rows, d_in), (d_out, d_in)))
    assert torch.allclose(product(x, w), F.linear(x, w), atol=1e-4)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 4, 3), (2, 20, 3), (0, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_layer_with_any_leading_shape_and_its_gradients(shape: tuple[int, ...], bias: bool) -> None:
    ours = Linear(3, 64, bias=bias)
    theirs = torch.nn.Linear(3, 64, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(shape)
    for layer in (ours, theirs):
        layer(x).square().sum().backward()
    assert ours(x).shape == theirs(x).shape
    assert torch.allclose(ours(x), theirs(x), atol=1e-5)
    assert ours.weight.grad is not None
    assert theirs.weight.grad is not None
    assert torch.allclose(ours.weight.grad, theirs.weight.grad, atol=1e-4)


def test_other_formats_and_slices_are_taken() -> None:
    x, w = torch.randn(2, 64), torch.randn(64, 128)
    assert torch.allclose(product(x, w[:, ::2]), F.linear(x, w[:, ::2]), atol=1e-4)
    assert product(x.bfloat16(), w[:, :64].bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("rows", [1, 2, 64, 65])
def test_16_bit_numbers_on_either_side(rows: int) -> None:
    """Wider, then narrower again from a product that lies column by column, as a feed-forward layer multiplies."""
    random = torch.Generator().manual_seed(rows)
    x, wide, back = (torch.randn(s, generator=random).bfloat16() for s in ((1, rows, 24), (40, 24), (24, 40)))
    hidden = product_of_16_bits(x, wide)
    assert hidden.is_contiguous() == (rows in (1, 65))
    torch.testing.assert_close(hidden, F.linear(x, wide), atol=2**-4, rtol=2**-7)
    torch.testing.assert_close(product_of_16_bits(hidden, back), F.linear(hidden, back), atol=2**-2, rtol=2**-7)


def test_rows_are_rounded_only_where_all_layers_round_them_alike() -> None:
    layers = [nn.Linear(4, 4) for _ in range(3)]
    x = torch.randn(2, 4)
    assert as_read(x, *layers) is x
    for layer in layers[:2]:
        layer.reads = torch.bfloat16  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    assert as_read(x, *layers[:2]).dtype == torch.bfloat16
    assert as_read(x, *layers) is x
