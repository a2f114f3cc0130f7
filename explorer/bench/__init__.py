"""The benchmarks that a person can run: `python -m explorer bench NAME`.

A benchmark is one module here with a DESCRIPTION and `run(report)`. Modules are discovered, not listed. All rows of one
report are measured in one process, subjects interleaved, medians of at least five rounds: compare rows of one report
only. A peer that is no dependency of the explorer is asked for by `Report.peer`, which says so where it is absent.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import platform
import statistics
import sys
import time
from ast import literal_eval, parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType

from explorer.errors import BadRequestError
from explorer.experiments.reused_memory import reused_memory

Act = Callable[[], object]
#: Runs an act and says how many milliseconds it took.
Clock = Callable[[Act], float]
#: What an option of a benchmark takes, by the type of its default.
FORMS = {int: "NUMBER", tuple: "NUMBER,NUMBER", str: "NAME"}


def wall_clock(act: Act) -> float:
    """Milliseconds of the machine's own clock."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e3


@dataclass(frozen=True)
class Row:
    """One number: `subject` is "explorer" for ours, and the peer's package name for a peer."""

    benchmark: str
    case: str
    subject: str
    value: float
    unit: str


@dataclass(frozen=True)
class Peer:
    """Somebody else's package that a benchmark compares with, and that the explorer itself does not need."""

    name: str
    """As the rows call it."""
    module: str
    install: str
    """How it is installed, as one types it."""
    takes: str = ""
    """What that needs or costs."""


@dataclass
class Report:
    """The rows of one run of one benchmark, in their order."""

    benchmark: str
    rows: list[Row] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """A sentence for each peer that was left out: why, and what to do about it."""

    def peer(self, peer: Peer) -> ModuleType | None:
        """The peer's module. Where it cannot be had, None: its rows are left out, and that is said at once."""
        try:
            return importlib.import_module(peer.module)
        except Exception as error:  # a library that was built for another machine raises whatever its loader raises
            missing = isinstance(error, ModuleNotFoundError) and error.name == peer.module
            why = "is not installed" if missing else f"cannot be loaded ({type(error).__name__}: {str(error)[:200]})"
        takes = f" ({peer.takes})" if peer.takes else ""
        self.absent.append(f"{peer.name} {why}: its rows are left out. Install it by: {peer.install}{takes}")
        print(self.absent[-1], file=sys.stderr, flush=True)
        return None

    def add(self, case: str, subject: str, value: float | int, unit: str) -> None:
        self.rows.append(Row(self.benchmark, case, subject, float(value), unit))

    def judge(self, target: str, value: float, unit: str, kept: bool) -> None:
        """Add what a target is held to and whether it is kept."""
        self.add(f"target: {target}", "explorer", value, f"{unit}, {'kept' if kept else 'missed'}")

    def time(
        self, case: str, subjects: Mapping[str, Act], rounds: int = 7, clock: Clock = wall_clock
    ) -> dict[str, float]:
        """Add each subject's median milliseconds, the subjects taking turns in every round; returns the medians.

        The first round warms up and is not counted. Taking turns, a slow moment of the machine falls on all alike. What
        they free is used again (`experiments.reused_memory`).
        """
        if rounds < 5:
            raise ValueError("a median needs at least five rounds")
        taken: dict[str, list[float]] = {subject: [] for subject in subjects}
        with reused_memory():
            for turn in range(rounds + 1):
                for subject, act in subjects.items():
                    milliseconds = clock(act)
                    if turn:
                        taken[subject].append(milliseconds)
        medians = {subject: statistics.median(times) for subject, times in taken.items()}
        for subject, median in medians.items():
            self.add(case, subject, median, "ms")
        return medians

    def table(self) -> str:
        """The rows as aligned text, and which peers were left out."""
        lines = [("benchmark", "case", "subject", "value", "unit")]
        lines += [(row.benchmark, row.case, row.subject, f"{row.value:,.4g}", row.unit) for row in self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        rows = (
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}  {e}" for a, b, c, d, e in lines
        )
        return "\n".join((*rows, *self.absent))

    def write(self, path: Path) -> None:
        """The rows as JSON."""
        path.write_text(json.dumps([asdict(row) for row in self.rows], indent=1) + "\n", encoding="utf-8")


def available() -> dict[str, str]:
    """The benchmarks by name with their descriptions, read without importing them (they import torch)."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        tree = parse((Path(__file__).parent / f"{module.name}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            # DESCRIPTION = "..." at the top of the module.
            if getattr(getattr(node, "targets", [None])[0], "id", None) == "DESCRIPTION":
                found[module.name] = str(literal_eval(node.value))  # pyright: ignore[reportAttributeAccessIssue]
    return dict(sorted(found.items()))


def run(name: str, options: Sequence[str] = ()) -> Report:
    """Run one benchmark; `options` such as "minutes=2" or "device=cpu" go to those that take some.

    Raises BadRequestError on an unknown name or option.
    """
    if name not in available():
        raise BadRequestError(f"There is no benchmark {name!r}.", f"Known are: {', '.join(available()) or 'none'}.")
    module = importlib.import_module(f"{__name__}.{name}")
    known = list(inspect.signature(module.run).parameters.values())[1:]
    chosen = _options(options, {each.name: each.default for each in known})
    report = Report(name)
    report.add(f"machine: {platform.machine()}, python {platform.python_version()}", "explorer", _cores(), "cores")
    module.run(report, **chosen)
    return report


def _options(said: Sequence[str], known: Mapping[str, object]) -> dict[str, object]:
    """What was said, as the types of the defaults.

    >>> _options(["minutes=2", "sizes=64,128", "on=cpu"], {"minutes": 10, "sizes": (32,), "on": ""})
    {'minutes': 2, 'sizes': (64, 128), 'on': 'cpu'}
    """
    found: dict[str, object] = {}
    for each in said:
        name, _, value = each.partition("=")
        read = _read(value, known[name]) if name in known else None
        if read is None:
            forms = ", ".join(f"{one}={FORMS[type(default)]}" for one, default in known.items())
            raise BadRequestError(
                f"“{each[:40]}” is nothing that this benchmark takes.",
                f"It takes {forms}." if known else "It takes no options.",
            )
        found[name] = read
    return found


def _read(value: str, default: object) -> object | None:
    """The value in the default's type; None if it does not fit."""
    if isinstance(default, str):
        return value or None
    numbers = tuple(int(part) for part in value.split(",") if part.isascii() and part.isdigit())
    if len(numbers) != value.count(",") + 1:
        return None
    if isinstance(default, tuple):
        return numbers
    return numbers[0] if len(numbers) == 1 else None


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
