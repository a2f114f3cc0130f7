"""A part of the corpus on disk: some documents in one Parquet file, with what the stages have said of them.

A part is written under another name and renamed when it is whole, so that what is there is complete.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow
from pyarrow import parquet

from explorer.stack.pretraining.data.pipeline import Count, Passport
from explorer.stack.pretraining.data.stage import Cut, Document, Reading
from explorer.stack.pretraining.data.verdict import Verdict

SCHEMA = pyarrow.schema({
    "id": pyarrow.string(), "url": pyarrow.string(), "html": pyarrow.binary(), "charset": pyarrow.string(),
    "text": pyarrow.string(), "removed_by": pyarrow.string(), "set_aside": pyarrow.string(),
    "journal": pyarrow.string(), "sketch": pyarrow.binary(),
})  # fmt: skip
#: What a reader of the result gets: the verdict that removed a document, and all verdicts as JSON.
RESULT = pyarrow.schema({
    "id": pyarrow.string(), "url": pyarrow.string(), "text": pyarrow.string(), "removed_by": pyarrow.string(),
    "set_aside": pyarrow.string(), "rule": pyarrow.string(), "value": pyarrow.float64(),
    "threshold": pyarrow.float64(), "margin": pyarrow.float64(), "origin": pyarrow.string(),
    "verdicts": pyarrow.string(),
})  # fmt: skip
Journal = tuple[tuple[str, Reading], ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One document on its way."""

    document: Document
    journal: Journal = ()
    """What each stage said; texts are left out."""
    removed_by: str = ""
    set_aside: str = ""
    sketch: bytes | None = None
    """For the stage that compares all documents next."""

    @property
    def kept(self) -> bool:
        return not (self.removed_by or self.set_aside)

    @property
    def passport(self) -> Passport:
        """To go on from: the steps before are in the journal."""
        return Passport(self.document)

    def after(self, passport: Passport) -> Entry:
        """Further on, with what the steps of the passport said."""
        said = tuple((step.stage, replace(step.reading, text=None)) for step in passport.steps)
        return Entry(
            document=passport.last, journal=(*self.journal, *said),
            removed_by=passport.removed_by, set_aside=passport.set_aside,
        )  # fmt: skip


def write(path: Path, entries: Sequence[Entry], counts: Sequence[Count] = ()) -> None:
    """The entries, and in the file's own metadata what was counted on the way to them."""
    rows = [
        {
            "id": each.document.id, "url": each.document.url, "html": each.document.html,
            "charset": each.document.charset, "text": each.document.text, "removed_by": each.removed_by,
            "set_aside": each.set_aside, "journal": json.dumps([_told(*said) for said in each.journal]),
            "sketch": each.sketch,
        }
        for each in entries
    ]  # fmt: skip
    said = {b"counts": json.dumps([vars(each) for each in counts]).encode()}
    whole(path, pyarrow.Table.from_pylist(rows, SCHEMA.with_metadata(said)))


def whole(path: Path, table: pyarrow.Table) -> None:
    """The file, or none."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    parquet.write_table(table, staged, compression="zstd", compression_level=1)
    staged.replace(path)


def read(path: Path) -> list[Entry]:
    return [_entry(row) for row in parquet.read_table(path).to_pylist()]


def counts(path: Path) -> list[Count]:
    said = (parquet.read_schema(path).metadata or {}).get(b"counts", b"[]")
    return [Count(**each) for each in json.loads(said)]


def sketches(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and sketches of a part, without its texts; documents without a sketch are left out."""
    table = parquet.read_table(path, columns=["id", "sketch"])
    for name, sketch in zip(table["id"].to_pylist(), table["sketch"].to_pylist(), strict=True):
        if sketch is not None:
            yield name, sketch


def result(entries: Sequence[Entry]) -> pyarrow.Table:
    """As a person reads it."""
    return pyarrow.Table.from_pylist([_result(each) for each in entries], RESULT)


def _result(entry: Entry) -> Mapping[str, object]:
    deciding = next((reading for stage, reading in entry.journal if stage == entry.removed_by), None)
    verdict = next((each for each in deciding.verdicts if not each.kept), None) if deciding else None
    text = entry.document.text if entry.document.html is None else entry.document.html.decode("utf-8", "replace")
    return {
        "id": entry.document.id, "url": entry.document.url, "text": text, "removed_by": entry.removed_by,
        "set_aside": entry.set_aside, "rule": verdict.rule if verdict else None,
        "value": float(verdict.value) if verdict else None,
        "threshold": float(verdict.threshold) if verdict else None,
        "margin": float(verdict.margin) if verdict else None, "origin": deciding.origin if deciding else "",
        "verdicts": json.dumps([_told(*said) for said in entry.journal]),
    }  # fmt: skip


def told_verdict(verdict: Verdict) -> list[object]:
    return [verdict.rule, verdict.value, verdict.threshold, verdict.side]


def _told(stage: str, reading: Reading) -> Mapping[str, object]:
    told: dict[str, object] = {"stage": stage, "verdicts": [told_verdict(each) for each in reading.verdicts]}
    if reading.cuts:
        told["cuts"] = [[each.start, each.stop, each.by, each.put] for each in reading.cuts]
    if reading.origin:
        told["origin"] = reading.origin
    return told


def reading_of(told: Mapping) -> Reading:
    return Reading(
        verdicts=tuple(Verdict(*each) for each in told["verdicts"]),
        cuts=tuple(Cut(*each) for each in told.get("cuts", ())),
        origin=told.get("origin", ""),
        text=told.get("text"),
    )


def _entry(row: Mapping) -> Entry:
    document = Document(
        id=row["id"], url=row["url"], html=row["html"], charset=row["charset"], text=row["text"]
    )  # fmt: skip
    return Entry(
        document=document,
        journal=tuple((told["stage"], reading_of(told)) for told in json.loads(row["journal"])),
        removed_by=row["removed_by"], set_aside=row["set_aside"], sketch=row["sketch"],
    )  # fmt: skip


def readings(path: Path, made: Sequence[Reading]) -> None:
    """What a stage that compares all said of the documents of one part, in their order."""
    lines = [json.dumps({**_told("", each), "text": each.text}) for each in made]
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    staged.write_text("\n".join(lines), encoding="utf-8")
    staged.replace(path)


def compared(path: Path) -> list[Reading]:
    return [reading_of(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
