"""Roofline and IO: named devices, this machine and the power of d, whole and broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor

from explorer.experiments.systems import attention_io as counting
from explorer.experiments.systems import attention_roofline as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.panels.systems import attention_roofline_views as panel
from explorer.stack.systems import attention_io
from explorer.stack.systems.attention_io import Accesses, Shape
from explorer.stack.systems.roofline import Machine

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "probe", lambda rounds: Machine(1e11, 1e10))
    monkeypatch.setattr(experiment, "ROUNDS", 2)


def test_named_devices(view: View) -> None:
    (made,) = view("attention_roofline.devices", n=4096, rows=128, columns=64, number="fp8")
    assert all(check.holds for check in made.checks)
    data = made.data
    assert (data.n, data.rows, data.columns, data.bytes_each) == (4096, 128, 64, 1)
    a100 = next(each for each in data.devices if each.key == "A100")
    assert a100.peak is None
    assert a100.seconds == ()
    h100 = next(each for each in data.devices if each.key == "H100")
    standard = data.kernels[0]
    assert h100.seconds[0] == max(standard.flops / 1979e12, (standard.read + standard.written) / 3.35e12)
    assert all(each.address.startswith("https://") for each in h100.numbers)


def test_intensity_is_about_the_rows_of_a_tile(view: View) -> None:
    for rows in (32, 128):
        (made,) = view("attention_roofline.devices", n=8192, rows=rows, columns=64, mask="none")
        of = {each.kernel: each.intensity for each in made.data.kernels}
        assert of["flash_2"] == pytest.approx(rows, rel=0.1)  # 2 R / e, bfloat16
        assert of["decoding"] == pytest.approx(1, rel=0.1)


def test_a_link_may_say_anything(view: View) -> None:
    (made,) = view("attention_roofline.devices", n="x", d=1e9, rows=0, columns=None, number="int1", mask=3)
    data = made.data
    assert (data.n, data.d, data.rows, data.columns, data.number) == (2048, 256, 16, panel.TILE, "bf16")


def test_this_machine_round_by_round(view: View) -> None:
    shown = view("attention_roofline.here", n=256)
    assert [part.data.rounds for part in shown] == [1, 2]
    data = shown[-1].data
    assert all(check.holds for check in shown[-1].checks)
    taken = {each.kernel: each.taken for each in data.kernels}
    assert taken["flash_1"] is None
    assert all(each is not None and each.ms > 0 for kernel, each in taken.items() if kernel != "flash_1")
    assert data.ridge == 10


def test_the_power_of_d(view: View) -> None:
    shown = view("attention_roofline.dimension")
    assert all(not part.data.powers for part in shown[:-1])
    first, second, paper, reference = shown[-1].data.powers
    assert first == pytest.approx(2, abs=0.2)
    assert second == pytest.approx(2, abs=0.2)
    assert (paper, reference) == (pytest.approx(2), pytest.approx(1))
    assert all(check.holds for check in shown[-1].checks)


def forgets_values(shape: Shape) -> Accesses:
    """FlashAttention-2's form without the reading of V."""
    made = attention_io.flash_2(shape)
    keys = attention_io.crossings(shape.n, shape.rows, shape.columns, shape.causal) * shape.d * shape.bytes_each
    return Accesses(made.read - keys, made.written, made.extra, made.flops)


@pytest.mark.breaks("attention_roofline.devices", "^Bytes and FLOPs by the closed forms")
@pytest.mark.breaks("attention_roofline.dimension", "^Counted = closed form")
def test_a_form_that_forgets_the_values_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attention_io.KERNELS, "flash_2", forgets_values)
    assert not check("attention_roofline.devices", "closed forms").holds
    assert not check("attention_roofline.dimension", "Counted = closed form").holds


@pytest.mark.breaks("attention_roofline.dimension", "^Counted traffic grows with d²")
def test_tiles_that_do_not_heed_d_would_lose_it(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "paper_tile", lambda memory, d, stays: (64, 64))  # as O(N² d / M) has it
    found = check("attention_roofline.dimension", "grows with d²")
    assert not found.holds
    assert found.error == pytest.approx(1, abs=0.15)


@pytest.mark.breaks("attention_roofline.here", "^What was timed gives torch’s outputs and gradients")
def test_a_kernel_that_is_timed_and_wrong_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        return experiment.sdpa(q, k, v.roll(1, 2), causal)

    monkeypatch.setattr(experiment, "tiled", wrong)
    assert not check("attention_roofline.here", "What was timed", n=128).holds
