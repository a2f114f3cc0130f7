"""What the suite asks of the *Claims ledger*."""

from __future__ import annotations

from tests.panels.brief import Brief

#: All claims together take most of a minute of two cores: the whole page is drawn by `make test-all`.
BRIEF = Brief(model="dense", long=True)
