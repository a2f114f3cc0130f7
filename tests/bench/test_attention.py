"""`bench attention` on short lengths: every subject in one run, ratios, peaks, and what was left out."""

from __future__ import annotations

import sys

import pytest

from explorer import bench
from explorer.bench import attention


@pytest.mark.thorough
def test_rows_of_every_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "LENGTHS", (32, 1024))
    report = bench.Report("attention")
    attention.run(report)
    cases = {attention.case_of(32, causal, backward) for causal in (True, False) for backward in (True, False)}
    for case in cases:
        subjects = {row.subject for row in report.rows if row.case == case and row.unit == "ms"}
        assert subjects == {"explorer", "torch", *(f"explorer {each}" for each in ("standard", "flash_1", "flash_2"))}
        times = {row.subject: row.value for row in report.rows if row.case == case}
        ratio = next(r.value for r in report.rows if r.case.startswith(f"{case}: time") and r.subject == "explorer")
        assert ratio == pytest.approx(times["explorer"] / times["torch"])
    assert "FlexAttention" in report.table()


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")
def test_the_square_shows_in_the_peak_of_standard_attention_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "LENGTHS", (2048,))
    report = bench.Report("attention")
    attention._peaks(report)
    forward = {r.subject: r.value for r in report.rows if r.case.startswith("2,048 tokens, causal, forward:")}
    square = attention.HEADS * 2048**2 * 4 / 1e6
    assert forward["explorer standard"] > 2 * square
    assert forward["explorer"] < square / 3


def test_what_does_not_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_free", lambda: 1e6)
    assert attention.subjects_of(2048) == {"explorer": "tiled", "torch": "sdpa"}
