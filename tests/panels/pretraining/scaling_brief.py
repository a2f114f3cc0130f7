"""What the suite asks of *Scaling laws*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief()
