"""Perplexity, opened, on a small model: every way is drawn as it comes; each check fails when its subject is broken."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from explorer.panels.protocol import Check, Rendered
from explorer.stack.evaluation import scoring
from explorer.stack.transformer.decoder import Decoder

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"documents": 1, "window": 32}


def test_ways_come_one_by_one_and_a_shorter_context_surprises_more(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("perplexity.surprise", progress=lambda *at: told.append(at), documents=2, window=16)
    made = shown[-1].data
    assert [len(part.data.ways) for part in shown] == [*range(1, made.total), made.total]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    by_name = {way.name: way for way in made.ways}
    assert by_name["disjoint"].token.value > by_name["context"].token.value > by_name["whole"].token.value
    assert by_name["whole"].scored == by_name["disjoint"].scored == by_name["strided"].scored + 2
    assert by_name["disjoint"].token.error is not None
    assert told[-1][1] == told[-1][2]


def test_a_token_is_told_with_what_stands_before_it(view: View) -> None:
    made = view("perplexity.surprise", **FEW)[-1].data
    names = [way.name for way in made.ways]
    disjoint, bare = (names.index(each) for each in ("disjoint", "cut"))
    n = len(made.ids)
    assert made.context[disjoint, : n - n % 32].tolist() == [i % 32 + 1 for i in range(n - n % 32)]
    assert np.isnan(made.nats[bare]).nonzero()[0].tolist() == list(range(0, n, 32))
    assert made.ways[0].token.error is None


@pytest.mark.breaks("perplexity.surprise", "^One pass: nats per token = transformers’ own loss")
def test_a_text_whose_tokens_move_by_one(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(decoder: Decoder, stream: torch.Tensor, rows: list[int], targets: list[int]) -> list[tuple[float, bool]]:
        return scored(decoder, stream, rows, [max(0, each - 1) for each in targets])

    scored = scoring._scored
    monkeypatch.setattr(scoring, "_scored", moved)
    assert not check("perplexity.surprise", "One pass", **FEW).holds


@pytest.mark.breaks("perplexity.surprise", "^Strided windows = the loop of transformers’ guide")
def test_attention_that_reads_wrong_values(check: Find, wrong_values: Callable[[], None]) -> None:
    wrong_values()
    assert not check("perplexity.surprise", "Strided windows", **FEW).holds
