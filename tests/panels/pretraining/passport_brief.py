"""What the suite asks of *A document's passport*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"documents": 200})
