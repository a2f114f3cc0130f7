"""What the suite asks of *What filtering buys*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": 2, "seeds": 1, "filter": "language"})
