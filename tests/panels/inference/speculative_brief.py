"""What the suite asks of *Speculative decoding*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="tiny", controls={"texts": 1, "new": 8})
