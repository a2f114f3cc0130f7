"""Integer products: exact sums, the stated error, the way of processors whose own product is not exact."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.quantization import integer_products
from explorer.stack.systems.quantization.integer_products import LONGEST, multiply, rounded_rows, sums


def codes(generator: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randint(-128, 128, shape, generator=generator, dtype=torch.int8)


@given(
    rows=st.integers(1, 40), width=st.integers(1, 200), out=st.integers(1, 70), seed=st.integers(0, 2**20),
    own=st.booleans(),
)  # fmt: skip
def test_sums_are_exact_at_any_size(rows: int, width: int, out: int, seed: int, own: bool) -> None:
    random = torch.Generator().manual_seed(seed)
    x, w = codes(random, rows, width), codes(random, out, width)
    with pytest.MonkeyPatch.context() as patch:
        if not own:
            patch.setattr(integer_products, "exact", lambda: False)
        assert torch.equal(sums(x, w).long(), x.long() @ w.long().T)


@given(rows=st.integers(1, 9), width=st.integers(1, 130), out=st.integers(1, 40), seed=st.integers(0, 2**20))
def test_the_error_is_half_a_step_of_each_input(rows: int, width: int, out: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, width, generator=random) * 10 ** (4 * torch.rand(rows, 1, generator=random) - 2)
    w, step, low = (
        codes(random, out, width), torch.rand(out, generator=random) + 0.01, torch.randn(out, generator=random)
    )  # fmt: skip
    for lows in (None, low):
        weight = w.double() * step.double()[:, None] + (0 if lows is None else lows.double()[:, None])
        made, rounded = multiply(rounded_rows(x), w, step, lows).double(), rounded_rows(x)
        room = 0.5 * rounded.step.double() * weight.abs().sum(1)
        parts = x.double().abs() @ (w.double().abs() * step.double()[:, None] + (weight.abs())).T
        assert bool(((made - x.double() @ weight.T).abs() <= room + 1e-5 * parts).all())
        whole = (rounded.codes.double() * rounded.step.double()) @ weight.T  # nothing else is rounded
        assert bool(((made - whole).abs() <= 1e-5 * (parts + room)).all())


def test_zeros_and_a_given_step() -> None:
    assert rounded_rows(torch.zeros(1, 3)).codes.tolist() == [[0, 0, 0]]
    rows = rounded_rows(torch.tensor([[1.0, -300.0], [0.4, 0.6]]), torch.tensor(1.0))
    assert rows.codes.tolist() == [[1, -127], [0, 1]]


def test_rows_whose_sums_could_overflow_are_refused() -> None:
    x = torch.zeros(1, LONGEST + 1, dtype=torch.int8)
    with pytest.raises(ValueError, match="32-bit sums"):
        sums(x, x)
