"""What the suite asks of *Which words mattered*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"orders": 2, "steps": 8})
