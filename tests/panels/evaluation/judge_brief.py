"""What the suite asks of *Judge*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"pairs": 4})
