"""What the suite asks of *Experts over ranks*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"ranks": 2}, model="mixture")
