"""Who may begin another run: by the minute, by the line, whatever the clock says."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from explorer.shell.bounds import Bounds
from explorer.shell.http.admission import SOON, Admission, Refused

TOKENIZE = "/api/v1/tokenize"
JOIN, LOOK, FILE = "/gradio_api/queue/join", "/gradio_api/component_server/", "/explorer/shell/page.js"


def admitted(admission: Admission, path: str, visitor: str, times: int) -> int:
    """How many of so many are let pass."""
    passed = 0
    said: list[tuple[int, int]] = []
    for _ in range(times):
        try:
            admission.admit(path, visitor)
            passed += 1
        except Refused as refused:
            said.append((refused.status, refused.after or 0))
    assert all(status == 429 and 1 <= after <= 60 for status, after in said)
    return passed


def test_runs_and_looks_of_each_visitor_are_counted_apart() -> None:
    admission = Admission(Bounds(runs=3, looks=5))
    assert admitted(admission, JOIN, "a", 9) == 3
    assert admitted(admission, LOOK, "a", 9) == 5
    assert admitted(admission, FILE, "a", 99) == 99
    assert admitted(admission, JOIN, "b", 9) == 3


def read(admission: Admission, path: str, visitor: str, times: int, nbytes: int = 0) -> int:
    """How many of so many requests for a file are answered."""
    passed = 0
    for _ in range(times):
        with suppress(Refused):
            admission.admit_file(path, visitor)
            admission.sent(visitor, nbytes)
            passed += 1
    return passed


def test_what_is_read_is_counted_by_the_request_and_by_its_size() -> None:
    """Whoever asked for the largest file again and again had a core for himself, and nobody counted it."""
    admission = Admission(Bounds(looks=20))
    assert read(admission, FILE, "a", 800) == 600, "some visits, however few the light requests are"
    assert read(admission, FILE, "b", 800, nbytes=4_600_000) < 60
    assert read(Admission(Bounds(looks=200)), FILE, "a", 1200) == 1000
    assert read(admission, "/healthz", "a", 150) == 150
    assert admitted(admission, LOOK, "a", 30) == 20, "what is light has a count of its own"
    assert read(Admission(Bounds()), FILE, "a", 500, nbytes=10**7) == 500


def test_no_bound_is_none() -> None:
    assert admitted(Admission(Bounds()), JOIN, "a", 500) == 500


@pytest.mark.parametrize("jump", [-86_400.0, -40.0, 86_400.0])
def test_a_clock_that_jumps_locks_nobody_out(jump: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """For some minutes at most, and nobody has more than twice as much."""
    admission, clock = Admission(Bounds(runs=3)), [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    assert admitted(admission, JOIN, "a", 9) == 3
    clock[0] += jump
    assert admitted(admission, JOIN, "a", 9) <= 3
    clock[0] += 241
    assert admitted(admission, JOIN, "a", 9) == 3


def test_a_full_line_is_told_and_one_visitor_cannot_fill_it() -> None:
    line = ["a"] * 3
    admission = Admission(Bounds(runs=100, queue=6), lambda: line)
    with pytest.raises(Refused, match="3 of the runs in line are yours") as caught:
        admission.admit(JOIN, "a")
    assert (caught.value.status, caught.value.after) == (429, SOON)
    admission.admit(JOIN, "b")
    for beside in (LOOK, TOKENIZE, "/api/v1/trace", "/mcp"):  # programs stand in the line itself, which tells them so
        admission.admit(beside, "a")
    line += ["b", "c", "d"]
    with pytest.raises(Refused, match="6 runs wait in line"):
        admission.admit(JOIN, "e")
    Admission(Bounds(queue=6), lambda: ["me"] * 5).admit(JOIN, "me")  # one's own machine


def test_events_that_do_not_end_are_counted() -> None:
    """Gradio has places for so many: one visitor's pages that watch a measurement of minutes could take them all."""
    going = ["a"] * 12
    admission = Admission(Bounds(runs=100, queue=6), going=lambda: going)
    with pytest.raises(Refused, match="Too many pages"):
        admission.admit(JOIN, "a")
    admission.admit(JOIN, "b")
    admission.admit(LOOK, "a")
    going += ["b"] * 12
    with pytest.raises(Refused, match="Too many pages"):
        admission.admit(JOIN, "c")


def test_what_is_refused_for_the_line_costs_no_allowance() -> None:
    line = ["b"] * 6
    admission = Admission(Bounds(runs=1, queue=6), lambda: line)
    assert admitted(admission, JOIN, "a", 5) == 0
    line.clear()
    assert admitted(admission, JOIN, "a", 5) == 1
