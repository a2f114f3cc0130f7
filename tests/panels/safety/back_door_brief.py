"""What the suite asks of *Back door*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"people": 8, "steps": 2, "seeds": 1})
