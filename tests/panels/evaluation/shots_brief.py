"""What the suite asks of *Shots*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"task": "copy", "items": 12, "most": 1, "length": 6, "sequences": 2})
