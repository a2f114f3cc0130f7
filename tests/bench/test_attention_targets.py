"""The verdicts of `bench attention`, from times and peaks made up here."""

from __future__ import annotations

import math

import pytest

from explorer import bench
from explorer.bench import attention_targets as targets
from explorer.bench.attention_subjects import CPU, Case


def cells(ours: dict[int, float]) -> targets.Measured:
    return {(CPU, Case(n, True, False)): {"explorer": ms, "torch": 1.0} for n, ms in ours.items()}


def judged(times: targets.Measured, peaks: targets.Measured) -> bench.Report:
    report = bench.Report("attention")
    targets.judge(report, times, peaks)
    return report


@pytest.mark.parametrize(("slow", "verdict"), [(1.29, "kept"), (1.31, "missed"), (math.nan, "missed")])
def test_one_slow_cell_decides(slow: float, verdict: str) -> None:
    (row,) = judged(cells({512: 9.0, 1024: 1.0, 2048: slow, 4096: 0.5}), {}).rows
    assert row.case == ("target: at most 1.3 of torch's time, 1,024 to 4,096 tokens, d 64, forward: the slowest of 3")
    assert row.value == pytest.approx(slow, nan_ok=True)
    assert row.unit == f"times, {verdict}"


def test_what_was_not_compared_has_no_verdict() -> None:
    report = judged(cells({512: 1.0}), {})
    assert not report.rows
    assert len(report.absent) == 2


@pytest.mark.parametrize(("grows", "verdict"), [(1.0, "kept"), (1.05, "kept"), (1.2, "missed"), (2.0, "missed")])
def test_a_peak_that_is_no_line(grows: float, verdict: str) -> None:
    peaks: targets.Measured = {
        (CPU, Case(n, causal, False)): {"explorer": float(n if causal else n**grows), "torch": 3e3 + n}
        for n in (128, 1024, 2048, 4096)
        for causal in (True, False)
    }
    report = judged({}, peaks)
    by = {(row.case, row.subject): row for row in report.rows}
    whole = by["1,024 to 4,096 tokens, all seen, forward: growth of the peak", "explorer"]
    assert whole.value == pytest.approx(grows)
    assert by["1,024 to 4,096 tokens, causal, forward: growth of the peak", "torch"].value < 0.8
    assert (report.rows[-1].value, report.rows[-1].unit) == (whole.value, f"power of N, {verdict}")
