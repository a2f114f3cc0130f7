"""What lies beside the places of a recording: their runs, and the answers of selections near them. Each is stored once,
however many places show it, and a reader's page fetches only the parts that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import orjson

from explorer.shell.recorded.recording import fragments

if TYPE_CHECKING:
    from explorer.shell.envelope.recordings import NearFile, PartFile, RecordedAnswer
    from explorer.shell.recorded.recording import Recording

#: bytes of a file of answers, packed, from which on the next one begins
PART = 100_000


class Parts:
    """Entries of one run and panel, each once, in files of about `PART` bytes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._places: dict[bytes, int] = {}
        self._files: list[list[bytes]] = []
        self._room = 0

    def place(self, packed: bytes) -> int:
        """The entry's number."""
        if packed not in self._places:
            if self._room <= 0:
                self._files.append([])
                self._room = PART
            self._files[-1].append(packed)
            self._room -= len(packed)
            self._places[packed] = len(self._places)
        return self._places[packed]

    @property
    def index(self) -> list[tuple[int, str]]:
        """The number of the first entry of each file, and the file's name."""
        starts = [sum(map(len, self._files[:at])) for at in range(len(self._files))]
        return [(start, f"{self.name}.{at + 1}") for at, start in enumerate(starts)]

    def files(self) -> dict[str, bytes]:
        """Each file's content."""
        found: dict[str, bytes] = {}
        for (_, name), packed in zip(self.index, self._files, strict=True):
            file: PartFile = {"entries": fragments(packed)}
            found[name] = orjson.dumps(file)
        return found


def beside(recordings: Sequence[Recording], names: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
    """(files of all that lies beside these places, the name of each one's run; nothing where it has none).

    `names` are those of the places' own files.
    """
    runs: dict[str, str] = {}
    groups: dict[tuple[str, str], Parts] = {}
    files: dict[str, bytes] = {}
    answers: list[tuple[str, Parts, list[RecordedAnswer]]] = []
    for recording, name in zip(recordings, names, strict=True):
        if recording.run is not None and recording.query not in runs:
            runs[recording.query] = f"run-{len(runs) + 1}"
            files[runs[recording.query]] = orjson.dumps(recording.run)
        parts = groups.setdefault((recording.step.link.panel, recording.query), Parts(f"{name}.part"))
        answers.append((name, parts, [_placed(recording, answer, parts) for answer in recording.answers[1:]]))
    for name, parts, near in answers:
        file: NearFile = {"answers": near, "parts": parts.index}
        files[f"{name}.near"] = orjson.dumps(file)
    for parts in groups.values():
        files |= parts.files()
    return files, [runs.get(each.query, "") if each.run is not None else "" for each in recordings]


def _placed(recording: Recording, answer: RecordedAnswer, parts: Parts) -> RecordedAnswer:
    """An answer near the place: its entries are the place's own, by their number, or follow those, by the parts'."""
    own = recording.own
    views = {
        name: place if place < own else own + parts.place(recording.packed[place])
        for name, place in answer["views"].items()
    }
    return {**answer, "views": views}
