"""What the suite asks of *Sample, vote, choose*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"prompts": "2"}, model="dense")
