"""A corpus through the pipeline, part by part, in a folder that a later run goes on from.

    OUT/run.json               what was asked for: another wish needs another folder
    OUT/unfinished/segment-N/… parts on their way; each is whole or not there
    OUT/kept, OUT/removed      the result: text, and all verdicts
    OUT/stages.json            what each stage took

What is set aside lies with what is removed, with its reason. A part is done by whoever comes first and never twice, so
that a run that was killed loses the parts that were in work.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyarrow import parquet

from explorer.corpora.inputs import reading
from explorer.errors import BadRequestError
from explorer.experiments.pretraining.corpus_run import parts, pool, tools
from explorer.experiments.pretraining.corpus_run.segments import Segment, Task, part_file, plan, process
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.data.pipeline import Count
from explorer.stack.pretraining.data.stage import Document, Reading, Settings

#: Of a part, at most: documents, and bytes of pages and texts.
DOCUMENTS, BYTES = 256, 16_000_000
#: Does all tasks and says, one by one, how many documents each had.
Executor = Callable[[Callable[[Task], int], Iterable[Task]], Iterator[int]]


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a run has made."""

    documents: int
    """That were read, and what could not be read."""
    unread: int
    """Set aside before the first stage."""
    kept: int
    counts: tuple[Count, ...]

    @property
    def removed(self) -> int:
        return sum(each.removed for each in self.counts)

    @property
    def set_aside(self) -> int:
        return self.unread + sum(each.set_aside for each in self.counts)


