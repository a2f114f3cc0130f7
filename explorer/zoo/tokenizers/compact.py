"""Contents as arrays on the disk, so that the next start need not read 30 MB of JSON: written beside the cached file.

What lies there is used only if it was written by this form of the reader from this very file (size and time); else the
file is read again.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson

from explorer.errors import StorageError
from explorer.fetching import cache
from explorer.zoo.tokenizers.contents import Contents

FORMAT = 2
"""Raised when readers give other contents."""


def kept(path: Path, read: Callable[[], Contents]) -> Contents:
    """The compact form of what the file holds, or what `read` gives, written for the next time."""
    stat = path.stat()
    origin = f"{FORMAT} {stat.st_size} {stat.st_mtime_ns}"
    place = _place(path)
    if place is None:
        return read()
    if (found := load(place, origin)) is not None:
        return found
    contents = read()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        save(contents, place, origin)
    except (OSError, StorageError):  # a cache that cannot be written costs time, no more
        pass
    return contents


def _place(path: Path) -> Path | None:
    """Beside the file within the cache; for a model's folder, whose files are sealed, in the tokenizers' own."""
    root = cache.cache_folder()
    if not path.is_relative_to(root):
        return None
    return root / "tokenizers" / "compact" / f"{path.parent.name}-{path.stem}.npz"


def save(contents: Contents, place: Path, origin: str) -> None:
    """Write whole or not at all."""
    arrays = {
        "blob": np.frombuffer(b"".join(contents.tokens), np.uint8),
        "lengths": np.array([len(token) for token in contents.tokens], np.int32),
        "words": np.frombuffer(_words(contents, origin), np.uint8),
    }
    for name in ("merges", "scores"):
        if (array := getattr(contents, name)) is not None:
            arrays[name] = array
    handle, temporary = tempfile.mkstemp(dir=place.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
        Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _words(contents: Contents, origin: str) -> bytes:
    return orjson.dumps(
        {
            "origin": origin,
            "algorithm": contents.algorithm,
            "byte_level": contents.byte_level,
            "pipeline": contents.pipeline,
        }
    )


def load(place: Path, origin: str) -> Contents | None:
    """None where there is nothing, or something else than was written for that origin."""
    try:
        with place.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            words = orjson.loads(arrays["words"].tobytes())
            if words["origin"] != origin:
                return None
            raw = arrays["blob"].tobytes()
            ends = np.cumsum(arrays["lengths"]).tolist()
            if (ends[-1] if ends else 0) != len(raw):
                return None
            tokens = [raw[begin:end] for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
            merges, scores = (arrays[name] if name in arrays.files else None for name in ("merges", "scores"))
            return Contents(words["algorithm"], tokens, words["pipeline"], words["byte_level"], merges, scores)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
