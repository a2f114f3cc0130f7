"""What the suite asks of *Break it*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"model": "small"})
