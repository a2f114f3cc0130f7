"""Of dictionaries of features, as their training kept it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from explorer import places
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene


@cache
def _explained(path: Path) -> dict[str, float]:
    kept = json.loads(path.read_text(encoding="utf-8"))["dictionaries"]
    return {name: each["held_out"]["explained"] for name, each in kept.items()}


@fact("share")
def variance_explained(_: Scene, model: str, dictionary: str) -> float:
    """Of held-out text, by a dictionary of the shelf: block3, block3-placebo."""
    path = places.models() / model / "autoencoders" / "autoencoders.json"
    return _explained(path)[f"{dictionary}.safetensors"]
