"""One measured speed of the machine: kept in the process and on disk, with its spread and its load."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.experiments import machine
from explorer.experiments.machine import MachineRate, MachineSpeed
from explorer.stack.systems.roofline import Machine

CORES = os.cpu_count() or 1


@pytest.fixture(autouse=True)
def alone(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No process has measured before, and nobody else wants to run."""
    kept: dict[str, MachineSpeed] = {}
    monkeypatch.setattr(machine, "_kept", lambda: kept)
    monkeypatch.setattr(machine, "_load", lambda: 0.5)
    rounds = [Machine(flops, bandwidth) for flops, bandwidth in ((8.0, 1.0), (10.0, 3.0), (9.0, 2.0))]
    monkeypatch.setattr(machine, "probes", lambda _: rounds)
    return empty_cache


def test_both_limits_have_a_best_a_median_and_a_middle_half() -> None:
    made = machine.measured(3)
    assert made.flops == MachineRate(best=10.0, median=9.0, low=8.5, high=9.5)
    assert made.bandwidth == MachineRate(3.0, 2.0, 1.5, 2.5)
    assert made.roof == Machine(10.0, 3.0)  # the most that was seen of either
    assert (made.load, made.cores, made.busy) == (0.5, CORES, False)


def test_who_asks_again_gets_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    first = machine.speed()
    monkeypatch.setattr(machine, "probes", lambda _: [Machine(99.0, 99.0)])
    assert machine.speed() is first
    machine._kept().clear()  # another process of this machine
    assert machine.speed() == first


def test_other_threads_are_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    first = machine.speed()
    monkeypatch.setattr(machine, "_key", lambda: "more threads")
    monkeypatch.setattr(machine, "probes", lambda _: [Machine(99.0, 99.0)])
    assert machine.speed().roof == Machine(99.0, 99.0)
    monkeypatch.undo()
    assert first.roof != Machine(99.0, 99.0)


def test_a_busy_measurement_is_replaced_by_a_quiet_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_load", lambda: 4.0 * CORES)
    busy = machine.speed()
    assert busy.busy
    monkeypatch.setattr(machine, "probes", lambda _: [Machine(99.0, 99.0)])
    assert machine.speed() == busy  # as busy as then: nothing would be gained
    monkeypatch.setattr(machine, "_load", lambda: 0.5)
    quiet = machine.speed()
    assert (quiet.roof, quiet.busy) == (Machine(99.0, 99.0), False)
    assert not replace(quiet, load=None).busy  # where the system does not tell
    machine._kept()[machine._key()] = busy  # a process that measured before: it takes the other's, and measures nothing
    monkeypatch.setattr(machine, "probes", lambda _: pytest.fail("measured again"))
    assert machine.speed() == quiet


def test_a_file_that_says_nothing_is_measured_again(alone: Path) -> None:
    (alone / "machine.json").parent.mkdir(parents=True)
    (alone / "machine.json").write_text('{"a": 1')
    assert machine.speed().roof == Machine(10.0, 3.0)
    machine._kept().clear()
    assert machine.speed().roof == Machine(10.0, 3.0)


def test_a_disk_that_cannot_be_written_is_no_matter(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone.write_text("a file where the folder should be")
    assert machine.speed().roof == Machine(10.0, 3.0)


def test_no_view_measures_a_speed_of_its_own() -> None:
    """Three panels once named three speeds of one machine."""
    root = Path(machine.__file__).parents[1]
    probing = [path for path in root.rglob("*.py") if re.search(r"\bprobes\(", path.read_text(encoding="utf-8"))]
    assert sorted(path.name for path in probing) == ["machine.py", "roofline.py"]
