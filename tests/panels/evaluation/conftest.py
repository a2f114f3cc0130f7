"""A small real model and a run of it, as the panels of inference have them."""

from collections.abc import Callable
from typing import Any

import pytest

from explorer.stack.systems.packed import Packed
from tests.panels.inference.conftest import check as check
from tests.panels.inference.conftest import run as run
from tests.panels.inference.conftest import small as small
from tests.panels.inference.conftest import view as view


@pytest.fixture
def wrong_values(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, attention over trees of requests reads each value one place further on."""
    whole = Packed.__call__

    def wrong(self: Packed, q: Any, k: Any, v: Any, *rest: Any) -> Any:
        return whole(self, q, k, v.roll(1, -1), *rest)

    return lambda: monkeypatch.setattr(Packed, "__call__", wrong)
