"""What the suite asks of *Answer*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"example": "own", "own": "Whales are large.\n\nShips sail.", "question": "Big?"})
