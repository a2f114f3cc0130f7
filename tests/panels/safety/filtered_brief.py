"""What the suite asks of *Filter*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"people": 8})
