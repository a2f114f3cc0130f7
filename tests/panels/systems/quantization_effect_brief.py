"""What the suite asks of *Effect on this prompt*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(model="tiny", interventions="quant:all:int8")
