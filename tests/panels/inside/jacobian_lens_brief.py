"""What the suite asks of *Jacobian lens*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"prompts": 2})
