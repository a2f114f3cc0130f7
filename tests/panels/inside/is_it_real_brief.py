"""What the suite asks of *Is it real?*: dictionaries of the small model, and little training."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": 20, "features": 128, "width": 128}, model="dense")
