"""What the suite asks of *Passages in the prompt*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"questions": 2, "among": 3, "tokens": 20})
