"""Of requests."""

from __future__ import annotations

from explorer.corpora.requests import requests
from explorer.corpora.requests.disguises import FORMS
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
