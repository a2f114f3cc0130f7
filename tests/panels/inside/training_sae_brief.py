"""What the suite asks of *Training an SAE*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": 20, "width": 256, "text": "passages"}, model="dense")
