"""A tiny random model of every causal architecture that transformers knows: equal to transformers, or refused clearly.

Logits, attention and stream are compared over a prompt and steps over the key-value cache, past the models' windows;
what is derived from them (lens, attribution, scores, neurons, the explorer's own decoder) against what transformers
says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import ExplorerError, UnsupportedModelError
from explorer.tracing import TraceKey, capture
from explorer.zoo.loading import open_folder
from tests.tiers import spread
from tests.tracing.against_transformers import TEXT, hold_against_transformers, refusals
from tests.tracing.tiny_configs import LEFT_OUT, PARTS, WHOLE, architectures, tiny

#: Every verdict is made here, and leaves nothing in a person's cache.
pytestmark = pytest.mark.usefixtures("empty_cache")
TAKEN, OTHERS = architectures()


@pytest.mark.parametrize("architecture", spread([name for name in TAKEN if name not in WHOLE | LEFT_OUT], 8))
def test_equal_to_transformers(folder_of: Callable[[Any], Path], d_vocab: int, architecture: str) -> None:
    folder = folder_of(tiny(architecture, d_vocab))
    model = open_folder(str(folder), None, folder)
    hold_against_transformers(model, folder)
    assert refusals(model).keys() == PARTS.get(architecture, set()), refusals(model)


@pytest.mark.parametrize("architecture", spread(sorted(WHOLE), 6))
def test_refused_as_a_whole(folder_of: Callable[[Any], Path], d_vocab: int, architecture: str) -> None:
    folder = folder_of(tiny(architecture, d_vocab))
    with pytest.raises(UnsupportedModelError) as refused:
        capture(open_folder(str(folder), None, folder), TraceKey(str(folder), TEXT))
    assert refused.value.hint


def test_what_the_bridge_does_not_take_is_refused_by_name(tmp_path: Path) -> None:
    for model_type in OTHERS:
        folder = tmp_path / model_type
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
        with pytest.raises(ExplorerError) as refused:
            open_folder(model_type, None, folder)
        assert refused.value.message
        assert refused.value.hint


def test_the_lists_name_what_there_is() -> None:
    assert WHOLE | LEFT_OUT | PARTS.keys() <= {*TAKEN}
