"""Runs in one batch are those that each is alone, within rounding; their tokens are the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.errors import UnsupportedModelError
from explorer.tracing import TraceKey, TraceStore, capture
from explorer.tracing.bridge.batch_recorder import BatchRecorder
from explorer.tracing.capturing import together
from explorer.tracing.capturing.together import TOLERANCE, agreement, capture_together, difference, fits, shape_of
from explorer.tracing.stored import store
from explorer.tracing.trace import Trace
from explorer.zoo import Model
from tests.tiers import spread
from tests.tracing.test_architectures import configs

SMALL = "six-kinds-dense"
#: of different lengths, with samplers and seeds of their own
QUERIES = (
    "text=And it came to pass&new=6&T=0.8&seed=3",
    "text=The king&new=4&T=1.3&k=20&seed=4",
    "text=In the beginning was the word of them that&new=6",
)
KEPT = ("embed", "resid_mid", "resid_post", "pattern", "v", "z", "logits", "mlp_pre", "ln1_post_scale")


def keys(name: str = SMALL) -> list[TraceKey]:
    return [replace(TraceKey.parse(query), model=name) for query in QUERIES]


def none(*_: object) -> None:
    pass


def check_alike(made: Trace, alone: Trace) -> None:
    assert made.ids.tolist() == alone.ids.tolist()
    assert [(step.u, step.chosen) for step in made.steps] == [(step.u, step.chosen) for step in alone.steps]
    for name in (*KEPT, "_rot_q", "_rot_k"):
        mine, other = getattr(made, name), getattr(alone, name)
        if other is None:
            assert mine is None, name
            continue
        assert mine.shape == other.shape, name
        assert float((mine - other).abs().max()) <= TOLERANCE * float(other.abs().max()), name
    for ours, theirs in zip(made.rotations, alone.rotations, strict=True):
        assert torch.equal(ours.cos, theirs.cos)
        assert torch.equal(ours.sin, theirs.sin)
    assert made.measured.keys() == alone.measured.keys()


@pytest.mark.parametrize("new", [0, 6])
@pytest.mark.parametrize("alike", [True, False], ids=["equal lengths", "padded"])
def test_a_batch_is_its_runs(new: int, alike: bool) -> None:
    model = zoo.load(SMALL)
    asked = [replace(key, max_new_tokens=min(new, key.max_new_tokens)) for key in keys()]
    if alike:
        ids = [model.vocabulary.encode(key.text) for key in asked]
        cut = [b"".join(model.vocabulary.bytes(i) for i in row[: min(map(len, ids))]).decode() for row in ids]
        asked = [replace(key, text=text) for key, text in zip(asked, cut, strict=True)]
    lengths = {len(model.vocabulary.encode(key.text)) for key in asked}
    assert (len(lengths) == 1) is alike
    for key, made in zip(asked, capture_together(model, asked, none), strict=True):
        check_alike(made, capture(model, key))
        assert made.batched is not None
        assert made.batched.runs == 3
        assert made.batched.error == agreement(model) <= TOLERANCE
    assert capture(model, asked[0]).batched is None


@pytest.mark.parametrize("others", [[], [2]], ids=["one text", "two texts"])
def test_equal_prompts_are_read_once(others: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    model, first = zoo.load(SMALL), keys()[0]
    asked = [replace(first, seed=seed, max_new_tokens=3 + seed % 3) for seed in range(4)] + [
        keys()[at] for at in others
    ]
    agreement(model)
    widths: list[tuple[int, ...]] = []
    bridge: Any = model.bridge
    forward = bridge.forward
    monkeypatch.setattr(bridge, "forward", lambda ids, **how: (widths.append(tuple(ids.shape)), forward(ids, **how))[1])
    made = capture_together(model, asked, none)
    assert [rows for rows, _ in widths] == [1 + len(others), *[len(asked)] * (max(k.max_new_tokens for k in asked))]
    monkeypatch.undo()
    for key, trace in zip(asked, made, strict=True):
        check_alike(trace, capture(model, key))
    assert len({tuple(trace.ids.tolist()) for trace in made}) > 2, "the seeds write different texts"


@pytest.mark.parametrize("architecture", spread(["gpt2", "gemma3", "bloom", "qwen3", "gpt_neox", "gemma2", "olmo2"], 3))
def test_learned_positions_windows_slopes_and_norms(tiny: Callable[[Any], Model], architecture: str) -> None:
    from transformers import BloomConfig

    bloom = BloomConfig(n_layer=3, hidden_size=32, n_head=4, vocab_size=49152, bos_token_id=1, eos_token_id=2)
    model = tiny(bloom if architecture == "bloom" else configs()[architecture]())
    asked = keys(model.name)
    assert agreement(model) <= TOLERANCE
    for key, made in zip(asked, capture_together(model, asked, none), strict=True):
        check_alike(made, capture(model, key))


def test_padding_that_is_attended_to_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    model = zoo.load(SMALL)
    before = agreement(model)
    read = BatchRecorder.read

    def unmasked(recorder: BatchRecorder, *args: object) -> object:
        recorder._alike = True
        return read(recorder, *args)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(BatchRecorder, "read", unmasked)
    monkeypatch.delitem(together._agreement, model)
    assert agreement(model) > TOLERANCE > before
    with pytest.raises(UnsupportedModelError):
        capture_together(model, keys(), none)
    assert TraceStore().fill(model, keys(), none) == 0, "they are made alone then"
    monkeypatch.undo()
    del together._agreement[model]
    assert agreement(model) == before


def test_a_row_that_ends_early_is_told_first_and_as_long_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    model, asked = zoo.load(SMALL), keys()
    last = capture(model, asked[0]).ids[-4]  # of the first run the third token that it writes
    for module in (sys.modules[capture.__module__], together):
        monkeypatch.setattr(module, "stop_ids", lambda _: frozenset({int(last)}))
    told: list[Trace] = []
    made = capture_together(model, asked, none, told.append)
    alone = [capture(model, key) for key in asked]
    assert [trace.ids.tolist() for trace in made] == [trace.ids.tolist() for trace in alone]
    assert len({len(trace.steps) for trace in made}) > 1
    assert made[0].pattern.shape == alone[0].pattern.shape
    assert sorted(told, key=made.index) == made
    assert [len(trace.steps) for trace in told] == sorted(len(trace.steps) for trace in made)


def test_what_runs_alone_has_no_shape() -> None:
    model, key = zoo.load(SMALL), keys()[0]
    assert shape_of(model, key) == (len(model.vocabulary.encode(key.text)), True)
    assert shape_of(model, replace(TraceKey.parse(key.query() + "&do=ablate:0.0"), model=SMALL)) is None
    assert shape_of(model, replace(key, forced=((0, 5),))) is None
    moe = zoo.load("six-kinds-moe")
    assert shape_of(moe, replace(key, model=moe.name)) is None


def test_a_batch_is_half_full_at_least_and_bounded_in_bytes() -> None:
    model = zoo.load(SMALL)
    assert fits(model, [(10, True), (4, True), (6, True)], 4)
    assert not fits(model, [(10, True), (1, True), (1, True)], 4), "mostly padding"
    assert not fits(model, [(10, True), (10, False)], 4), "one is done at once, one is read on"
    rows = (1 << 28) // (4 * 500 * model.dims.d_vocab)
    assert fits(model, [(500, False)] * rows, 0)
    assert not fits(model, [(500, False)] * (rows + 1), 0)


def test_a_store_is_filled_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    model, asked = zoo.load(SMALL), keys()
    held = TraceStore()
    held.get(model, asked[0])
    assert held.fill(model, asked, none) == 2
    monkeypatch.setattr(store, "capture", lambda *_: pytest.fail("it was at hand"))
    assert [held.get(model, key).key for key in asked] == asked
    assert held.fill(model, asked, none) == 0


def test_a_difference_in_tokens_is_no_rounding() -> None:
    model = zoo.load(SMALL)
    one, two = (capture(model, key) for key in keys()[:2])
    assert difference(one, one) == 0
    assert difference(one, two) == float("inf")
