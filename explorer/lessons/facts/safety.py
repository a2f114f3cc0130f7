"""Of requests, and of what was recorded of the taught refusal."""

from __future__ import annotations

from explorer.corpora.requests import requests
from explorer.corpora.requests.disguises import FORMS
from explorer.experiments.safety import recording, refusal
from explorer.experiments.safety.recording import Counted
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene
from explorer.zoo import adapters


@fact("count")
def n_twins(_: Scene) -> int:
    """Held-out pairs of a forbidden request and its harmless twin."""
    return requests().card.test


@fact("count")
def n_forms(_: Scene) -> int:
    """Forms in which a request is asked."""
    return len(FORMS)


@fact("share")
def forbidden_refused(_: Scene, name: str, way: str) -> float:
    """Recorded: forbidden requests refused under a condition, as ("direction", "ablated") or ("random", "added")."""
    made = _condition(name, way)
    return made.forbidden_refused / made.n


@fact("share")
def twins_refused(_: Scene, name: str, way: str) -> float:
    """Recorded: harmless twins refused under a condition."""
    made = _condition(name, way)
    return made.twins_refused / made.n


def _condition(name: str, way: str) -> Counted:
    made = recording.read(adapters.committed()[refusal.ADAPTER])
    return next(each for each in made.effects if (each.name, each.way) == (name, way))
