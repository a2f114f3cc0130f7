"""Which files a model's name stands for at this moment: another stamp, other weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.zoo.card import shelf
from explorer.zoo.made_names import Adapted, Trained, is_made, parse


def stamp(name: str) -> str:
    """A few characters; nothing where the name is of no model here, or of one that its hub's revision fixes.

    A model of the shelf is the one of its card's sha256, which the loader verifies. Of a folder or a file that a person
    brought, the sizes and times are looked at: they take some microseconds, and are asked for with each run.
    """
    if card := shelf().get(name):
        return card.weights.sha256[:12] if card.weights else ""
    if is_made(name):
        return _of_made(name)
    return _of_files(name)


def _of_made(name: str) -> str:
    """Of a checkpoint the hash of its weights, of an adapter the files, each with its base; nothing where it is not
    here."""
    from explorer.zoo import adapters, checkpoints

    try:
        made = parse(name)
    except ExplorerError:  # the loader tells
        return ""
    if isinstance(made, Trained):
        found = checkpoints.find(made)
        return found.weights if found is not None else ""
    assert made is not None
    base = stamp(made.base)
    if not isinstance(made, Adapted):
        return base
    files = _of_files(str(adapters.folder_of(made.adapter)))
    return f"{base}-{files}" if files else ""


def _of_files(name: str) -> str:
    try:
        path = Path(name).expanduser()
        files = [path] if path.is_file() else sorted([*path.glob("*.safetensors"), *path.glob("*.json")])
        stats = [(file.name, (found := file.stat()).st_size, found.st_mtime_ns) for file in files]
    except (OSError, ValueError, RuntimeError):  # a name of 100,000 characters, a zero byte, no such home
        return ""
    return hashlib.sha256(repr(stats).encode()).hexdigest()[:12] if stats else ""
