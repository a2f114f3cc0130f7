"""What the suite asks of *Emergence*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief()
