"""What the suite asks of *Windows and reach*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
