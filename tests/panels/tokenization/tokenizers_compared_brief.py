"""What the suite asks of *Compare tokenizers*."""

from __future__ import annotations

from tests.panels.brief import Brief

BRIEF = Brief(controls={"lineup": "gpt2,smollm2"})
