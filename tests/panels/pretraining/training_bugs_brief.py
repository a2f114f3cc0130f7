"""What the suite asks of *Gallery of bugs*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": 2, "seeds": 1})
