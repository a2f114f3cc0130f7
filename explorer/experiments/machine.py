"""How fast this machine is: one measurement for every view, kept with its spread and with how busy the machine was.

Both limits are probed in turns, many times: a float32 matrix product, and one reading of a block larger than the
caches. The roof is the most that was seen of either, since a peak is asked for; the median and the middle half say how
steady the machine was. Who asks again gets the same numbers, in this process and in the next one on this machine: views
that name a speed name the same. A measurement that was made while the machine was busy is made anew once it is quiet.

>>> MachineRate.of([1.0, 4.0, 2.0, 3.0])
MachineRate(best=4.0, median=2.5, low=1.75, high=3.25)
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import torch

from explorer.experiments.timing import middle_half
from explorer.fetching.cache import cache_folder
from explorer.stack.systems.roofline import Machine, probes

#: times that both limits are probed
ROUNDS = 15
FORMAT = 1
_turn = threading.Lock()


@dataclass(frozen=True)
class MachineRate:
    """Something a second: the most that was seen, the median of the rounds, and the quartiles."""

    best: float
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> MachineRate:
        low, median, high = middle_half(rounds)
        return cls(float(max(rounds)), median, low, high)


@dataclass(frozen=True)
class MachineSpeed:
    """What this machine was measured to do."""

    flops: MachineRate
    """Operations a second of a float32 matrix product."""
    bandwidth: MachineRate
    """Bytes a second read from memory."""
    rounds: int
    threads: int
    cores: int
    load: float | None
    """Processes that wanted to run, the mean of the minute before; None where the system does not tell."""
    at: float
    """Seconds since 1970."""

    @property
    def roof(self) -> Machine:
        return Machine(self.flops.best, self.bandwidth.best)

    @property
    def busy(self) -> bool:
        """Whether more wanted to run than there are cores."""
        return self.load is not None and self.load > self.cores


def speed() -> MachineSpeed:
    """The speed of this machine with the threads that torch now has: kept, or measured now in about a second."""
    with _turn:
        found = _kept().get(_key())
        if found is None or found.busy:
            found = _read() or found  # another process may have measured, and in a quieter moment
        if found is None or (found.busy and not _is_busy()):
            found = measured()
            _write(found)
        _kept()[_key()] = found
        return found


def measured(rounds: int = ROUNDS) -> MachineSpeed:
    """Measure now, both limits in turns."""
    load, at = _load(), time.time()
    made = probes(rounds)
    flops, bandwidth = (MachineRate.of([getattr(each, what) for each in made]) for what in ("flops", "bandwidth"))
    return MachineSpeed(flops, bandwidth, rounds, torch.get_num_threads(), os.cpu_count() or 1, load, at)


@cache
def _kept() -> dict[str, MachineSpeed]:
    """By machine and threads, in this process."""
    return {}


def _key() -> str:
    """What a speed depends on."""
    return f"{FORMAT} {processor()} {os.cpu_count()} {torch.__version__} {torch.get_num_threads()}"


@cache
def processor() -> str:
    with suppress(OSError, IndexError):  # Linux tells the model; elsewhere the kind must do
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("model name", 1)[1]
        return told.split(":", 1)[1].split("\n", 1)[0].strip()
    return f"{platform.machine()} {platform.processor()}"


def _load() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _is_busy() -> bool:
    now = _load()
    return now is not None and now > (os.cpu_count() or 1)


def _file() -> Path:
    return cache_folder() / "machine.json"


def _read() -> MachineSpeed | None:
    """What another process of this machine has measured."""
    try:
        told = json.loads(_file().read_text(encoding="utf-8"))[_key()]
        rates = {name: MachineRate(**told.pop(name)) for name in ("flops", "bandwidth")}
        return MachineSpeed(**rates, **told)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(found: MachineSpeed) -> None:
    """For other processes; without a disk that can be written, this one alone knows it."""
    with suppress(OSError):
        path = _file()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            others = dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            others = {}
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(others | {_key(): asdict(found)}), encoding="utf-8")
        part.replace(path)
