"""What the suite asks of *Sinks*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"length": 64, "window": 16})
