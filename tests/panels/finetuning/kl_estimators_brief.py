"""What the suite asks of *Estimators of KL*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
