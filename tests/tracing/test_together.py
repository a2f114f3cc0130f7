"""Runs in one batch are those that each is alone, within rounding; their tokens are the same."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch

from explorer import zoo
from explorer.tracing import TraceKey, TraceStore, capture, store, together
from explorer.tracing.together import TOLERANCE, capture_together, shape_of

SMALL = "six-kinds-dense"
#: of one length, with samplers and seeds of their own
QUERIES = (
    "text=And it came to pass&new=6&T=0.8&seed=3",
    "text=The king of Israel went&new=6&T=1.3&k=20&seed=4",
    "text=In the beginning was the&new=6",
)
KEPT = ("embed", "resid_mid", "resid_post", "pattern", "v", "z", "logits", "mlp_pre", "ln1_post_scale")


def keys_of_one_length() -> list[TraceKey]:
    model = zoo.load(SMALL)
    keys = [replace(TraceKey.parse(query), model=SMALL) for query in QUERIES]
    lengths = [model.vocabulary.encode(key.text) for key in keys]
    shortest = min(map(len, lengths))
    texts = [b"".join(model.vocabulary.bytes(i) for i in ids[:shortest]).decode() for ids in lengths]
    return [replace(key, text=text) for key, text in zip(keys, texts, strict=True)]


def none(*_: object) -> None:
    pass


@pytest.mark.parametrize("new", [0, 6])
def test_a_batch_is_its_runs(new: int) -> None:
    model, keys = zoo.load(SMALL), [replace(key, max_new_tokens=new) for key in keys_of_one_length()]
    assert len({shape_of(model, key) for key in keys}) == 1
    for key, made in zip(keys, capture_together(model, keys, none), strict=True):
        alone = capture(model, key)
        assert made.ids.tolist() == alone.ids.tolist()
        assert [step.u for step in made.steps] == [step.u for step in alone.steps]
        for name in KEPT:
            mine, other = getattr(made, name), getattr(alone, name)
            if other is None:
                assert mine is None, name
                continue
            assert mine.shape == other.shape, name
            assert float((mine - other).abs().max()) <= TOLERANCE * float(other.abs().max()), name
        assert all(torch.equal(a.cos, b.cos) for a, b in zip(made.rotations, alone.rotations, strict=True))


def test_a_row_that_ends_early_is_as_long_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    model, keys = zoo.load(SMALL), keys_of_one_length()
    last = capture(model, keys[0]).ids[-4]  # of the first run the third token that it writes
    for module in (sys.modules[capture.__module__], together):
        monkeypatch.setattr(module, "stop_ids", lambda _: frozenset({int(last)}))
    made = capture_together(model, keys, none)
    alone = [capture(model, key) for key in keys]
    assert [trace.ids.tolist() for trace in made] == [trace.ids.tolist() for trace in alone]
    assert len({len(trace.ids) for trace in made}) > 1
    assert made[0].pattern.shape == alone[0].pattern.shape


def test_what_runs_alone_has_no_shape() -> None:
    model, key = zoo.load(SMALL), keys_of_one_length()[0]
    assert shape_of(model, key) == (SMALL, len(model.vocabulary.encode(key.text)), 6)
    assert shape_of(model, replace(TraceKey.parse(key.query() + "&do=ablate:0.0"), model=SMALL)) is None
    assert shape_of(model, replace(key, forced=((0, 5),))) is None
    moe = zoo.load("six-kinds-moe")
    assert shape_of(moe, replace(key, model=moe.name)) is None


def test_a_store_is_filled_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    model, keys = zoo.load(SMALL), keys_of_one_length()
    held = TraceStore()
    held.get(model, keys[0])
    assert held.fill(model, keys, none) == 2
    monkeypatch.setattr(store, "capture", lambda *_: pytest.fail("it was at hand"))
    assert [held.get(model, key).key for key in keys] == keys
    assert held.fill(model, keys, none) == 0
