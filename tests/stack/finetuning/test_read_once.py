"""Texts that begin alike are read together: each as it is read alone, no token twice, gradients the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.stack.finetuning import methods, read_once
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.preferences.sequences import answers
from explorer.stack.finetuning.preferences.training import Reading, scored
from explorer.stack.finetuning.read_once import Together
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

CONFIG = DecoderConfig(n_layers=3, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=16, d_vocab=11, n_ctx=24)
#: Padded with 0; the last has no answer.
IDS = torch.tensor([[1, 2, 3, 4, 9, 0], [1, 2, 3, 5, 6, 7], [1, 2, 7, 8, 0, 0], [9, 3, 0, 0, 0, 0], [1, 2, 3, 4, 9, 0]])
LEARNT = torch.tensor(
    [[0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0]]
)
ROWS = Rows(IDS, LEARNT.bool())
CONFIGS = pytest.mark.parametrize("more", [{}, {"windows": (2, None, 3)}, {"positions": "alibi"}])


def fresh(**more: Any) -> Decoder:
    return Decoder(replace(CONFIG, **more)).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)


@CONFIGS
@pytest.mark.parametrize("tokens", [6, 384])
def test_a_text_is_read_as_it_is_alone(more: dict[str, Any], tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = read_once.alike
    monkeypatch.setattr(read_once, "alike", lambda texts: real(texts, tokens))
    decoder = fresh(**more)
    alone = answers(decoder(ROWS.ids), ROWS.ids, ROWS.learnt)
    for reading in (Reading.of(decoder, ROWS, 0), Reading.of(decoder, ROWS, 2)):
        found = scored(decoder, reading)
        torch.testing.assert_close(found.logp, alone.logp, atol=1e-5, rtol=1e-4)
        assert torch.equal(found.learnt, alone.learnt)
        some = scored(decoder, reading[[2, 0]])
        torch.testing.assert_close(some.logp, alone.logp[[2, 0]], atol=1e-5, rtol=1e-4)
    texts = scored(decoder, reading[[0, 1]].whole)
    seen = Rows(IDS[:2], torch.tensor([[True] * 5 + [False], [True] * 6]))
    expected = answers(decoder(seen.ids), seen.ids, seen.learnt)
    torch.testing.assert_close(texts.logp, expected.logp, atol=1e-5, rtol=1e-4)
    assert texts.tokens.tolist() == [4, 5]


def test_a_token_is_read_once() -> None:
    decoder = fresh()
    reading = Reading.of(decoder, ROWS, 1)
    # 1 2 3 4, then 5 6 behind 3, 7 behind 2, and 9 for itself; what only ends a text is not read.
    assert sorted(reading.together.ids.tolist()) == [1, 2, 3, 4, 5, 6, 7, 9]
    assert len(reading.said(decoder)) == 6  # behind 2, 3, 4, 5, 6, 7


@CONFIGS
def test_gradients_are_those_of_rows_read_alone(more: dict[str, Any]) -> None:
    decoder = fresh(**more)
    tuned = Tuned(decoder, methods.lora(decoder, r=2, generator=torch.Generator().manual_seed(1)))
    weights = list(tuned.parameters())
    with torch.enable_grad():
        together = scored(tuned.decoder, Reading.of(decoder, ROWS, 0)).total.square().sum()
        alone = answers(tuned.decoder(ROWS.ids), ROWS.ids, ROWS.learnt).total.square().sum()
    for one, other in zip(torch.autograd.grad(together, weights), torch.autograd.grad(alone, weights), strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)


def test_some_of_the_texts_lie_where_they_lay() -> None:
    texts = [(1, 2, 3), (1, 2, 4, 5), (6,)]
    made = Together.of(texts, CONFIG)
    some, lay = made.some([1, 2], CONFIG)
    assert made.ids[lay].tolist() == some.ids.tolist()
    assert [some.ids[list(places)].tolist() for places in some.places] == [[1, 2, 4, 5], [6]]
