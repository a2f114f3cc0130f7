"""The cache folder: where weights lie, how a folder becomes visible whole or not at all, how damage is noticed.

A model folder is written beside its place and renamed into it when it is complete. Its seal, `complete.json`, holds
every file's size, modification time and sha256, so that a file cut or altered afterwards is noticed: by its size or
time in microseconds, and by its sha256 when the time differs.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import StorageError

SEAL = "complete.json"
DAY_S = 24 * 3600
FULL = (errno.ENOSPC, errno.EDQUOT)
FORMAT = 1
"""Raised when a conversion changes, so that older folders are made anew."""


def cache_folder() -> Path:
    """EXPLORER_CACHE, or the platform's cache folder for this app."""
    override = os.environ.get("EXPLORER_CACHE")
    if override:
        return Path(override).expanduser().resolve()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("llm-internals-explorer", appauthor=False))


def model_folder(name: str, sha256: str) -> Path:
    """The place of a converted model: its name for people, the sha256 of what it was made from for truth."""
    return cache_folder() / "models" / f"{name}-{sha256[:12]}-v{FORMAT}"


def weights_file(file: str, sha256: str) -> Path:
    """The place of a downloaded file."""
    return cache_folder() / "weights" / sha256[:12] / file


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time makes the thing of that name; the others wait and then find it made."""
    from filelock import FileLock

    folder = _writable(cache_folder() / "locks")
    with FileLock(folder / f"{name}.lock"):
        yield


@contextmanager
def staging(needed: int = 0) -> Iterator[Path]:
    """A folder on the cache's own disk, gone afterwards whatever happens; what is to stay is renamed out of it.

    Raises StorageError where the disk is full; `needed` is how many bytes the work takes: without room for them it is
    not begun, and the next who asks does not wait for it in vain.
    """
    root = _writable(cache_folder() / "staging")
    for left in root.iterdir():
        # Left by a process that was killed; no fetch takes a day.
        if time.time() - left.stat().st_mtime > DAY_S:
            shutil.rmtree(left, ignore_errors=True)
    if shutil.disk_usage(root).free < needed:
        raise full(root, needed)
    path = Path(tempfile.mkdtemp(dir=root))
    try:
        yield path
    except Exception as error:
        if not is_full(error):
            raise
        raise full(root, needed) from error
    finally:
        shutil.rmtree(path, ignore_errors=True)


def is_full(error: Exception) -> bool:
    """Whether an error says that the disk is full. Libraries that write in another language raise errors of their own,
    with the system's words in them.

    >>> is_full(OSError(errno.ENOSPC, "")), is_full(RuntimeError("No space left on device (os error 28)"))
    (True, True)
    >>> is_full(OSError(errno.EACCES, "")), is_full(ValueError("os error 280"))
    (False, False)
    """
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    numbers = "|".join(map(str, FULL))
    return re.search(rf"No space left on device|\(os error (?:{numbers})\)", str(error)) is not None


def full(folder: Path, needed: int) -> StorageError:
    """The error of a disk without room for `needed` bytes (0: nobody knows how many)."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    room = f"about {needed / 1e6:,.0f} MB are needed, and " if needed else ""
    return StorageError(
        f"The disk of {folder} is full: {room}{free / 1e6:,.0f} MB are free.",
        "Make room there, or set EXPLORER_CACHE to a folder on another disk.",
        needed=needed,
        free=free,
    )


def _writable(folder: Path) -> Path:
    """The folder, made if it is missing. Raises StorageError where nothing can be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        if error.errno in FULL:
            raise full(cache_folder(), 0) from error
        raise StorageError(
            f"The cache folder {cache_folder()} cannot be written ({error.strerror}).",
            "Set EXPLORER_CACHE to a folder that can be.",
        ) from error
    return folder


def temporary_folder() -> Path:
    """Where temporary files of this process go: the system's folder, or one in the cache where that is read-only.

    Raises StorageError where there is none.
    """
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        try:
            folder = _writable(cache_folder() / "tmp")
        except StorageError:
            raise StorageError(
                "There is no folder for temporary files: the system's and the cache folder cannot be written.",
                "Set TMPDIR (or EXPLORER_CACHE) to a folder that can be.",
            ) from error
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)  # processes that are started from here go there as well
        return folder


def seal(folder: Path, origin: str) -> None:
    """Write the seal of a complete folder; `origin` is the sha256 of the file it was made from."""
    files = {}
    for path in sorted(folder.iterdir()):
        if path.name != SEAL:
            stat = path.stat()
            files[path.name] = {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256_of(path)}
    (folder / SEAL).write_text(json.dumps({"format": FORMAT, "origin": origin, "files": files}, indent=1))


def install(staged: Path, target: Path) -> None:
    """Rename a complete thing into its place; an older one there goes first. Both lie on one disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    staged.replace(target)


def damage(folder: Path, thorough: bool = True) -> str | None:
    """What is wrong with a sealed folder in a few words, or None if it is whole.

    Sizes are always compared. If a modification time differs from the seal's, `thorough` compares the sha256 as well
    (half a gigabyte takes about a second).
    """
    try:
        files = json.loads((folder / SEAL).read_text())["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return f"{SEAL} is missing or unreadable"
    for name, sealed in files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        stat = path.stat()
        if stat.st_size != sealed["bytes"]:
            return f"{name} has {stat.st_size:,} bytes instead of {sealed['bytes']:,}"
        if thorough and stat.st_mtime_ns != sealed["mtime_ns"] and sha256_of(path) != sealed["sha256"]:
            return f"{name} was altered: its sha256 differs"
    return None
