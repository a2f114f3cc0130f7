"""`bench attention` on short lengths: every subject in one run, ratios, peaks, and what was left out."""

from __future__ import annotations

import sys

import pytest
import torch

from explorer import bench
from explorer.bench import attention, attention_flex


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's, where it compiles
def test_rows_of_every_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "LENGTHS", (32, 1024))
    report = bench.Report("attention")
    attention.run(report)
    cases = {attention.case_of(32, causal, backward) for causal in (True, False) for backward in (True, False)}
    for case in cases:
        subjects = {row.subject for row in report.rows if row.case == case and row.unit == "ms"}
        theirs = {"torch"} if "backward" in case or attention_flex.misfit() else {"torch", "torch FlexAttention"}
        assert subjects == {"explorer", *theirs, *(f"explorer {each}" for each in ("standard", "flash_1", "flash_2"))}
        times = {row.subject: row.value for row in report.rows if row.case == case}
        ratio = next(r.value for r in report.rows if r.case.startswith(f"{case}: time") and r.subject == "explorer")
        assert ratio == pytest.approx(times["explorer"] / times["torch"])
    assert "FlexAttention" in report.table()


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's, of its own parts
@pytest.mark.parametrize("causal", [True, False])
def test_the_compiled_peer_computes_the_same(causal: bool) -> None:
    if why := attention_flex.misfit():
        pytest.skip(why)
    made, expected = (attention.act_of(name, 300, causal, False)() for name in (attention.FLEX, "sdpa"))
    assert isinstance(made, torch.Tensor)
    assert isinstance(expected, torch.Tensor)
    assert (made - expected).abs().max() < 1e-5


def test_where_the_peer_cannot_be_compiled_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("No working C++ compiler found\nand much more")

    monkeypatch.setattr(attention_flex, "act", fails)
    attention_flex.misfit.cache_clear()
    monkeypatch.setattr(attention, "LENGTHS", ())
    report = bench.Report("attention")
    attention.run(report)
    attention_flex.misfit.cache_clear()
    assert "does not run here: No working C++ compiler found" in report.table()
    assert "much more" not in report.table()


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
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
    assert attention.subjects_of(2048, backward=True) == {"explorer": "tiled", "torch": "sdpa"}
