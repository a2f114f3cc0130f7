"""What the suite asks of *Image tokens*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"things": "2"}, model="dense")
