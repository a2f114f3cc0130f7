"""Scored items, kept on the disk in the lines that `python -m explorer evaluate` writes: the next who asks for the same
model, task and settings scores only what is missing.

A file's name holds the key of its setting and the hash of the code that measured it. A file is written beside its place
and renamed into it; of all files at most so many bytes stay, those that were asked for last.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from explorer.experiments.evaluation.results import Setting
from explorer.experiments.evaluation.samples import Sample
from explorer.fetching.cache import cache_folder
from explorer.zoo.checkpoints import code_hash

#: Bytes on the disk.
MOST = 64 * 10**6


def _folder() -> Path:
    return cache_folder() / "evaluations"


@dataclass(frozen=True)
class KeptCells:
    """The files of a folder."""

    folder: Path = field(default_factory=lambda: _folder())
    most: int = MOST

    def read(self, setting: Setting) -> dict[int, Sample]:
        """By the item's id; a file that cannot be read holds nothing."""
        path = self._path(setting)
        try:
            found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            kept = {int(each["doc_id"]): each for each in found if each["resps"] and each["tokens"]}
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        with suppress(OSError):  # a disk that is only read
            os.utime(path)  # asked for just now: the last to go
        return kept

    def keep(self, setting: Setting, samples: Sequence[Sample]) -> None:
        """Add these to what is kept. A disk that is full or only read keeps nothing: they are scored again."""
        path = self._path(setting)
        all_of_them = self.read(setting) | {int(each["doc_id"]): each for each in samples}
        text = "".join(json.dumps(all_of_them[at], ensure_ascii=False) + "\n" for at in sorted(all_of_them))
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="utf-8")
            part.replace(path)
            self._shrink()
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _path(self, setting: Setting) -> Path:
        key = hashlib.sha256(setting.said.encode()).hexdigest()[:12]  # as the command has it
        return self.folder / f"samples_{setting.task.name}_{key}_{code_hash()[:12]}.jsonl"

    def _shrink(self) -> None:
        files = sorted(((path.stat(), path) for path in self.folder.iterdir()), key=lambda each: each[0].st_mtime)
        total = sum(stat.st_size for stat, _ in files)
        for stat, path in files:
            if total <= self.most:
                break
            path.unlink(missing_ok=True)
            total -= stat.st_size
