"""Long runs: what is made again on demand is what a run that keeps everything has read."""

from __future__ import annotations

import threading
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError, PromptTooLongError
from explorer.figures.overview import attention
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing import AblateHead, Trace, TraceKey, capture
from explorer.tracing.capturing import long_run
from explorer.tracing.on_demand import OnDemand
from explorer.zoo.model import Model

capture_ = import_module("explorer.tracing.capturing.capture")
TEXT = "The river was low that summer, and the children walked across it. "


def key(model: Model, **given: object) -> TraceKey:
    return replace(TraceKey(model.name, TEXT * 6, max_new_tokens=3, sampler=Sampler(temperature=0)), **given)


@pytest.fixture(scope="module")
def both(model: Model) -> tuple[Trace, Trace]:
    """(a run that keeps all, the same as a long run in chunks of 32)"""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(capture_, "CHUNK", 32)
        short = capture(model, key(model))
        patch.setattr(capture_, "LONG", 50)
        return short, capture(model, key(model))


def far(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.thorough
def test_nothing_large_is_kept(both: tuple[Trace, Trace]) -> None:
    short, long = both
    assert all(isinstance(each, OnDemand) for each in (long.pattern, long.logits, long.mlp_pre))
    assert long.nbytes < short.nbytes - short.pattern.nbytes - short.logits.nbytes


@pytest.mark.thorough
def test_what_is_made_again_is_what_was_read(both: tuple[Trace, Trace]) -> None:
    short, long = both
    n = len(short)
    assert long.ids.tolist() == short.ids.tolist()
    assert far(long.resid_post, short.resid_post) < 1e-2  # a stream's first token is some 1,000 long
    assert far(long.pattern[:], short.pattern) < 1e-4
    assert far(long.pattern[7, 3, n - 1, : n - 2], short.pattern[7, 3, n - 1, : n - 2]) < 1e-4
    assert far(long.pattern[:, :, [1, 5, 6]], short.pattern[:, :, [1, 5, 6]]) < 1e-4
    assert far(long.logits[:], short.logits) < 1e-2
    assert far(long.logits[-1], short.logits[-1]) < 1e-2
    assert float(long.logits[5, 7]) == pytest.approx(float(short.logits[5, 7]), abs=1e-2)
    assert long.mlp_pre is not None
    assert short.mlp_pre is not None
    assert far(long.mlp_pre[3, 2:9], short.mlp_pre[3, 2:9]) < 1e-3
    assert far(long.neurons(11), short.neurons(11)) < 1e-2


def test_what_was_read_as_it_ran(both: tuple[Trace, Trace]) -> None:
    short, long = both
    assert long.witness is not None
    for name in ("previous", "sink", "entropy_bits"):
        assert far(getattr(long.head_scores(), name), getattr(short.head_scores(), name)) < 1e-4
    ids, p = long.likeliest(3)
    assert ids.tolist() == short.likeliest(3)[0].tolist()
    assert far(p, short.likeliest(3)[1]) < 1e-4
    assert far(long.witness.maxima, torch.stack([long_run.square_maxima(each) for each in short.pattern])) < 1e-4
    for mine, theirs in zip(long.steps, short.steps, strict=True):
        assert far(mine.logits, theirs.logits) < 1e-2
    small, stride = attention.small_maps(long, slice(None), 3)
    expected = torch.nn.functional.max_pool2d(short.pattern.flatten(0, 1)[None], stride, ceil_mode=True)[0]
    assert (small.flatten(0, 1).int() - attention.quantize(expected).int()).abs().max() <= 1


def test_a_map_that_is_not_the_models_is_seen(both: tuple[Trace, Trace]) -> None:
    _, long = both
    assert long.witness is not None
    pattern = long.pattern[9, 2]
    assert long.witness.pattern_error(9, 2, pattern) < 1e-3
    assert long.witness.pattern_error(9, 3, pattern) > 1e-2
    moved = pattern.clone()
    moved[40, [3, 4]] += torch.tensor([0.1, -0.1])
    assert long.witness.pattern_error(9, 2, moved) > 1e-2


@pytest.mark.thorough
def test_interventions_act_on_a_long_run(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    change = key(model, max_new_tokens=0, interventions=(AblateHead(1, 5),))
    short = capture(model, change)
    monkeypatch.setattr(capture_, "LONG", 50)
    monkeypatch.setattr(capture_, "CHUNK", 32)
    assert far(capture(model, change).logits[:], short.logits) < 1e-2


def test_a_mean_over_a_long_prompt_is_refused(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_, "LONG", 50)
    with pytest.raises(PromptTooLongError, match=r"at most 50.*the mean over its positions"):
        capture(model, key(model, interventions=(AblateHead(1, 5, "mean"),)))


@pytest.mark.thorough
def test_a_token_is_forced_in_a_long_run(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    forced = key(model, forced=((1, 260),))
    short = capture(model, forced)
    monkeypatch.setattr(capture_, "LONG", 50)
    long = capture(model, forced)
    assert long.ids.tolist() == short.ids.tolist()
    assert [step.forced for step in long.steps] == [False, True, False]
    assert far(long.steps[1].logits, short.steps[1].logits) < 1e-2


def test_more_than_fits_is_not_made_at_once() -> None:
    whole = OnDemand((1 << 15, 1 << 15), 1, lambda rows: torch.zeros(len(rows), 1 << 15))
    assert whole[5].shape == (1 << 15,)
    with pytest.raises(NotApplicableError, match="4,295 MB"):
        whole.sum()
    with pytest.raises(IndexError):
        whole[None]


def test_a_model_whose_attention_cannot_be_made_again(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    true = capture_.vetted(model)
    monkeypatch.setattr(capture_, "vetted", lambda _: replace(true, refused={"scores": "they are bent by a sink."}))
    with pytest.raises(PromptTooLongError, match=r"at most 512.*bent by a sink") as caught:
        capture(model, TraceKey(model.name, TEXT * 40))
    assert caught.value.facts["limit"] == 512


@pytest.mark.thorough
def test_another_run_is_let_in_between_the_chunks(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run that comes while a long one is at work does not wait for its end."""
    monkeypatch.setattr(capture_, "LONG", 50)
    monkeypatch.setattr(capture_, "CHUNK", 8)
    capture(model, TraceKey(model.name, "Once"))
    begun, ended = threading.Event(), list[str]()

    def told(_stage: str, done: int, _total: int) -> None:
        if done == 1:
            begun.set()

    def run(name: str, text: str, progress: Any = None) -> None:
        capture(model, TraceKey(model.name, text), progress)
        ended.append(name)

    long = threading.Thread(target=run, args=("long", TEXT * 6, told))
    long.start()
    assert begun.wait(30)
    run("short", "Two words")
    long.join()
    assert ended == ["short", "long"]


@pytest.fixture
def long(moe: Model, monkeypatch: pytest.MonkeyPatch) -> Trace:
    monkeypatch.setattr(capture_, "CHUNK", 8)
    monkeypatch.setattr(capture_, "LONG", 10)
    return capture(moe, TraceKey(moe.name, TEXT))


@pytest.mark.breaks("online_softmax.row", "Softmax in blocks = weights made again")
@pytest.mark.breaks("flash_backward.tile", r"exp\(S − L\) = weights made again")
@pytest.mark.breaks("attention.head", "sums, entropies and largest weights = those read from the model")
def test_weights_that_are_not_the_models_are_seen_in_a_long_run(moe: Model, long: Trace) -> None:
    neighbours = replace(long, pattern=long.pattern[:].roll(1, 1))
    for panel, view, said in (
        ("online_softmax", "row", "weights made again"),
        ("flash_backward", "tile", "weights made again"),
        ("attention", "head", "those read from the model"),
    ):
        scenes = (Scene(moe, trace, focus=Focus(position=12, layer=1, head=2)) for trace in (long, neighbours))
        made = [panels()[panel].render(view, scene) for scene in scenes]
        assert [next(each for each in one.checks if said in each.statement).holds for one in made] == [True, False]
