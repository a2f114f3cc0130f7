"""Answers whose log-probabilities are wrong."""

from collections.abc import Callable

import pytest

from explorer.stack.inference.decoding import engine


@pytest.fixture
def misreported(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, the engine reports another log-probability than that of the token it writes."""
    true = engine.logprob
    return lambda: monkeypatch.setattr(engine, "logprob", lambda row, chosen: true(row, chosen) - 1)
