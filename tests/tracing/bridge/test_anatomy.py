"""What a model shows is found out by a run of its own, and that takes its turn like any other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.tracing.bridge import anatomy as looking
from explorer.tracing.bridge.anatomy import RUNNING, anatomy
from explorer.zoo import Model


def test_a_model_is_looked_at_once_and_beside_no_run(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    known, looks, begun = anatomy(model.bridge), [], threading.Event()
    monkeypatch.setattr(looking, "_known", {})
    monkeypatch.setattr(looking, "_look", lambda bridge: looks.append(bridge) or known)

    def ask() -> object:
        begun.set()
        return anatomy(model.bridge)

    with ThreadPoolExecutor(2) as pool:
        with RUNNING:  # somebody's run: its hooks would hear the other's two tokens, and the other's hooks its own
            asked = [pool.submit(ask) for _ in range(2)]
            assert begun.wait(5)
            assert not any(each.done() for each in asked)
            assert not looks
        assert all(each.result(10) is known for each in asked)
    assert len(looks) == 1
