"""Rows that the page adds up, and own numbers that are taken or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from explorer.figures.inference import memory_calculator as figure
from explorer.stack.inference.known_models import REAL_MODELS
from explorer.stack.inference.memory_calculator import FORMATS, kv_bytes, weight_bytes
from explorer.stack.inference.model_sizes import Sizes

OWN = REAL_MODELS["Llama-3-8B"]


@pytest.mark.parametrize("name", ["GPT-2", "Gemma-3-270M", "Mixtral-8x7B"])
def test_a_row_holds_what_the_page_adds_up(name: str) -> None:
    sizes = REAL_MODELS[name]
    row = figure.row(name, sizes)
    for number in FORMATS.values():
        assert sum(row.bytes[number.name].values()) == weight_bytes(sizes, number)
    assert row.matrices + row.vectors == row.total
    batch, length = figure.PROVED
    held = sum(layers * min(length, window or length) for layers, window in row.windows)
    assert row.proved == batch * row.kv_numbers * held * 2 == kv_bytes(sizes, batch, length, FORMATS["bf16"])


def test_own_numbers_are_a_model() -> None:
    made = figure.own({"n_layers": "7", "n_heads": "6", "n_kv_heads": "3"}, OWN)
    assert isinstance(made, Sizes)
    assert (made.n_layers, made.d_model, made.n_heads, made.n_kv_heads) == (7, OWN.d_model, 6, 3)
    plain = figure.own({"mlp": "plain", "unembedding": "tied"}, OWN)
    assert isinstance(plain, Sizes)
    assert (plain.gated, plain.tied) == (False, True)
    assert figure.models({"n_layers": "7"}, OWN).own == figure.row("Own numbers", replace(OWN, n_layers=7))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n_layers": "-3"}, "Blocks is −3: a whole number from 1 to 512 is needed."),
        ({"n_layers": ""}, "Blocks is empty: a whole number from 1 to 512 is needed."),
        ({"n_layers": 0}, "Blocks is 0: a whole number from 1 to 512 is needed."),
        ({"n_layers": "1e99"}, "Blocks is 1e99: a whole number from 1 to 512 is needed."),
        ({"d_head": "64.5"}, "d_head is 64.5: a whole number from 2 to 1,024 is needed."),
        ({"d_mlp": "no number"}, "d_mlp is no number: a whole number from 8 to 1,048,576 is needed."),
        ({"n_heads": 33}, "33 query heads cannot share 8 key/value heads evenly."),
        ({"n_kv_heads": None}, "Key/value heads is None: a whole number from 1 to 1,024 is needed."),
    ],
    ids=["negative", "empty", "none", "huge", "broken", "words", "heads", "null"],
)
def test_wrong_own_numbers_are_named_and_nothing_is_shown(given: dict[str, Any], said: str) -> None:
    assert figure.own(given, OWN) == said
    made = figure.models(given, OWN)
    assert (made.own, made.wrong) == (None, said)
