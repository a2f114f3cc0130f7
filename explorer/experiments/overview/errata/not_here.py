"""A claim that nothing on this machine can compute: the ledger names it, and says why it stays open."""

from __future__ import annotations

from collections.abc import Callable

from explorer.errors import NotApplicableError
from explorer.experiments.overview.errata.claims import Found, Ground


def not_here(why: str, instead: str = "") -> Callable[[Ground], Found]:
    """A check that refuses with its reason, and says what comes nearest to one.

    >>> not_here("Nobody publishes it.")(object.__new__(Ground))
    Traceback (most recent call last):
    explorer.errors.NotApplicableError: Nobody publishes it.
    """

    def refuse(_: Ground) -> Found:
        raise NotApplicableError(why, instead)

    return refuse


def measured_elsewhere(what: str) -> Callable[[Ground], Found]:
    """A check whose work takes minutes: its panel or its benchmark does it."""
    return not_here("The list does not run this: it takes minutes.", what)
