"""Time and memory against length on short lengths, and its checks on broken mechanisms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.systems import attention_methods, flash_growth
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.systems import flash_growth_views as panel
from explorer.stack.systems import attention_io
from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.flash_backward import FlashAttention
from explorer.stack.systems.memory_meter import SlowMemory
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.tile_mask import TileMask
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
LENGTHS = (128, 256, 512, 1024)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to 1,024 tokens, with powers read from there."""
    monkeypatch.setattr(flash_growth, "LENGTHS", LENGTHS)
    monkeypatch.setattr(panel, "LONG", 256)
    monkeypatch.setattr(flash_growth, "GROWS_FROM", dict.fromkeys(attention_methods.METHODS, 256))
    # A tile of 512 columns still grows at these lengths.
    monkeypatch.setitem(attention_methods.METHODS, "tiled", small_tiles)


def small_tiles(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    out = FlashAttention.apply(q, k, v, TileMask(causal=causal), q.shape[-1] ** -0.5, 64, 64)
    assert isinstance(out, Tensor)
    return out


def whole_of(view: View, **controls: str) -> Rendered:
    """The whole result."""
    return view("flash_growth.measured", **controls)[-1]


def test_length_by_length(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("flash_growth.measured", progress=lambda *at: told.append(at))
    assert [max(run.n for run in part.data.runs) for part in shown] == list(LENGTHS)
    whole = shown[-1].data
    assert whole.whole
    assert not whole.stops
    assert len(whole.runs) == 3 * len(LENGTHS)
    assert all(run.low <= run.ms <= run.high and run.peak > 0 for run in whole.runs)
    held = {check.statement: check.holds for check in shown[-1].checks}
    assert all(holds for statement, holds in held.items() if "Memory that a doubled text adds" not in statement), held
    assert {what for what, _, _ in told} == {"Runs"}
    assert all(done < total for _, done, total in told)


@pytest.mark.thorough
def test_forward_and_backward_without_a_mask(view: View) -> None:
    made = whole_of(view, **{"pass": "both", "mask": "none"})
    assert made.data.backward
    assert not made.data.causal
    (grads,) = [check for check in made.checks if "output and gradients" in check.statement]
    assert grads.holds


def test_standard_attention_stops_where_memory_does(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flash_growth, "BYTES", 3_000_000)  # 512 tokens need 2.1 MB, 1,024 need 8.4
    made = whole_of(view).data
    (stop,) = made.stops
    assert (stop.method, stop.n, stop.why, stop.needed) == ("standard", 1024, "memory", 8 * 1024**2)
    assert {run.method for run in made.runs if run.n == 1024} == {"tiled", "sdpa"}


def test_time_that_is_up_stops_the_slowest(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flash_growth, "SECONDS", 0.0)
    made = whole_of(view).data
    assert {stop.why for stop in made.stops} == {"time"}
    assert {run.n for run in made.runs} == {128}


def test_a_head_of_another_width_takes_turns_with_this_one(
    small: Model, moe: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flash_growth, "LENGTHS", LENGTHS[:3])
    *_, made = panel.measured(Scene(small, other_model=moe))
    base = made.data.base
    assert base is not None
    assert (base.d, made.data.d) == (moe.dims.d_head, small.dims.d_head)
    cases = [(run.method, run.n) for run in made.data.runs]
    assert [(run.method, run.n) for run in base.runs] == [(each.method, each.n) for each in base.times] == cases
    peaks = [{run.method: run.peak for run in runs if run.n == 512} for runs in (made.data.runs, base.runs)]
    assert peaks[1]["sdpa"] < peaks[0]["sdpa"]  # the output itself is narrower
    assert abs(peaks[1]["standard"] - peaks[0]["standard"]) <= 4 * 512 * 48  # both squares are as large
    assert all(check.statement.endswith(", in both runs") for check in made.checks)
    with pytest.raises(NotApplicableError, match="heads are 48 wide too, so both take the same"):
        next(panel.measured(Scene(small, other_model=small)))


@pytest.mark.breaks("flash_growth.measured", "attention give the same output( and gradients)? at each length")
def test_a_method_that_errs_on_the_other_head_is_seen(
    small: Model, moe: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        off = 1.001 if q.shape[-1] == moe.dims.d_head else 1.0
        return attention_methods.sdpa(q, k, v, causal) * off

    monkeypatch.setattr(flash_growth, "LENGTHS", LENGTHS[:1])
    monkeypatch.setitem(attention_methods.METHODS, "tiled", wrong)
    *_, made = panel.measured(Scene(small, other_model=moe))
    assert [check.holds for check in made.checks if "each length" in check.statement] == [False, False]


def test_what_a_link_may_say(view: View) -> None:
    made = whole_of(view, **{"pass": "sideways", "mask": "3"}).data
    assert made.causal
    assert not made.backward


@pytest.mark.breaks("flash_growth.measured", "attention give the same output( and gradients)? at each length")
@pytest.mark.breaks("flash_growth.measured", "all outputs = float64")
def test_a_sum_that_is_not_rescaled_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        return attention_methods.sdpa(q, k, v, causal) * 1.001

    monkeypatch.setitem(attention_methods.METHODS, "tiled", wrong)
    held = {check.statement: check.holds for check in whole_of(view).checks}
    assert [holds for statement, holds in held.items() if "each length" in statement] == [False, False]


def test_a_method_that_gives_nan_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    own = attention_methods.sdpa

    def wrong(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        return own(q, k, v, causal) * torch.nan

    monkeypatch.setattr(flash_growth, "LENGTHS", LENGTHS[:1])
    monkeypatch.setitem(attention_methods.METHODS, "sdpa", wrong)  # behind the others: a list's `max` passes over it
    assert [each.holds for each in whole_of(view).checks if "each length" in each.statement] == [False, False]


@pytest.mark.breaks("flash_growth.measured", "^Memory that a doubled text adds grows with N²")
def test_a_tiled_kernel_that_keeps_the_square_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attention_methods.METHODS, "tiled", attention_methods.standard)
    assert check("flash_growth.measured", "Memory that a doubled text adds").error > 0.9


@pytest.mark.breaks("flash_growth.measured", "peak = its squares")
def test_a_third_square_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def wasteful(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        kept = torch.ones(q.shape[2], k.shape[2])
        return attention_methods.standard(q, k, v, causal) * kept[0, 0]

    assert check("flash_growth.measured", "its squares").holds
    monkeypatch.setitem(attention_methods.METHODS, "standard", wasteful)
    assert not check("flash_growth.measured", "its squares").holds


# ---- bytes moved


def test_the_text_grows_point_by_point(view: View) -> None:
    shown = view("flash_growth.text_grows", memory=65536)
    assert [len(part.data.lines[0].counted) for part in shown] == [1, 2, 3, 4, 5]
    whole = shown[-1]
    assert all(check.holds for check in whole.checks)
    assert [line.kernel for line in whole.data.lines] == ["standard", "flash_1", "flash_2"]
    for line in whole.data.lines:
        of = {point.n: point for point in line.formula}
        assert all(of[point.n] == point for point in line.counted)
    assert whole.data.memory == 65536
    assert {other.memory for other in whole.data.others} == {4096, 16384}


@pytest.mark.breaks("flash_growth.text_grows", "^Points counted in the loops = lines")
def test_loops_that_read_twice_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("flash_growth.text_grows", "Points counted", memory=65536).holds

    def twice(q: Tensor, k: Tensor, v: Tensor, mask: TileMask, *, memory: SlowMemory, **tile: int) -> Partial:
        flash_attention_2(q, k, v, mask, memory=memory, **tile)
        return flash_attention_2(q, k, v, mask, memory=memory, **tile)

    monkeypatch.setattr("explorer.experiments.systems.attention_io.flash_attention_2", twice)
    assert not check("flash_growth.text_grows", "Points counted", memory=65536).holds


def test_memory_named_by_a_link_is_one_of_those_known(view: View) -> None:
    assert view("flash_growth.text_grows", memory="1e9", mask="none")[-1].data.memory == 65536
    assert attention_io.paper_tile(65536, 48)[1] == 342
