"""Which coordinates of a query the attention panel says are turned together: as transformers turns them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.panels.overview import attention_views as panel
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import TraceKey, capture
from explorer.zoo import Model
from tests.tiers import spread
from tests.tracing.tiny_configs import tiny

#: Each architecture, and the coordinates of 8 that are turned in the halves' order; None: neighbours are paired.
TURNED = {"llama": 8, "phi": 4, "cohere": None, "gpt2": 0}
MORE: dict[str, dict[str, Any]] = {"phi": {"rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5}}}


def partners(model: Model, architecture: str) -> list[set[int]]:
    """The coordinates that transformers' own rotation makes of each one alone, at position 5."""
    turn = import_module(f"transformers.models.{architecture}.modeling_{architecture}").apply_rotary_pos_emb
    cos, sin = model.hf.model.rotary_emb(torch.zeros(1, 1, 8), torch.tensor([[5]]))
    alone = torch.eye(cos.shape[-1])[None, :, None]  # batch head position coordinate
    made = turn(alone, alone, cos, sin)[0][0, :, 0]
    return [set(row.nonzero().flatten().tolist()) for row in made]


@pytest.mark.parametrize("architecture", spread(list(TURNED), 2))
def test_what_is_turned_together(
    architecture: str, folder_of: Callable[[Any], Path], d_vocab: int, empty_cache: Path
) -> None:
    model = zoo.load(str(folder_of(tiny(architecture, d_vocab, **MORE.get(architecture, {})))))
    scene = Scene(model, capture(model, TraceKey(model.name, "one two three")), focus=Focus(layer=1))
    said = panel.head(scene).data.d_rotary
    assert said == TURNED[architecture]
    if said:
        assert partners(model, architecture) == [{i, (i + said // 2) % said} for i in range(said)]
    elif said is None:
        assert partners(model, architecture) == [{i, i ^ 1} for i in range(8)]
