"""What the suite asks of *Compute against accuracy*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"prompts": "2"}, model="dense")
