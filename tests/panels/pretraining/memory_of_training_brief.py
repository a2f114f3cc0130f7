"""What the suite asks of *Memory of training*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"width": 128, "blocks": 1, "length": 64, "batch": 1, "steps": 0})
