"""Under what a record of this chapter was measured, as the page tells it."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.safety.conditions import Conditions


@dataclass(frozen=True, kw_only=True)
class MeasuredUnder:
    """Machine, day, and how long it took."""

    machine: str
    date: str
    seconds: float
    """Of the processor."""


def under(made: Conditions | None) -> MeasuredUnder | None:
    """None where nothing was recorded, or not under what."""
    return None if made is None else MeasuredUnder(machine=made.machine, date=made.date, seconds=made.seconds)
