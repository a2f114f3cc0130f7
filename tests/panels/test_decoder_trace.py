"""The explorer's own decoder, hooked, gives the trace that the bridge gives: field for field, and panel for panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.bridge.hooks import IN_EACH_LAYER
from tests.tiers import spread

if TYPE_CHECKING:
    from explorer.zoo import Model

FIELDS = ("resid_mid", "resid_post", "pattern", "rot_q", "rot_k", "v", "z", "mlp_pre")


@pytest.fixture(scope="module")
def pair(model: Model) -> tuple[Trace, Trace]:
    """(as captured through the bridge, the same with every activation from our decoder's HookPoints)."""
    text = "When Mary and John went to the store, John gave a drink to"
    theirs = capture(model, TraceKey(model.name, text, max_new_tokens=3, sampler=Sampler(temperature=0)))
    with torch.inference_mode():
        logits, cache = model.decoder.run_with_cache(theirs.ids[None], kernel="eager")
    ours: dict[str, Any] = {
        name: torch.stack([cache[f"blocks.{n}.{IN_EACH_LAYER[name][0]}"][0] for n in range(theirs.dims.n_layers)])
        for name in FIELDS
    }
    ours |= {f"_{name}": ours.pop(name) for name in ("rot_q", "rot_k")}
    ours |= {"logits": logits[0], "embed": cache["hook_embed"][0]}
    steps = tuple(replace(step, logits=logits[0, step.position]) for step in theirs.steps)
    return theirs, replace(theirs, **ours, steps=steps, _kept=type(theirs._kept)())


def test_every_field_is_equal(pair: tuple[Trace, Trace]) -> None:
    theirs, ours = pair
    for name in (*FIELDS, "logits", "embed"):
        a, b = getattr(theirs, name), getattr(ours, name)
        assert a.shape == b.shape
        assert (a - b).abs().max() < 2e-6 * max(float(a.abs().max()), 100), name


@pytest.mark.parametrize(
    "panel", spread([p for p in panels().values() if p.chapter == "overview"], 4), ids=lambda p: p.name
)
def test_every_light_view_draws_the_same(model: Model, pair: tuple[Trace, Trace], panel: Any) -> None:
    for view in panel.views:
        if view.heavy:
            continue
        a, b = (panel.render(view.name, Scene(model, trace, None, Focus(13, 18, 6))) for trace in pair)
        for (path, mine), (_, other) in zip(numbers(a.data), numbers(b.data), strict=True):
            assert mine.shape == other.shape, path
            room = 2e-5 * max(1.0, float(np.abs(mine[np.isfinite(mine)]).max(initial=0)))
            # Maps are quantized to bytes for the page, where a rounding may tip by one.
            assert np.allclose(mine, other, atol=1 if "u1" in path else room, equal_nan=True), path
        assert all(check.holds for check in b.checks)


def numbers(data: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Every number and array of a payload with its place."""
    if is_dataclass(data):
        data = {each.name: getattr(data, each.name) for each in fields(data)}
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from numbers(value, f"{path}.{key}")
    elif isinstance(data, list | tuple):
        for i, value in enumerate(data):
            yield from numbers(value, f"{path}[{i}]")
    elif isinstance(data, Tensor | np.ndarray):
        array = data.numpy() if isinstance(data, Tensor) else data
        yield f"{path} u1" if array.dtype == np.uint8 else path, array.astype(np.float64)
    elif isinstance(data, int | float):
        yield path, np.asarray(data, dtype=np.float64)
