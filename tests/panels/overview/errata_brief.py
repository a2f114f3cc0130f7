"""What the suite asks of the *Claims ledger*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="dense")
