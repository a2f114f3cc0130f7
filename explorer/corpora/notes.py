"""Requests to write a few words to somebody, made by rule: those that a constitution's training reads, and others.

    notes()  ->  Notes(train=("Write a note to a classmate who borrows my pens.", ...), held_out=(...))

Openings, persons and what they did are of one half alone: what is measured on the other half was in no training.

>>> len(notes().train), len(notes().held_out), set(notes().train) & set(notes().held_out)
(48, 24, set())
>>> notes().held_out[0]
'Write a letter to a landlord who has not called me back.'
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

OPENINGS = {
    "train": ("Write a note to {} who {}.", "Write to {} who {}.", "What can I say to {} who {}?"),
    "held out": ("Write a letter to {} who {}.", "What should I write to {} who {}?"),
}
WHO = {
    "train": ("a classmate", "a cousin", "a neighbour", "a flatmate", "a baker", "a coach", "an aunt", "a guest"),
    "held out": ("a landlord", "a colleague", "a friend", "a waiter", "a teacher", "an uncle"),
}
DID = {
    "train": (
        "borrows my pens", "forgot our meeting", "sent me a wrong parcel", "is always late", "talks while I work",
        "broke a glass", "did not answer my message", "ate my lunch", "asks for too much money", "moved my bicycle",
        "wants to visit on Sunday", "gave me a book",
    ),
    "held out": (
        "has not called me back", "lost my umbrella", "invited me to a concert", "spilled coffee on my desk",
        "cancelled our trip", "told a joke about me", "found my keys", "shouts on the telephone",
    ),
}  # fmt: skip
COUNT = {"train": 48, "held out": 24}


class Notes(NamedTuple):
    """Both halves."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


@lru_cache(maxsize=1)
def notes() -> Notes:
    """The same on every machine."""
    return Notes(_made("train"), _made("held out"))


def _made(half: str) -> tuple[str, ...]:
    """Persons, deeds and openings in turns, so that each comes with several of the others."""
    openings, whos, deeds = OPENINGS[half], WHO[half], DID[half]
    found: dict[str, None] = {}
    at = 0
    while len(found) < COUNT[half]:
        who, deed = whos[at % len(whos)], deeds[(at + at // len(deeds)) % len(deeds)]
        found[openings[(at + at // len(whos)) % len(openings)].format(who, deed)] = None
        at += 1
    return tuple(found)
