"""What the suite asks of *Ask the picture*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"things": "2"}, model="dense")
