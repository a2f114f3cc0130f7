"""What the suite asks of *Steering*: two strengths on the small model."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
