"""What an evaluation leaves: lines for each item as soon as it is measured, and the whole in lm-eval's result schema.

``samples_<task>_<key>.jsonl`` grows batch by batch; ``results_<task>_<key>.json`` is written at the end. The key is a
hash of all that the numbers depend on (model, task's files, settings, interventions), so that a run goes on only from
its own beginning, and two runs never share a file. What was cut short by a full disk or a stopped process (a line, an
item without all of its lines) is left out when the run goes on, and measured again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from explorer.errors import BadRequestError, StorageError
from explorer.experiments.evaluation.results import Results, Setting, results
from explorer.experiments.evaluation.samples import Sample
from explorer.fetching.cache import is_full


class Kept:
    """The files of one run."""

    def __init__(self, folder: Path, setting: Setting, resume: bool) -> None:
        """Raises BadRequestError where results are there and are not to be gone on from, StorageError."""
        self.folder, self.setting = folder, setting
        key = hashlib.sha256(setting.said.encode()).hexdigest()[:12]
        self.samples_file = folder / f"samples_{setting.task.name}_{key}.jsonl"
        self.results_file = folder / f"results_{setting.task.name}_{key}.json"
        self.samples: list[Sample] = []
        self.done: set[int] = set()
        """Items that are measured."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self.samples_file.exists():
                if not resume:
                    raise BadRequestError(
                        f"{self.samples_file} is there already.", "Go on from it with --resume, or name another --out."
                    )
                self._read()
        except OSError as error:
            raise self._full(error) from error

    def _read(self) -> None:
        for line in self.samples_file.read_text(encoding="utf-8").splitlines():
            try:
                self.samples.append(json.loads(line))
            except ValueError:  # cut short
                break
        lines = Counter(each["doc_id"] for each in self.samples)
        self.samples = [each for each in self.samples if lines[each["doc_id"]] == self._lines]
        self.done = {each["doc_id"] for each in self.samples}
        self._write(self.samples_file, map(_line, self.samples))

    @property
    def _lines(self) -> int:
        """Of one item."""
        task = self.setting.task
        return len(task.free.pipelines) if task.kind == "generate_until" else 1

    def add(self, samples: Sequence[Sample]) -> None:
        """Keep some more. Raises StorageError where the disk is full: what was kept before stays."""
        try:
            with self.samples_file.open("a", encoding="utf-8") as file:
                file.write("".join(map(_line, samples)))
        except OSError as error:
            raise self._full(error) from error
        self.samples += samples
        self.done.update(each["doc_id"] for each in samples)

    def finish(self, seconds: float, limit: int | None) -> Results:
        """Put the lines in the items' order, write the results, and return them."""
        self.samples.sort(key=lambda each: each["doc_id"])
        made = results(self.setting, self.samples, seconds, limit)
        try:
            self._write(self.samples_file, map(_line, self.samples))
            self._write(self.results_file, [json.dumps(made, indent=2, ensure_ascii=False) + "\n"])
        except OSError as error:
            raise self._full(error) from error
        return made

    @staticmethod
    def _write(path: Path, parts: Iterable[str]) -> None:
        """The old file stays until the new one is whole."""
        beside = path.with_name(f".{path.name}.part")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.writelines(parts)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def _full(self, error: OSError) -> StorageError:
        n = f"{len(self.done):,} scored items are kept" if self.samples else "nothing was kept"
        why = "its disk is full" if is_full(error) else str(error.strerror)
        return StorageError(
            f"{self.folder} cannot be written: {why}; {n}.",
            "Make room, then go on with --resume, or name another --out.",
        )


def _line(sample: Sample) -> str:
    return json.dumps(sample, ensure_ascii=False) + "\n"
