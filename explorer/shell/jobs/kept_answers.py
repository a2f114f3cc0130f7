"""Answers of heavy views, kept within a bound of bytes: measured once for all visitors who ask the same.

What took minutes is kept on the disk as well, and found there after a restart, as long as the code that measured it is
the same.
"""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from cachetools import LRUCache

#: bytes in memory, and on the disk
MEMORY_BYTES, DISK_BYTES = 64 * 10**6, 256 * 10**6
#: seconds of work from which on an answer is worth the disk
LONG = 5.0


class Answers:
    """Bytes by the key of their order; the least recently asked for go first."""

    def __init__(self, folder: Path | None = None, memory: int = MEMORY_BYTES, disk: int = DISK_BYTES) -> None:
        self.folder, self.disk = folder, disk
        self._kept: LRUCache[str, bytes] = LRUCache(memory, getsizeof=len)
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The answer kept under this key."""
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                return found
        if (found := self._read(key)) is not None:
            self._keep(key, found)
        return found

    def put(self, key: str, answer: bytes, seconds: float = 0.0) -> None:
        """Keep an answer whose making took that long."""
        self._keep(key, answer)
        if seconds >= LONG:
            self._write(key, answer)

    def forget(self, key: str) -> None:
        """Drop an answer everywhere: it is to be measured again."""
        with self._lock:
            self._kept.pop(key, None)
        if (path := self._path(key)) is not None:
            with suppress(OSError):  # a disk that is only read: until a restart the new answer goes before it
                path.unlink(missing_ok=True)

    def forget_naming(self, name: str) -> None:
        """Drop from the memory all answers whose orders hold this name; such are on no disk (`Order.private`)."""
        with self._lock:
            for key in [each for each in self._kept if name in each]:
                del self._kept[key]

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return int(self._kept.currsize)

    def _keep(self, key: str, answer: bytes) -> None:
        with self._lock:
            if len(answer) <= self._kept.maxsize:
                self._kept[key] = answer

    def _path(self, key: str) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{hashlib.sha256(f'{code_hash()} {key}'.encode()).hexdigest()[:32]}.json"

    def _read(self, key: str) -> bytes | None:
        path = self._path(key)
        try:
            if path is None:
                return None
            answer = path.read_bytes()
        except OSError:
            return None
        with suppress(OSError):  # a disk that is only read
            os.utime(path)  # asked for just now: the last to go
        return answer

    def _write(self, key: str, answer: bytes) -> None:
        path = self._path(key)
        if path is None:
            return
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(answer)
            part.replace(path)
            _shrink(path.parent, self.disk)
        except OSError:  # a full or read-only disk: it is measured again after a restart
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _shrink(folder: Path, most: int) -> None:
    """Delete the files that were asked for longest ago until at most so many bytes are left."""
    files = sorted(((path.stat(), path) for path in folder.iterdir()), key=lambda each: each[0].st_mtime)
    total = sum(stat.st_size for stat, _ in files)
    for stat, path in files:
        if total <= most:
            break
        path.unlink(missing_ok=True)
        total -= stat.st_size


@cache
def code_hash() -> str:
    """Of all code of the explorer."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[2]
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()
