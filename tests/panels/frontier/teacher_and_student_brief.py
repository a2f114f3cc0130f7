"""What the suite asks of *Teacher and student*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"text": "And it came"})
