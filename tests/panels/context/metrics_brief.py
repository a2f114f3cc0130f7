"""What the suite asks of *Metrics*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="tiny", controls={"count": 3000, "rewritten": 3})
