"""What the suite asks of *Cost and memory*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"longest": "64", "rounds": "3"}, model="dense")
