"""CKA against a plain HSIC formula, its invariances, chance of the debiased form; the projection kernel's bounds."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.frontier.similarity import (
    centred,
    cka,
    cka_by_features,
    expected_kernel,
    gram,
    projection_kernel,
    u_centred,
)

SIZES = (st.integers(4, 12), st.integers(2, 9), st.integers(2, 9), st.integers(0, 999))


def drawn(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def of(x: Tensor, y: Tensor) -> float:
    return float(cka(centred(gram(x[None])), centred(gram(y[None]))))


def hsic(k: Tensor, other: Tensor) -> Tensor:
    """tr(K H L H), by the definition (Gretton et al. 2005)."""
    h = torch.eye(len(k), dtype=k.dtype) - 1 / len(k)
    return torch.trace(k @ h @ other @ h)


@settings(max_examples=25, deadline=None)
@given(*SIZES)
def test_it_is_hsic_by_its_definition_and_by_features(n: int, d: int, e: int, seed: int) -> None:
    x, y = drawn(n, d, seed), drawn(n, e, seed + 1)
    k, other = x @ x.T, y @ y.T
    expected = float(hsic(k, other) / (hsic(k, k) * hsic(other, other)).sqrt())
    assert of(x, y) == pytest.approx(expected, abs=1e-10)
    assert float(cka_by_features(x, y)) == pytest.approx(expected, abs=1e-10)


@settings(max_examples=25, deadline=None)
@given(*SIZES, st.floats(0.1, 10))
def test_turns_shifts_and_even_stretches_change_nothing(n: int, d: int, e: int, seed: int, by: float) -> None:
    x, y = drawn(n, d, seed), drawn(n, e, seed + 1)
    turn, _ = torch.linalg.qr(drawn(d, d, seed + 2))
    assert of(by * x @ turn + 3, y) == pytest.approx(of(x, y), abs=1e-9)
    assert of(x @ turn * by, x) == pytest.approx(1, abs=1e-9)


def test_debiased_noise_has_none_where_plain_noise_scores_high() -> None:
    pairs = [(drawn(24, 200, 2 * seed)[None], drawn(24, 200, 2 * seed + 1)[None]) for seed in range(40)]
    plain = [float(cka(centred(gram(x)), centred(gram(y)))) for x, y in pairs]
    debiased = [float(cka(u_centred(gram(x)), u_centred(gram(y)))) for x, y in pairs]
    assert min(plain) > 0.8
    assert abs(sum(debiased) / 40) < 0.03


def test_debiased_hsic_is_songs_formula() -> None:
    k, other = gram(drawn(9, 5, 0)), gram(drawn(9, 4, 1))
    a, b = (each - torch.diag(each.diagonal()) for each in (k, other))
    one, n = torch.ones(9, dtype=torch.float64), 9
    song = (
        torch.trace(a @ b) + (one @ a @ one) * (one @ b @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * one @ a @ b @ one
    )
    assert float((u_centred(k) * u_centred(other)).sum()) == pytest.approx(float(song), rel=1e-9)
    with pytest.raises(ValueError, match="needs 4 places"):
        u_centred(k[:3, :3])


def test_random_subspaces_share_what_is_expected() -> None:
    bases = torch.linalg.qr(torch.randn(60, 48, 8, generator=torch.Generator().manual_seed(0)))[0]
    found = projection_kernel(bases[::2], bases[1::2])
    assert float(found.mean()) == pytest.approx(expected_kernel(8, 48), abs=0.1)
    torch.testing.assert_close(projection_kernel(bases, bases), torch.full((60,), 8.0))
