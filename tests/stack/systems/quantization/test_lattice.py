"""E8: its points, the nearest of them by looking at all, rotation; ternary weights in bytes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.quantization import lattice
from explorer.stack.systems.quantization.formats import FORMATS

E8, TERNARY = FORMATS["e8"], FORMATS["ternary"]


def test_points_are_of_the_lattice_moved_by_a_quarter() -> None:
    points = lattice.points()
    assert len(points.unique(dim=0)) == 2**16
    shift = torch.where(torch.arange(2**16) >> 15 == 1, 0.25, -0.25)
    halves = points - shift[:, None]
    assert bool((halves.remainder(1) == 0.5).all())  # E8's odd half, all coordinates halves of odd numbers
    assert bool((halves.sum(-1).remainder(2) == 0).all())
    assert float(halves.square().sum(-1).max()) == 12
    assert int((lattice.sizes().square().sum(-1) <= 10).sum()) == 227  # as the paper counts them


@given(seed=st.integers(0, 9999), size=st.floats(0.1, 3))
def test_the_nearest_of_all_65536_points_is_found(seed: int, size: float) -> None:
    x = torch.randn(12, 8, generator=torch.Generator().manual_seed(seed)) * size
    found = (lattice.points()[lattice.nearest(x)] - x).norm(dim=-1).double()
    assert torch.allclose(found, torch.cdist(x.double(), lattice.points().double()).amin(-1), atol=1e-5)


def test_an_outlier_is_spread_before_it_is_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = torch.randn(16, 576, generator=torch.Generator().manual_seed(0))
    weight[:, 7] *= 20

    def error() -> float:
        return float((E8.quantize(weight).dequantize() - weight).norm() / weight.norm())

    turned = error()
    monkeypatch.setattr(lattice, "rotation", lambda width: lattice.RandomHadamard(torch.ones(width)))
    monkeypatch.setattr(lattice.RandomHadamard, "__call__", lambda self, x: x)
    monkeypatch.setattr(lattice.RandomHadamard, "undo", lambda self, x: x)
    assert turned < 0.8 * error()


def test_two_bits_a_weight_and_two_bytes_a_row() -> None:
    made = E8.quantize(torch.randn(10, 576, generator=torch.Generator().manual_seed(1)))
    assert made.nbytes == 10 * (576 // 4 + 2)
    codes, scales = E8.unpack(made)
    assert codes.shape == (10, 72)
    assert torch.equal(E8.pack(codes, scales).parts["codes"], made.parts["codes"])
    assert E8.misfit(100) is not None


def test_ternary_weights_are_those_of_the_papers_rule() -> None:
    weight = torch.randn(6, 33, generator=torch.Generator().manual_seed(2))
    gamma = weight.abs().mean()
    expected = (weight / gamma).round().clamp(-1, 1) * gamma
    made = TERNARY.quantize(weight)
    torch.testing.assert_close(made.dequantize(), expected)
    assert made.nbytes == 6 * 7 + 4  # 33 weights are 6.6 bytes
    assert torch.equal(made.rows(2, 5).dequantize(), made.dequantize()[2:5])


def test_five_trits_of_every_pattern_come_back() -> None:
    every = torch.cartesian_prod(*[torch.arange(3, dtype=torch.int32)] * 5)
    packed = TERNARY.pack(every, TERNARY.fit(torch.ones(243, 5)))
    assert len(packed.parts["codes"].unique()) == 243
    assert torch.equal(TERNARY.unpack(packed)[0], every)
