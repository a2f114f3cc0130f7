"""All claims of the reference that are checked, in its order: one list.

Each module of this folder whose name ends in `_claims` has a tuple `CLAIMS`; a new entry is a `Claim` in one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path

from cachetools import LRUCache

from explorer.experiments.overview.errata.claims import Checked, Claim, Ground, checked
from explorer.experiments.overview.errata.sections import place


def _all() -> tuple[Claim, ...]:
    """By chapter, then by heading, then as the module lists them."""
    names = sorted(file.stem for file in Path(__file__).parent.glob("*_claims.py"))
    listed = [claim for name in names for claim in import_module(f"{__package__}.{name}").CLAIMS]
    return tuple(sorted(listed, key=lambda claim: place(claim.chapter, claim.section)))


CLAIMS = _all()

#: What was found of claims that read neither the run nor its model: the next prompt changes nothing in it.
_known: LRUCache[Claim, Checked] = LRUCache(len(CLAIMS))


def all_checked(ground: Ground, tell: Callable[[int, int], None]) -> Iterator[tuple[Checked, ...]]:
    """Every claim, one after the other; yields what is known so far at the end of each chapter."""
    made: list[Checked] = []
    for _, chapter in groupby(CLAIMS, key=lambda claim: claim.chapter):
        for claim in chapter:
            tell(len(made), len(CLAIMS))
            made.append(_known.get(claim) or _checked(claim, ground))
        yield tuple(made)


def _checked(claim: Claim, ground: Ground) -> Checked:
    """The claim, checked now; what another run cannot change is kept, unless it is open: it may be checked later."""
    made = checked(claim, ground)
    if not claim.grounded and made.verdict != "open":
        _known[claim] = made
    return made
