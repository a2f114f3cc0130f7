"""What the suite asks of *System prompt*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"messages": "Hi", "conflicts": 1, "passages": 1, "leaks": 1})
