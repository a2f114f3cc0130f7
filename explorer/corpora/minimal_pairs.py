"""Minimal pairs, made by rules: the verb that agrees with its subject, and the one that agrees with a nearer noun.

    "The dogs near the table"  ->  " are" is right, " is" is wrong

The kind is that of Linzen et al. 2016 (arXiv 1611.01368) and BLiMP (Warstadt et al. 2020, arXiv 1912.00582); the
sentences are made here, of twelve nouns.

>>> items = agreement()
>>> len(items), items[0].prefix, items[0].right, items[0].wrong
(264, 'The dog near the cars', ' is', ' are')
>>> len({item.prefix for item in items})
264
"""

from __future__ import annotations

from typing import NamedTuple

NOUNS = (
    ("dog", "dogs"), ("car", "cars"), ("teacher", "teachers"), ("table", "tables"), ("letter", "letters"),
    ("house", "houses"), ("tree", "trees"), ("book", "books"), ("farmer", "farmers"), ("picture", "pictures"),
    ("key", "keys"), ("friend", "friends"),
)  # fmt: skip
BETWEEN = ("near", "behind", "next to")
VERBS = ((" is", " are"), (" was", " were"), (" has", " have"))


class Pair(NamedTuple):
    """One item."""

    prefix: str
    right: str
    wrong: str
    subject: int
    """The noun's number: items of one subject are no independent draws."""


def agreement() -> tuple[Pair, ...]:
    """Each noun in both numbers with each other noun in the other number; the nouns take turns."""
    made = []
    for step in range(1, len(NOUNS)):
        for subject, noun in enumerate(NOUNS):
            other = NOUNS[(subject + step) % len(NOUNS)]
            for number in (0, 1):
                at = step + subject + number - 1
                verbs = VERBS[at % len(VERBS)]
                between = BETWEEN[(at + step - 1) % len(BETWEEN)]
                prefix = f"The {noun[number]} {between} the {other[1 - number]}"
                made.append(Pair(prefix, verbs[number], verbs[1 - number], subject))
    return tuple(made)
