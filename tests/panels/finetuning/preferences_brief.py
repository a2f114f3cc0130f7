"""What the suite asks of *Preferences*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"steps": 1})
