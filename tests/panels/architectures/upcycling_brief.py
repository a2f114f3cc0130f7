"""What the suite asks of *Upcycling*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"k": 1, "steps": 2, "texts": "passages"})