def run(
    source: Path,
    out: Path,
    settings: Settings,
    workers: int = 1,
    resume: bool = False,
    lines: bool = False,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Done:
    """All of it; `lines` writes JSON lines and no Parquet. Raises BadRequestError on a folder of another run."""
    begin(source, out, settings, resume)
    told = out / "stages.json"
    if told.exists():
        return _told(told)
    work = out / "unfinished"
    execute = executor or partial(pool.in_order, workers=workers)
    planned = plan(tools.settings_key(settings))
    made = 0
    for number, segment in enumerate(planned):
        given: Iterable[int] = read_parts(source, work) if not number else numbers(work)
        tasks = (Task(work, settings, number, part) for part in given)
        for documents in execute(process, tasks):
            made += documents
            progress(f"Segment {number + 1} of {len(planned)}", made, 0)
        made = 0
        if segment.whole:
            compare(segment, work, number + 1)
    done = finish(out, planned, lines)
    shutil.rmtree(work)
    return done


def begin(source: Path, out: Path, settings: Settings, resume: bool) -> None:
    """A new folder, or the one of the same wish."""
    wish = {
        "source": str(source),
        "files": [[str(each), each.stat().st_size, each.stat().st_mtime_ns] for each in reading.files(source)],
        "settings": json.loads(tools.settings_key(settings)),
    }
    said = out / "run.json"
    if said.exists():
        if not resume:
            raise BadRequestError(f"{out} holds a run.", "Go on with --resume, or name another folder.")
        if json.loads(said.read_text(encoding="utf-8")) != wish:
            raise BadRequestError(f"{out} holds a run of another input or other settings.", "Name another folder.")
        return
    if out.exists() and any(out.iterdir()):
        raise BadRequestError(f"{out} is not empty.", "Name a new folder.")
    out.mkdir(parents=True, exist_ok=True)
    said.write_text(json.dumps(wish), encoding="utf-8")


def read_parts(source: Path, work: Path) -> Iterator[int]:
    """Read the input and write its parts, each as it is full; parts that are there are read again and not written."""
    whole = work / "read.json"
    if whole.exists():
        yield from numbers(work)
        return
    (work / "segment-0").mkdir(parents=True, exist_ok=True)
    part, size = 0, 0
    held: list[parts.Entry] = []
    for found in reading.read(source):
        entry = _entry(found)
        length = len(entry.document.html or b"") + len(entry.document.text)
        if held and (len(held) >= DOCUMENTS or size + length > BYTES):
            yield _written(work, part, held)
            part, size, held = part + 1, 0, []
        held.append(entry)
        size += length
    if held:
        yield _written(work, part, held)
        part += 1
    whole.write_text(json.dumps(part), encoding="ascii")


def _written(work: Path, part: int, held: list[parts.Entry]) -> int:
    path = part_file(work, 0, part)
    if not path.exists():
        parts.write(path, held)
    return part


def _entry(found: reading.Found) -> parts.Entry:
    if isinstance(found, Document):
        return parts.Entry(document=found)
    name, refused = found
    return parts.Entry(document=Document(id=name), set_aside=f"reading: {refused.reason}")


def numbers(work: Path) -> Iterator[int]:
    yield from range(int((work / "read.json").read_text(encoding="ascii")))


def compare(segment: Segment, work: Path, number: int) -> None:
    """The stage over all documents: a file of readings beside each part."""
    assert segment.whole
    files = [part_file(work, number, part) for part in numbers(work)]
    if all(each.with_suffix(".compared").exists() for each in files):
        return
    lengths: list[int] = []

    def sketches() -> Iterator[tuple[str, bytes]]:
        for file in files:
            lengths.append(0)
            for found in parts.sketches(file):
                lengths[-1] += 1
                yield found

    held: list[Reading] = []
    at = 0
    for made in segment.whole.compare(sketches()):
        held.append(made)
        while at < len(lengths) - 1 and len(held) >= lengths[at]:
            parts.readings(files[at].with_suffix(".compared"), held[: lengths[at]])
            held = held[lengths[at] :]
            at += 1
    for file, length in zip(files[at:], lengths[at:], strict=True):
        parts.readings(file.with_suffix(".compared"), held[:length])
        held = held[length:]


def finish(out: Path, planned: tuple[Segment, ...], lines: bool) -> Done:
    """The result of each part, and what was counted."""
    work, last = out / "unfinished", len(planned)
    for folder in ("kept", "removed"):
        (out / folder).mkdir(exist_ok=True)
    counts: dict[str, Count] = {}
    documents = unread = kept = 0
    for part in numbers(work):
        given = parquet.read_table(part_file(work, 0, part), columns=["id", "set_aside"]).to_pylist()
        place = {row["id"]: at for at, row in enumerate(given)}
        living = parts.read(part_file(work, last, part))
        gone: list[parts.Entry] = []
        for number in range(1, last + 1):
            file = part_file(work, number, part)
            gone += parts.read(file.with_suffix(".removed"))
            for count in parts.counts(file):
                counts[count.stage] = counts.get(count.stage, Count(count.stage)) + count
        gone.sort(key=lambda each: place[each.document.id])
        _result(out / "kept" / f"{part:05d}", living, lines)
        _result(out / "removed" / f"{part:05d}", gone, lines)
        documents, kept = documents + len(given), kept + len(living)
        unread += sum(bool(row["set_aside"]) for row in given)
        assert len(living) + len(gone) == len(given), "a document is lost, or counted twice"
    stages = [each.name for segment in planned for each in (*segment.each, segment.whole) if each]
    order = [counts.get(name, Count(name)) for name in stages]
    done = Done(documents=documents, unread=unread, kept=kept, counts=tuple(order))
    told = {"documents": documents, "unread": unread, "kept": kept, "counts": [vars(each) for each in order]}
    staged = out / ".stages.json"
    staged.write_text(json.dumps(told, indent=1), encoding="utf-8")
    staged.replace(out / "stages.json")
    return done


def _result(path: Path, entries: list[parts.Entry], lines: bool) -> None:
    table = parts.result(entries)
    if not lines:
        parts.whole(path.with_suffix(".parquet"), table)
        return
    nested = ({**row, "verdicts": json.loads(row["verdicts"])} for row in table.to_pylist())
    rows = (json.dumps(row, ensure_ascii=False) + "\n" for row in nested)
    path.with_suffix(".jsonl").write_text("".join(rows), encoding="utf-8")


def _told(path: Path) -> Done:
    told: Mapping = json.loads(path.read_text(encoding="utf-8"))
    counts = tuple(Count(**each) for each in told["counts"])
    return Done(documents=told["documents"], unread=told["unread"], kept=told["kept"], counts=counts)


def table(done: Done) -> str:
    """The stages as lines: what came, what went."""
    head = ("documents", "removed", "set aside", "changed", "words", "words gone")
    rows = [f"{'stage':<22}" + "".join(f"{name:>12}" for name in head)]
    if done.unread:
        rows.append(f"{'reading':<22}{done.documents:>12,}{0:>12}{done.unread:>12,}")
    for each in done.counts:
        gone = each.tokens_removed + each.tokens_cut
        numbers = (each.documents, each.removed, each.set_aside, each.changed, each.tokens, gone)
        rows.append(f"{each.stage:<22}" + "".join(f"{number:>12,}" for number in numbers))
    left = done.counts[-1] if done.counts else Count("")
    words = left.tokens - left.tokens_removed - left.tokens_cut
    return "\n".join((*rows, f"{'kept':<22}{done.kept:>12,}{'':>36}{words:>12,}"))
