"""The table of known models, by hand and against configs; and its check on sizes that are wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer import zoo
from explorer.figures.transformer import attention_kinds as figure
from explorer.panels.scene import Scene
from explorer.panels.transformer import grouped_query_views as panel
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.zoo.model import Model


def test_by_hand() -> None:
    """Llama-3-8B: 2 · 32 blocks · 8 heads · 128 · 2 bytes; four query heads share one."""
    llama = figure.attention_kind("Llama-3-8B", REAL_MODELS["Llama-3-8B"])
    assert (llama.kind, llama.bytes, llama.multi_head_bytes) == ("GQA", 131072, 4 * 131072)
    falcon = figure.attention_kind("Falcon-7B", REAL_MODELS["Falcon-7B"])
    assert (falcon.kind, falcon.multi_head_bytes // falcon.bytes) == ("MQA", 71)
    assert figure.attention_kind("GPT-3", REAL_MODELS["GPT-3"]).kind == "MHA"
    deepseek = figure.attention_kind("DeepSeek-V3", REAL_MODELS["DeepSeek-V3"])
    assert (deepseek.kind, deepseek.bytes) == ("MLA", 2 * 61 * (512 + 64))
    assert deepseek.multi_head_bytes == 2 * 61 * 128 * (192 + 128)


@pytest.mark.breaks("grouped_query.kinds", r"^Blocks and heads of \d+ models")
def test_a_table_that_gives_mistral_all_heads_is_seen(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(model)
    made = panel.kinds(scene)
    assert made.checks[0].holds
    assert (made.data.own.kind, made.data.own.n_heads, made.data.own.n_kv_heads) == ("GQA", 9, 3)
    monkeypatch.setitem(REAL_MODELS, "Mistral-7B", replace(REAL_MODELS["Mistral-7B"], n_kv_heads=32))
    assert panel.kinds(scene).checks[0].error == 1


def test_the_other_runs_model_by_hand(model: Model) -> None:
    """30 blocks of 3 heads of 64 against 6 of 2 of 48, in 16 bits: ten times as much for each token."""
    here, there = panel.kinds(Scene(model)).data.own, panel.kinds(Scene(zoo.load("six-kinds-dense"))).data.own
    assert (here.bytes, there.bytes) == (2 * 30 * 3 * 64 * 2, 2 * 6 * 2 * 48 * 2)
    assert here.bytes == 10 * there.bytes
