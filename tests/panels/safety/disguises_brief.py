"""What the suite asks of *Disguises*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"asked": 1, "fitted": 4, "searched": 1})
