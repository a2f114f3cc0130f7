"""The page's own check of single heads: cut by a wrong width, they still add up, and no head is what is told of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from explorer.panels import panels
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.vetting.heads_alone import shares_error
from explorer.zoo.loading import open_folder
from explorer.zoo.model import Model
from tests.tracing.against_transformers import TEXT
from tests.tracing.tiny_configs import tiny

pytestmark = pytest.mark.usefixtures("empty_cache")
Cut = Callable[[Tensor], Tensor]
BLOCK, CARD = ("walk", "block"), ("head_card", "roles")


def by_query(flat: Tensor) -> Tensor:
    """[... (head d_v)] as the bridge cut it once: by the width of the part of a query that turns."""
    return flat.unflatten(-1, (-1, 8))


def beside(flat: Tensor) -> Tensor:
    """As many heads as there are, of the right width, each half its neighbour's."""
    return flat.roll(8, -1).unflatten(-1, (-1, 16))


def across(flat: Tensor) -> Tensor:
    """As many heads as there are, each of every fourth coordinate."""
    return flat.unflatten(-1, (-1, 4)).transpose(-1, -2)


def wrongly(trace: Trace, cut: Cut) -> Trace:
    """The run with z and W_O cut alike, so that all sums over heads stay as they are."""
    readout = trace.readout
    W_O = tuple(cut(weight.flatten(0, 1).T).permute(1, 2, 0) for weight in readout.W_O)  # head d_v d_model
    own = {"z": cut(trace.z.flatten(-2)), "readout": replace(readout, W_O=W_O)}
    return replace(trace, **own, _kept=type(trace._kept)())


@pytest.fixture
def latent(folder_of: Callable[[Any], Path], d_vocab: int) -> tuple[Model, Trace]:
    """A model whose values are wider than what turns of its queries, and a run."""
    sizes = {"qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16}
    folder = folder_of(tiny("deepseek_v3", d_vocab, **sizes))
    model = open_folder(str(folder), None, folder)
    return model, capture(model, TraceKey(model.name, TEXT))


def drawn(view: tuple[str, str], model: Model, trace: Trace) -> Rendered:
    return panels()[view[0]].render(view[1], Scene(model, trace, None, Focus(position=4, layer=1, head=1)))


@pytest.mark.breaks("walk.block", "heads alone through the model’s own output projection = its share")
@pytest.mark.parametrize("cut", [beside, across])
def test_the_walk_sees_heads_that_are_cut_by_a_wrong_width(latent: tuple[Model, Trace], cut: Cut) -> None:
    model, trace = latent
    assert all(check.holds for check in drawn(BLOCK, model, trace).checks)
    added, alone, *_ = drawn(BLOCK, model, wrongly(trace, cut)).checks
    assert added.holds  # a sum does not see it
    assert not alone.holds


@pytest.mark.breaks("head_card.roles", "heads alone through the model’s own output projection = its share of")
def test_the_head_card_sees_heads_that_are_cut_by_a_wrong_width(latent: tuple[Model, Trace]) -> None:
    model, trace = latent
    assert all(check.holds for check in drawn(CARD, model, trace).checks)
    assert [check.holds for check in drawn(CARD, model, wrongly(trace, across)).checks] == [False, False]


def test_other_heads_than_the_models_are_seen(latent: tuple[Model, Trace]) -> None:
    model, trace = latent
    token = int(trace.ids[5])
    assert all(shares_error(trace, trace.attribution(4, token), layer) < 1e-5 for layer in range(model.dims.n_layers))
    wrong = wrongly(trace, by_query)
    assert wrong.attribution(4, token).heads_error < 1e-5
    assert shares_error(wrong, wrong.attribution(4, token), 1) == math.inf
