"""A small real model, as the panels of inference have it; and answers whose log-probabilities are wrong."""

from collections.abc import Callable

import pytest

from explorer.stack.inference.decoding import engine
from tests.panels.inference.conftest import check as check
from tests.panels.inference.conftest import run as run
from tests.panels.inference.conftest import small as small
from tests.panels.inference.conftest import view as view


@pytest.fixture
def misreported(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, the engine reports another log-probability than that of the token it writes."""
    true = engine.logprob
    return lambda: monkeypatch.setattr(engine, "logprob", lambda row, chosen: true(row, chosen) - 1)
