"""What the suite asks of *State*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"text": "In the beginning God created the heaven"}, model="dense")
