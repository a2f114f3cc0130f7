"""What a worker does: the documents of one part through the stages up to the next that compares all documents.

A worker says on disk which document it reads. Where its process is killed, the part is begun anew; a document at which
that happens `TRIES` times is set aside. So is one that takes longer than `SECONDS`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType

from explorer.experiments.pretraining.corpus_run import parts, tools
from explorer.experiments.pretraining.corpus_run.parts import Entry
from explorer.stack.pretraining.data.pipeline import Count, Passport, attempted, moved, word_count
from explorer.stack.pretraining.data.stage import ORDERS, Each, Settings, Stage, Whole
from explorer.stack.pretraining.data.stages import stages

TRIES, SECONDS = 3, 30.0


@dataclass(frozen=True)
class Segment:
    """Stages of single documents, and the stage behind them that compares all."""

    compared: Whole | None
    """The stage before, whose readings are applied first."""
    each: tuple[Each, ...]
    whole: Whole | None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All that may take a document here."""
        return tuple(stage for stage in (self.compared, *self.each, self.whole) if stage)

    @property
    def first(self) -> str:
        """The stage that begins here."""
        return (self.stages if self.compared is None else self.stages[1:] or self.stages)[0].name


def segments(given: Sequence[Stage]) -> list[Segment]:
    made: list[Segment] = []
    before: Whole | None = None
    held: list[Each] = []
    for stage in given:
        if isinstance(stage, Each):
            held.append(stage)
        else:
            made.append(Segment(before, tuple(held), stage))
            before, held = stage, []
    return [*made, Segment(before, tuple(held), None)]


@dataclass(frozen=True)
class Task:
    """One part through one segment."""

    folder: Path
    settings: Settings
    segment: int
    part: int

    @property
    def given(self) -> Path:
        return part_file(self.folder, self.segment, self.part)

    @property
    def made(self) -> Path:
        return part_file(self.folder, self.segment + 1, self.part)

    @property
    def removed(self) -> Path:
        return self.made.with_suffix(".removed")

    @property
    def trail(self) -> Path:
        """Where the worker says which document it reads."""
        return self.made.with_suffix(".at")


def part_file(folder: Path, segment: int, part: int) -> Path:
    """The documents of a part before that segment."""
    return folder / f"segment-{segment}" / f"{part:05d}.parquet"


@lru_cache(maxsize=4)
def plan(settings_key: str) -> tuple[Segment, ...]:
    """The segments of these settings, with the tools that they need, made once a process."""
    settings = tools.settings_of(settings_key)
    return tuple(segments(stages(settings, tools.tools(ORDERS[settings.order]))))


def process(task: Task) -> int:
    """Do it, unless it is done; says how many documents came."""
    if task.made.exists():
        return parquet_rows(task.given)
    segment = plan(tools.settings_key(task.settings))[task.segment]
    entries = parts.read(task.given)
    counts = {stage.name: Count(stage.name) for stage in segment.stages}
    done: list[Entry] = []
    said = iter(parts.compared(task.given.with_suffix(".compared"))) if segment.compared else iter(())
    with _trail(task.trail) as trail:
        for at, entry in enumerate(entries):
            if not entry.kept:
                done.append(entry)
                continue
            passport = entry.passport
            if segment.compared and entry.sketch is not None:
                passport = _step(segment.compared.name, passport, next(said), task, counts)
            tries = trail.at(at)
            if tries > TRIES:
                passport = _step(segment.first, passport, f"its process ended {TRIES} times here", task, counts)
            done.append(_through(segment, entry, passport, task, counts))
    kept = [each for each in done if each.kept]
    parts.write(task.removed, [each for each in done if not each.kept])
    parts.write(task.made, kept, list(counts.values()))
    task.trail.unlink(missing_ok=True)
    return len(entries)


def _through(segment: Segment, entry: Entry, passport: Passport, task: Task, counts: dict[str, Count]) -> Entry:
    """One document through the stages of single documents; what is left is sketched for the next."""
    sketch: bytes | None = None
    with limited(SECONDS) as overdue:
        for stage in segment.each:
            if passport.kept:
                found = f"longer than {SECONDS:g} s" if overdue() else attempted(stage.read, passport.last)
                passport = _step(stage.name, passport, found, task, counts)
        if passport.kept and segment.whole:
            made = attempted(segment.whole.sketch, passport.last)
            if isinstance(made, bytes):
                sketch = made
            else:
                passport = _step(segment.whole.name, passport, made, task, counts)
    after = entry.after(passport)
    return Entry(
        document=after.document, journal=after.journal, removed_by=after.removed_by, set_aside=after.set_aside,
        sketch=sketch,
    )  # fmt: skip


def _step(stage: str, passport: Passport, found: object, task: Task, counts: dict[str, Count]) -> Passport:
    after = moved(stage, passport, found, task.settings.thresholds)  # pyright: ignore[reportArgumentType]
    counts[stage] += Count.of(stage, passport, after, word_count)
    return after


class TookTooLongError(Exception):
    """One document takes more than its time."""


@contextmanager
def limited(seconds: float) -> Iterator[Callable[[], bool]]:
    """In a process's main thread the stage that runs is interrupted; elsewhere, nothing is."""
    fired: list[bool] = []

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's arguments
        fired.append(True)
        raise TookTooLongError(f"longer than {seconds:g} s")

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield lambda: bool(fired)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Trail:
    """Which document is read, and how often it was begun."""

    file: int
    last: int = -1
    tries: int = 0

    def at(self, number: int) -> int:
        """Say that this document is begun; how often it was, with this time."""
        tries = self.tries + 1 if number == self.last else 1
        os.pwrite(self.file, b"%12d %3d" % (number, tries), 0)
        return tries


@contextmanager
def _trail(path: Path) -> Iterator[Trail]:
    path.parent.mkdir(parents=True, exist_ok=True)
    said = path.read_text(encoding="ascii").split() if path.exists() else []
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        yield Trail(file, *map(int, said))
    finally:
        os.close(file)


def parquet_rows(path: Path) -> int:
    from pyarrow import parquet

    return parquet.read_metadata(path).num_rows
