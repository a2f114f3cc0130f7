"""Roofline and IO: named devices, this machine and the power of d, whole and broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor

from explorer.experiments import machine
from explorer.experiments.machine import MachineRate, MachineSpeed
from explorer.experiments.systems import attention_io as counting
from explorer.experiments.systems import attention_roofline as experiment
from explorer.experiments.timing import Timing
from explorer.figures.systems import attention_roofline as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.systems import attention_io
from explorer.stack.systems.attention_io import Accesses, Kernel, Shape

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SPEED = MachineSpeed(
    MachineRate(1e11, 9e10, 8e10, 9.5e10), MachineRate(1e10, 9e9, 8e9, 9.5e9), 15, 1, 2, load=0.5, at=0.0
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "speed", lambda: SPEED)
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
    assert (data.n, data.d, data.rows, data.columns, data.number) == (2048, 256, 16, 128, "bf16")


def test_this_machine_round_by_round(view: View) -> None:
    shown = view("attention_roofline.here", n=256)
    assert [part.data.rounds for part in shown] == [1, 2]
    data = shown[-1].data
    assert all(check.holds for check in shown[-1].checks)
    taken = {each.kernel: each.taken for each in data.kernels}
    assert taken["flash_1"] is None
    assert all(each is not None and each.ms > 0 for kernel, each in taken.items() if kernel != "flash_1")
    assert data.ridge == 10
    assert data.machine == SPEED
    assert {each.kernel: each.decides is None for each in data.kernels} == {
        kernel: each is None for kernel, each in taken.items()
    }


def test_a_time_far_below_the_roof_is_decided_by_neither() -> None:
    """A kernel at 18 % of the roof is not limited by arithmetic: most of its time is something else."""
    shape = Shape(256, 64, 128, 128)
    least = {
        each.kernel: each.least / 1e3
        for each in figure.here(experiment.Timed(SPEED, {}, 0.0, 1), shape, (), 1, 1).kernels
    }
    taken: dict[Kernel, Timing] = {
        "standard": Timing.of([1.5 * least["standard"]]),
        "flash_2": Timing.of([1.1 * least["flash_2"]]),
        "backward": Timing.of([least["backward"] / 0.18]),
    }
    made = figure.here(experiment.Timed(SPEED, taken, 0.0, 1), shape, (), 1, 1)
    found = {each.kernel: (each.bound, each.decides) for each in made.kernels}
    assert found["standard"] == ("memory" if made.kernels[0].intensity < 10 else "arithmetic", found["standard"][0])
    assert found["flash_2"] == ("arithmetic", "arithmetic")
    assert found["backward"] == ("arithmetic", "neither")
    assert found["decoding"] == ("memory", None)


def test_a_gpu_finds_keys_and_values_in_its_l2_cache(view: View) -> None:
    """FlashAttention-2 in tiles of 128 on an H100: memory would limit it if each tile came from memory."""
    (made,) = view("attention_roofline.devices", n=2048)
    data = made.data
    h100 = next(each for each in data.devices if each.key == "H100")
    ridge = h100.peak / h100.bandwidth
    by_tiles = next(each for each in data.kernels if each.kernel == "flash_2").intensity
    assert by_tiles < ridge < data.shared.intensity
    assert h100.read_at_once == 9 * 2 * 2048 * 64 * 2  # 132 processors, 16 blocks of queries a head
    assert h100.read_at_once < h100.l2
    assert h100.shared_seconds == pytest.approx(data.kernels[2].flops / h100.peak)
    (long,) = view("attention_roofline.devices", n=65536, d=256)
    assert next(each for each in long.data.devices if each.key == "H100").read_at_once > h100.l2


def test_the_form_through_a_shared_cache_is_a_count() -> None:
    """As if one tile held all queries: the meter counts the same."""
    shape = Shape(64, 16, 16, 16, causal=True)
    counted = counting.counted("flash_2", Shape(64, 16, 64, 16, causal=True))
    assert attention_io.shared(shape).bytes == counted.bytes
    assert attention_io.shared(shape).flops == counting.counted("flash_2", shape).flops


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


@pytest.mark.breaks("attention_roofline.here", "^The timed kernels give torch’s outputs and gradients")
def test_a_kernel_that_is_timed_and_wrong_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        return experiment.sdpa(q, k, v.roll(1, 2), causal)

    monkeypatch.setattr(experiment, "tiled", wrong)
    assert not check("attention_roofline.here", "The timed kernels", n=128).holds
