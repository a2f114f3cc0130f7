"""What the suite asks of *Train*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"merges": 40})
