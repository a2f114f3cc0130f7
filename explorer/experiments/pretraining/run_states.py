"""States of small runs on this machine, from which they go on; the least recently used go first.

A state's place follows from what the run was made of up to its step (`SmallRun.until`) and from the code that trains. A
fork therefore finds the states of its parent, and whoever opens the same run goes on from where it stopped.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import torch

from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.small_run import SmallRun
from explorer.fetching import cache
from explorer.zoo.checkpoints import DISK_BYTES, code_hash


def keep(run: LiveRun) -> bool:
    """Write the run's state as it stands; False where the disk is full or cannot be written."""
    target = _path(run.described, run.progress.step)
    part = target.with_suffix(f".{os.getpid()}.part")
    written = io.BytesIO()
    torch.save(run.state(), written)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(written.getbuffer())
        part.replace(target)
        shrink(int(os.environ.get("EXPLORER_CHECKPOINT_BYTES") or DISK_BYTES), but=target)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return False
    return True


def drop(described: SmallRun, step: int) -> None:
    """Delete that state, if it is here."""
    with suppress(OSError):
        _path(described, step).unlink(missing_ok=True)


def steps_of(described: SmallRun) -> list[int]:
    """The steps of which a state of this run is here, from the first to the last: its parent's up to the fork too."""
    return sorted(_found(described))


def go_on(run: LiveRun, most: int | None = None) -> int:
    """Put a run that has not begun where the last of its states was, or the last one up to `most`. Returns its step: 0
    where there is none."""
    found = _found(run.described)
    for step in sorted(found, reverse=True):
        if most is not None and step > most:
            continue
        try:
            contents = torch.load(found[step], weights_only=True)
            run.load(contents)
        except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
            with suppress(OSError):  # one that was damaged
                found[step].unlink(missing_ok=True)
            continue
        with suppress(OSError):
            os.utime(found[step])
        return step
    return 0


def shrink(most: int, but: Path | None = None) -> None:
    """Delete those that were used longest ago until at most so many bytes are left; never `but`."""
    found = []
    for path in folder().iterdir():
        with suppress(OSError):
            found.append((path.stat().st_mtime, path.stat().st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= most:
            return
        if path != but:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size


def folder() -> Path:
    return cache.cache_folder() / "runs"


def _path(described: SmallRun, step: int) -> Path:
    digest = hashlib.sha256(f"{code_hash()} {described.until(step)}".encode()).hexdigest()
    return folder() / f"{digest[:24]}-{step}.pt"


def _found(described: SmallRun) -> dict[int, Path]:
    """By step; of each stretch between two changes those that lie in it."""
    return {step: path for step, path in _candidates(described) if path == _path(described, step)}


def _candidates(described: SmallRun) -> Iterator[tuple[int, Path]]:
    ends = [*(each.step for each in described.changes), described.steps]
    for end in ends:
        for path in folder().glob(f"{_path(described, end).stem.split('-')[0]}-*.pt"):
            yield int(path.stem.split("-")[1]), path
