"""What the suite asks of *Train on preferences*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"steps": 2, "pairs": 4})
