"""What the suite asks of *KV cache*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense", controls={"longest": 16, "texts": 1})
