"""What the suite asks of *Perplexity, opened*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"documents": 1, "window": 32})
