"""What the suite asks of *Collectives*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"ranks": 2, "largest": 1})
