"""What the suite asks of *Two runs*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(second="model=smollm2-135m&text=When+Mary+came")
