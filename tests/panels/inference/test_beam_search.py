"""The search on a small model, step by step, and its check on a cache whose rows do not follow their beams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.panels.protocol import Check, Rendered
from explorer.stack.transformer.kv_cache import ContiguousCache

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_the_tree_grows_step_by_step(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("beam_search.tree", progress=lambda *at: told.append(at), beams=3, steps=5)
    whole = shown[-1].data
    assert [part.data.n_steps for part in shown] == [1, 2, 3, 4, 5, 5]
    assert all(part.data.greedy is None for part in shown[:-1])
    assert all(check.holds for check in shown[-1].checks)
    assert len(whole.greedy.ids) == 5
    assert len(whole.texts) == 3
    assert all(text.again == pytest.approx(text.logprob, abs=1e-3) for text in whole.texts)
    assert whole.greedy.totals[-1] <= whole.texts[0].logprob + 1e-3
    assert told[-1][1] == told[-1][2]
    first = shown[0].data.nodes
    assert first.token.tolist() == whole.nodes.token[: len(first.token)].tolist()


@pytest.mark.breaks("beam_search.tree", "from cached steps, equal one pass over the whole text")
def test_rows_that_do_not_follow_their_beams_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    reorder = ContiguousCache.reorder

    def wrong(self: ContiguousCache, rows: torch.Tensor) -> Any:
        return reorder(self, torch.zeros_like(rows))

    assert check("beam_search.tree", "from cached steps", beams=3, steps=6).holds
    monkeypatch.setattr(ContiguousCache, "reorder", wrong)
    assert not check("beam_search.tree", "from cached steps", beams=3, steps=6).holds
