"""What the suite asks of *Refusal, found*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"pairs": 4, "asked": 2})
