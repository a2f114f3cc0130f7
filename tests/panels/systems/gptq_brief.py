"""What the suite asks of *GPTQ, step by step*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
