"""What the suite asks of *Does it know?*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"people": 20, "samples": 3})
