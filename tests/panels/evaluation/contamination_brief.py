"""What the suite asks of *Contamination*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"steps": 60})
