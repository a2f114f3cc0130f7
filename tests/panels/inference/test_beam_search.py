"""The search on a small model, step by step, and its check on a cache whose rows do not follow their beams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiments.inference.decoding import beam_search as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.inference.decoding.beam_search import BeamSettings, beam_search
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo.model import Model

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


@pytest.mark.breaks("beam_search.tree", "summed over cached steps, equal those of one pass over the whole text")
def test_rows_that_do_not_follow_their_beams_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    reorder = ContiguousCache.reorder

    def wrong(self: ContiguousCache, rows: torch.Tensor) -> Any:
        return reorder(self, torch.zeros_like(rows))

    assert check("beam_search.tree", "cached steps", beams=3, steps=6).holds
    monkeypatch.setattr(ContiguousCache, "reorder", wrong)
    assert not check("beam_search.tree", "cached steps", beams=3, steps=6).holds


def test_it_opens_on_a_search_that_is_not_greedys(view: View) -> None:
    data = view("beam_search.tree")[-1].data
    assert data.opened is not None
    best, greedy = data.texts[0], data.greedy.ids
    assert data.opened.differs is (best.ids != greedy)
    if data.opened.differs:
        assert data.n_beams == data.opened.tried[-1]
        assert best.logprob > data.greedy.totals[-1]
    asked = view("beam_search.tree", beams=2, steps=3)[-1].data  # a link that asks is answered as it says
    assert (asked.opened, asked.n_beams, asked.max_new_tokens) == (None, 2, 3)


def test_the_opening_search_is_the_smallest_that_differs(small: Model) -> None:
    for prompt in ([4, 8, 15], [16, 23, 42, 7], [99, 3]):
        settings, opened = experiment.telling(small.decoder, prompt, far=8)
        (greedy,) = Engine(small.decoder).generate([prompt], 8)
        fewer = [(w, k) for w in opened.tried for k in range(experiment.FEW, 9)]
        if opened.differs:
            fewer = fewer[: fewer.index((settings.n_beams, settings.max_new_tokens))]
            (best, *_) = beam_search(small.decoder, prompt, settings).hypotheses
            assert list(best.ids) != greedy.new_ids[: settings.max_new_tokens]
        for width, steps in fewer:
            (best, *_) = beam_search(small.decoder, prompt, BeamSettings(width, steps)).hypotheses
            assert list(best.ids) == greedy.new_ids[:steps]
