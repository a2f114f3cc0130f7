"""What the suite asks of *Prefill and decode*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
