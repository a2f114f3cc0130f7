"""What the suite asks of *Reward model*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"pairs": 8})
