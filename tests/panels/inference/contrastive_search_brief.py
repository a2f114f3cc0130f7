"""What the suite asks of *Contrastive search*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"length": 32})
