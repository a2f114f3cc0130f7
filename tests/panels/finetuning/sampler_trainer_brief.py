"""What the suite asks of *Sampler against trainer*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"tokens": 8}, model="dense")
