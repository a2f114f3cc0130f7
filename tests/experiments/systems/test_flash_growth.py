"""What is measured as the text grows: the peak by hand, the rows in float64, the power of what grows."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from explorer.experiments import reused_memory
from explorer.experiments.memory_peak import memory_peak
from explorer.experiments.systems import flash_growth as experiment
from explorer.experiments.systems.attention_methods import METHODS, Method, sdpa, squares, standard
from explorer.experiments.systems.flash_growth import Run
from explorer.experiments.timing import Timing


def test_the_peak_of_a_call_by_hand(capfd: pytest.CaptureFixture[str]) -> None:
    def three_then_one() -> torch.Tensor:
        a, b = torch.ones(1000), torch.ones(1000)
        c = a + b
        del a, b
        return c + 1

    made, peak = memory_peak(three_then_one)
    assert 12_000 <= peak < 13_000
    assert made[0] == 3
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("backward", [False, True])
def test_the_squares_are_the_standard_ways_peak(causal: bool, backward: bool) -> None:
    n = 1024
    _, peak = memory_peak(experiment.pass_of("standard", experiment.drawn(n, 16), causal, backward))
    assert peak == pytest.approx(squares(n, causal, backward), rel=0.05)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n", [1, 5, 130])
def test_rows_in_float64(method: str, causal: bool, n: int) -> None:
    inputs = experiment.drawn(n, 8)
    q, k, v = inputs
    made = next(act for name, act in METHODS.items() if name == method)(q, k, v, causal)
    assert experiment.off_exact(made.detach(), inputs, causal) < 1e-6
    assert experiment.off_exact(made.detach() + 0.5, inputs, causal) == pytest.approx(0.5, abs=1e-6)


def test_gradients_of_all_three() -> None:
    inputs = experiment.drawn(70, 8)
    results = [experiment.pass_of(method, inputs, True, True)() for method in METHODS]
    assert all(len(made) == 4 for made in results)
    assert 0 < experiment.furthest(results) < 1e-4


def grown(peaks: dict[int, int]) -> list[Run]:
    return [Run("tiled", n, Timing(1.0, 1.0, 1.0, 5), peak) for n, peak in peaks.items()]


def test_the_power_of_what_grows() -> None:
    lengths = (2048, 4096, 8192, 16384)
    assert experiment.memory_power(grown({n: 1_000_000 + 260 * n for n in lengths}), "tiled") == pytest.approx(1)
    assert experiment.memory_power(grown({n: 8 * n * n for n in lengths}), "tiled") == pytest.approx(2)
    assert math.isnan(experiment.memory_power(grown({2048: 5, 4096: 9}), "tiled"))
    assert math.isnan(experiment.memory_power(grown(dict.fromkeys(lengths, 7)), "tiled"))


def test_freed_memory_is_used_again_while_it_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the squares of more than 32 MiB are mapped anew in each round, and the time jumps at some length."""
    seen: list[bool] = []
    real = experiment.timed

    def timed(*given: Any) -> Any:
        seen.append(reused_memory._asked > 0)
        return real(*given)

    monkeypatch.setattr(experiment, "timed", timed)
    list(experiment.growth(8, True, False, lengths=(16, 32)))
    assert seen == [True, True]
    assert reused_memory._asked == 0


def test_fewer_rounds_where_they_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "ROUNDS", ((0.0, 5), (math.inf, 2)))
    inputs = experiment.drawn(16, 8)
    cases: dict[Method, experiment.Pass] = {
        method: experiment.pass_of(method, inputs, False, False) for method in METHODS
    }
    told: list[None] = []
    seconds = experiment.timed(cases, lambda: told.append(None))
    assert {len(each) for each in seconds.values()} == {2}
    assert len(told) == 6


def test_standard_is_torchs() -> None:
    q, k, v = torch.randn(3, 1, 2, 33, 8)
    assert (standard(q, k, v, True) - sdpa(q, k, v, True)).abs().max() < 1e-6
