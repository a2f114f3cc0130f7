"""What the suite asks of *Why is my number different?*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"items": 12, "shots": 1})
