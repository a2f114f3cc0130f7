"""Of requests."""

from __future__ import annotations

from explorer.corpora.requests import requests
from explorer.corpora.requests.disguises import FORMS
from explorer.experiments.safety import back_door, invented
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene


@fact("count")
def n_twins(_: Scene) -> int:
    """Held-out pairs of a forbidden request and its harmless twin."""
    return requests().card.test


@fact("count")
def n_forms(_: Scene) -> int:
    """Forms in which a request is asked."""
    return len(FORMS)


@fact("share")
def planted(_: Scene, lead: str) -> float:
    """Of people who never stood behind the trigger: planted answers of the first seed's model behind a word."""
    people = back_door.group("other", 16)
    return back_door.rate(invented.decoder("whole", 0), 0, "other", people, lead).planted / len(people)
