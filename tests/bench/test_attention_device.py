"""`bench attention` as a GPU runs it, without one: its subjects in Triton's interpreter, clock and memory stand-ins.

No GPU has run it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer import bench
from explorer.bench import attention, attention_device
from explorer.bench import attention_subjects as subjects
from explorer.bench.attention_subjects import Case
from explorer.stack.systems import triton_attention

needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None or not triton_attention.interpreted(),
    reason='Triton is not installed (its wheels are for Linux): pip install "triton>=3.5"',
)
#: As on a GPU, but small: two heads of 16, and no compiled peer, which has tests of its own.
TINY = replace(
    subjects.on_gpu(16, torch.float16, "cpu"), heads=2, tokens=64, trial=32,
    compared=(("explorer", "triton"), ("torch", subjects.FLASH)),
)  # fmt: skip


class Cuda:
    """Torch's module where there is no GPU: a clock that moves with each act, and an allocator that is told."""

    def __init__(self, each: float = 0.0, peaks: tuple[int, ...] = ()) -> None:
        self.now, self.each, self.peaks, self.before = 0.0, each, list(peaks), 1000
        self.told: list[str] = []

    def act(self) -> None:
        self.now += self.each
        self.told.append("act")

    def Event(self, *, enable_timing: bool) -> Any:
        assert enable_timing
        return Event(self)

    def synchronize(self) -> None:
        self.told.append("synchronize")

    def reset_peak_memory_stats(self) -> None:
        self.told.append("reset")

    def memory_allocated(self) -> int:
        return self.before

    def max_memory_allocated(self) -> int:
        self.told.append("peak")
        return self.before + self.peaks.pop(0)


class Event:
    def __init__(self, cuda: Cuda) -> None:
        self.cuda, self.at = cuda, -1.0

    def record(self) -> None:
        self.at = self.cuda.now

    def synchronize(self) -> None:
        self.cuda.told.append("waited")

    def elapsed_time(self, end: Event) -> float:
        return end.at - self.at


def test_short_acts_are_timed_in_a_row_and_long_ones_alone() -> None:
    for each, times in ((0.25, 1 + attention_device.IN_A_ROW), (20.0, 1)):
        cuda = Cuda(each)
        assert attention_device.event_clock(cuda.act, cuda) == pytest.approx(each)
        assert cuda.told.count("act") == times
        assert cuda.told[:3] == ["synchronize", "act", "waited"]


def test_a_peak_is_what_the_second_call_adds() -> None:
    cuda = Cuda(peaks=(123,))
    assert attention_device._peak(cuda.act, cuda) == 123
    assert cuda.told == ["act", "synchronize", "reset", "act", "synchronize", "peak"]


def by_events(subject_ms: dict[str, float]) -> attention.Instruments:
    """Instruments of a GPU on which each kernel takes the time that is told here, and memory grows by a power."""

    def clock(act: bench.Act) -> float:
        cuda = Cuda(subject_ms.get(kernel_of(act), 1.0))
        return attention_device.event_clock(cuda.act, cuda)

    def peaks(setup: subjects.Setup, wanted: Any) -> list[float]:
        told = tuple(case.n ** (2 if name == "standard" else 1) for name, case in wanted)
        return attention_device.of_allocator(setup, wanted, Cuda(peaks=told))

    return attention.Instruments(clock, peaks)


def kernel_of(act: Any) -> str:
    """The name of the kernel in an act, which is a partial function of it or of its forward pass."""
    return act.args[0] if isinstance(act.args[0], str) else act.args[0].args[0]


@needs_triton
def test_every_subject_of_a_gpu_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.bench.attention_targets.SINCE_ON_GPU", 32)
    monkeypatch.setattr("explorer.bench.attention_targets.SINCE", 16)
    report = bench.Report("attention")
    attention.measure(report, [TINY], (16, 32), by_events({"triton": 4.0, "flash": 3.0}))
    for causal, backward in ((True, False), (True, True), (False, False), (False, True)):
        case = f"{Case(32, causal, backward)}, d 16"
        times = {row.subject: row.value for row in report.rows if row.case == case}
        references = {f"explorer {each}": 1.0 for each in ("standard", "flash_1", "flash_2")}
        assert times == {"explorer": 4.0, "torch": 3.0, **references}
        assert {r.subject for r in report.rows if r.case == f"{case}: peak beside the inputs"} == times.keys()
    verdicts = {row.case: (row.value, row.unit) for row in report.rows if row.case.startswith("target")}
    what = "target: at least 0.7 of flash's speed, 32 to 32 tokens, d 16"
    assert verdicts == {
        f"{what}, forward: the slowest of 2": (0.75, "times, kept"),
        f"{what}, forward and backward: the slowest of 2": (0.75, "times, kept"),
        "target: peak linear in N, a power of at most 1.1: the steepest of 4": (pytest.approx(1), "power of N, kept"),
    }
    growth = {row.subject: row.value for row in report.rows if row.case.endswith("growth of the peak")}
    assert growth["explorer standard"] == pytest.approx(2)
    assert "a GPU the Triton kernel is the explorer's own" in report.table()


@needs_triton
def test_a_slow_kernel_misses_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.bench.attention_targets.SINCE_ON_GPU", 16)
    report = bench.Report("attention")
    attention.measure(report, [TINY], (16,), by_events({"triton": 5.0, "flash": 3.0}))
    assert {row.unit for row in report.rows if "flash's speed" in row.case} == {"times, missed"}


@needs_triton
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_the_subjects_compute_the_same(causal: bool, backward: bool) -> None:
    case = Case(32, causal, backward)
    names = subjects.subjects_of(case, TINY)
    assert set(names.values()) == {"triton", "flash", "standard", "flash_1", "flash_2"}
    made = {name: flat(subjects.act_of(name, case, TINY)()) for name in names.values()}
    assert made["flash"].shape == ((3 if backward else 1) * 2 * 2 * 32 * 16,)
    for each in made.values():
        assert (each - made["flash"]).abs().max() < 2**-7


def flat(made: Any) -> torch.Tensor:
    parts = made if isinstance(made, tuple) else (made,)
    return torch.cat([part.detach().float().flatten() for part in parts])


def test_the_peer_is_the_flash_backend_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """What flash cannot take is refused, and not computed by another of torch's kernels under its name."""
    seen: list[bool] = []
    attend: Callable[..., Any] = subjects.sdpa

    def noted(*args: Any, **more: Any) -> Any:
        seen.append(torch.backends.cuda.flash_sdp_enabled() and not torch.backends.cuda.math_sdp_enabled())
        return attend(*args, **more)

    monkeypatch.setattr(subjects, "sdpa", noted)
    subjects.act_of(subjects.FLASH, Case(16, True, False), TINY)()
    assert seen == [True]


def test_what_does_not_run_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton_attention, "triton", None)
    setup = replace(TINY, trial=24)  # another one, not tried yet
    assert "explorer" not in subjects.subjects_of(Case(16, True, False), setup)
    report = bench.Report("attention")
    attention.measure(report, [setup], (16,), by_events({}))
    table = report.table()
    assert "explorer does not run here: The Triton kernel runs on a GPU" in table
    assert "No verdict on the time of forward: nothing was compared from 2,048 tokens on." in table


def test_the_work_of_a_gpu_is_that_of_16_384_tokens() -> None:
    for d_head, heads in ((64, 32), (128, 16)):
        setup = subjects.on_gpu(d_head)
        assert setup.heads == heads
        assert [setup.batch(n) * n for n in attention.LENGTHS] == [16_384] * len(attention.LENGTHS)
        assert setup.dtype == torch.bfloat16
