"""What lies between a tile's products, against the formula in float64, and the threads that share tiles."""

from __future__ import annotations

import ctypes
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.compat import openmp
from explorer.stack.systems.tile_softmax import HIDDEN, settle, take, weigh
from explorer.stack.systems.tile_team import team_of


def seen(rows: int, columns: int, first: int, last: int) -> np.ndarray:
    own = np.arange(columns) - np.arange(rows)[:, None]
    return (own >= first) & (own <= last)  # row column


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 9), widths=st.lists(st.integers(1, 70), min_size=1, max_size=3),
    first=st.integers(-80, 20), reach=st.integers(-3, 90), hide=st.booleans(),
    size=st.sampled_from([1.0, 1e3, 1e6]), wide=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_tile_after_tile_is_the_softmax_of_all(
    rows: int, widths: list[int], first: int, reach: int, hide: bool, size: float, wide: bool, seed: int
) -> None:
    """Any window, tiles of any width, hidden keys, huge scores, rows that see nothing."""
    random, n, d = np.random.default_rng(seed), sum(widths), 3
    scores = (random.standard_normal((2, rows, n)) * size).astype(np.float64 if wide else np.float32)
    shown = np.broadcast_to(seen_all := seen(rows, n, first, first + reach), scores.shape).copy()
    if hide:
        shown &= random.random(scores.shape) < 0.7
        scores[~shown & seen_all] = HIDDEN
    values = random.standard_normal((n, d)).astype(scores.dtype)
    m, l = np.empty((2, rows), scores.dtype), np.empty((2, rows), scores.dtype)  # noqa: E741
    held, at = np.full((2, rows, d), np.nan, scores.dtype), 0
    for width in widths:
        tile = scores[..., at : at + width].copy()
        take(tile, m, l, held, first - at, first + reach - at, at == 0)
        assert ((tile == 0) | shown[..., at : at + width]).all()
        product = tile @ values[at : at + width]
        held = product if at == 0 else held + product
        at += width
    settle(m, l, held)
    exact = np.where(shown, scores.astype(np.float64), -np.inf)
    top = np.maximum(exact.max(-1, keepdims=True), -1e38)
    weights = np.exp2(exact - top)
    total = weights.sum(-1)
    with np.errstate(divide="ignore"):
        lse = np.where(total > 0, top[..., 0] * np.log(2) + np.log(total), -np.inf)
    np.testing.assert_allclose(m, lse, rtol=1e-6, atol=1e-6)
    out = weights @ values / np.maximum(total, 1e-300)[..., None]
    np.testing.assert_allclose(held, out, rtol=1e-5, atol=2e-6)


@given(first=st.integers(-40, 10), reach=st.integers(-3, 50), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_weights_and_their_gradient_are_made_again(first: int, reach: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    s, dp = random.standard_normal((2, 3, 7, 33)).astype(np.float32) - np.array([[[[3]]], [[[0]]]], np.float32)
    lse, delta = random.standard_normal((2, 3, 7)).astype(np.float32)
    p = np.exp2(s.astype(np.float64) - lse[..., None]) * seen(7, 33, first, first + reach)
    ds = p * (dp - delta[..., None])
    weigh(s, dp, lse, delta, first, first + reach)
    np.testing.assert_allclose(s, p, rtol=1e-5)
    np.testing.assert_allclose(dp, ds, rtol=1e-4, atol=1e-5)


@pytest.fixture
def two_threads() -> None:
    if team_of(2).size == 1:
        pytest.skip("torch is built without OpenMP's function")


@pytest.mark.usefixtures("two_threads")
def test_the_threads_are_two_and_each_multiplies_alone() -> None:
    here, at, threads = threading.Barrier(2, timeout=20), set(), []

    def work(_: object) -> None:
        here.wait()
        at.add(threading.get_native_id())
        threads.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))

    with torch.inference_mode():
        team_of(2).share(range(2), work)
    assert len(at) == 2
    assert threads == [(True, False)] * 2


@pytest.mark.usefixtures("two_threads")
def test_what_fails_in_a_thread_fails_here() -> None:
    def fail(items: object) -> None:
        raise KeyError(items)

    with pytest.raises(KeyError):
        team_of(2).share(range(5), fail)
    taken: list[int] = []
    team_of(2).share(range(5), taken.extend)
    assert sorted(taken) == list(range(5))


def test_without_openmp_the_caller_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(path: str) -> object:
        raise OSError(path)

    openmp._parallel.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", absent)
    try:
        at = []
        assert team_of(2).size == 1
        team_of(2).share(range(5), lambda items: at.extend((threading.get_ident(), each) for each in items))
        assert at == [(threading.get_ident(), each) for each in range(5)]
    finally:
        openmp._parallel.cache_clear()
