"""Panels on models that are put together in other ways: what they show is right, what they cannot show they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.panels import panels
from explorer.shell import service
from explorer.tracing import TraceKey
from tests.tiers import spread
from tests.tracing.tiny_configs import tiny

pytestmark = pytest.mark.usefixtures("empty_cache")
TEXT = "When Mary and John went to the store, John gave a drink to"

#: (architecture, settings, panels): each raised a traceback or a false alarm once.
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("gpt_oss", {}, ["attention", "walk", "routing"]),  # rows sum to less than 1: sinks
    ("bloom", {}, ["heads_and_causes", "feed_forward"]),
    ("olmoe", {}, ["routing", "experts", "counterfactuals"]),  # weights are left as shares of all experts
    ("qwen3_moe", {"mlp_only_layers": [0]}, ["routing", "experts", "counterfactuals"]),
    ("granitemoe", {}, ["routing"]),
    ("llama4_text", {}, ["counterfactuals", "routing"]),
    ("deepseek_v3", {}, ["counterfactuals", "kv_cache", "attention", "attention_steps", "grouped_query"]),
    ("modernbert-decoder", {}, ["feed_forward", "residual_stream", "walk"]),
    ("apertus", {}, ["feed_forward"]),
    ("nemotron", {}, ["norms"]),
    ("olmo", {}, ["norms", "walk", "residual_stream"]),
    ("nanochat", {}, ["norms", "walk", "residual_stream"]),
    ("opt", {}, ["walk", "attention", "residual_stream"]),
    ("gemma2", {}, ["memory_calculator"]),  # longer than its window
    ("bitnet", {}, ["attention_steps", "feed_forward"]),
    ("falcon_h1", {"mamba_d_ssm": 16, "mamba_n_heads": 2, "mamba_d_head": 8}, ["residual_stream"]),
    ("phi", {}, ["positions", "walk"]),  # only a part of each head is turned
    ("gpt2", {"activation_function": "quick_gelu"}, ["positions", "kv_cache", "speculative", "feed_forward"]),
]


@pytest.mark.parametrize(("architecture", "settings", "named"), spread(CASES, 2), ids=[case[0] for case in CASES])
def test_views_are_right_or_say_why_not(
    folder_of: Callable[[Any], Path], d_vocab: int, architecture: str, settings: dict[str, Any], named: list[str]
) -> None:
    folder = folder_of(tiny(architecture, d_vocab, **settings))
    query, explorer = TraceKey(str(folder), TEXT, max_new_tokens=2, seed=1).query(), service.Explorer()
    for name in named:
        answer = explorer.views(query, name, [view.name for view in panels()[name].views], {}, {})
        for view in answer["views"].values():
            if "absent" in view:
                assert view["absent"]["message"]
            else:
                wrong = [c for c in view["checks"] if c["error"] is None or c["error"] > c["tolerance"]]
                assert not wrong, (name, wrong)


@pytest.mark.thorough
def test_the_page_opens_where_the_attribution_is_refused(folder_of: Callable[[Any], Path], d_vocab: int) -> None:
    folder = folder_of(tiny("modernbert-decoder", d_vocab))
    answer = service.Explorer().run(TraceKey(str(folder), TEXT).query(), "walk", {}, {})
    assert answer["kind"] == "run"
    assert "would be wrong for this model" in answer["views"]["river"]["absent"]["message"]
