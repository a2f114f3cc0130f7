"""Rows that the page adds up, and own numbers that are taken or refused."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.figures.inference.serving import memory_calculator as figure
from explorer.figures.inference.serving import own_model, serving_asked, serving_fit
from explorer.figures.inference.serving.serving_ground import ground
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes, weight_bytes
from explorer.stack.inference.serving.model_sizes import Sizes

OWN = REAL_MODELS["Llama-3-8B"]
GROUND = ground("", "")


@pytest.mark.parametrize("name", ["GPT-2", "Gemma-3-270M", "Mixtral-8x7B", "DeepSeek-V3"])
def test_a_row_holds_what_the_page_multiplies(name: str) -> None:
    sizes = REAL_MODELS[name]
    row = figure.row(name, sizes)
    for number in ("fp32", "bf16"):
        assert row.bytes[number] == weight_bytes(sizes, FORMATS[number])
    batch, length = figure.PROVED
    held = sum(layers * min(length, window or length) for layers, window in row.windows)
    assert row.proved == batch * row.kv_numbers * held * 2 == kv_bytes(sizes, batch, length, FORMATS["bf16"])


def test_own_numbers_are_a_model() -> None:
    made = own_model.own({"n_layers": "7", "n_heads": "6", "n_kv_heads": "3"}, OWN)
    assert isinstance(made, Sizes)
    assert (made.n_layers, made.d_model, made.n_heads, made.n_kv_heads) == (7, OWN.d_model, 6, 3)
    plain = own_model.own({"mlp": "plain", "unembedding": "tied"}, OWN)
    assert isinstance(plain, Sizes)
    assert (plain.gated, plain.tied) == (False, True)
    asked = serving_asked.asked({"model": "own"})
    assert figure.models(asked, made, "Own numbers", GROUND).own == figure.row("Own numbers", made)


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
    assert own_model.own(given, OWN) == said
    asked = serving_asked.asked({"model": "own"})
    assert figure.models(asked, said, "", GROUND).own is None
    made = serving_fit.fit(asked, said, "", GROUND)
    assert (made.answer, made.wrong) == (None, said)
    assert serving_fit.formats(asked, said, "", GROUND).formats == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"batch": "-5"}, "Users is −5: a whole number from 1 to 65,536 is needed."),
        ({"batch": "1e99"}, "Users is 1e99: a whole number from 1 to 65,536 is needed."),
        ({"batch": None}, "Users is None: a whole number from 1 to 65,536 is needed."),
        ({"length": "0"}, "Tokens each is 0: a whole number from 1 to 1,048,576 is needed."),
        ({"length": "<b>"}, "Tokens each is <b>: a whole number from 1 to 1,048,576 is needed."),
        ({"cards": "2.4"}, "Cards is 2.4: a whole number from 1 to 64 is needed."),
        ({"cards": "nan"}, "Cards is nan: a whole number from 1 to 64 is needed."),
        ({"card": "own", "memory": "-3"}, "Memory is −3: a number from 1 to 10,000 GB is needed."),
        ({"card": "own", "memory": "empty"}, "Memory is empty: a number from 1 to 10,000 GB is needed."),
        ({"card": "own", "gb": "-4"}, "Memory is −4.294967296: a number from 1 to 10,000 GB is needed."),
        ({"card": "own", "gb": "empty"}, "Memory is empty: a number from 1 to 10,000 GB is needed."),
        ({"card": "own", "gbs": "0"}, "Bandwidth is 0: a number from 1 to 100,000 GB/s is needed."),
        ({"card": "own", "tflops": "inf"}, "Peak is inf: a number from 0 to 100,000 TFLOP/s is needed."),
    ],
)
def test_wrong_numbers_of_the_serving_are_named_and_nothing_is_shown(given: dict[str, Any], said: str) -> None:
    asked = serving_asked.asked(given)
    assert list(asked.wrong.values()) == [said]
    made = serving_fit.fit(asked, OWN, "a model", GROUND)
    assert (made.answer, made.wrong) == (None, said)
    shown = serving_fit.formats(asked, OWN, "a model", GROUND)
    assert (shown.formats, shown.wrong) == ((), said)
    assert figure.models(asked, OWN, "a model", GROUND).asked.wrong == asked.wrong


def test_a_link_may_name_what_is_unknown() -> None:
    asked = serving_asked.asked({"model": "abacus", "weights": "int4", "card": "${x}", "gbs": "-1", "memory": ""})
    assert (asked.model, asked.weights, asked.card) == ("Llama-3.1-8B", "q4_0", "rtx4090")
    assert not asked.wrong  # another card's numbers are read only where one is chosen


@pytest.mark.parametrize(
    ("given", "bytes_", "title"),
    [
        ({}, 24 * 2**30, "card of 25.8 GB"),  # as older links without a number had it
        ({"gb": "24"}, 24 * 2**30, "card of 25.8 GB"),
        ({"gb": 80}, 80 * 2**30, "card of 85.9 GB"),
        ({"gb": "4096"}, 4096 * 2**30, "card of 4,398 GB"),
        ({"memory": "24"}, 24 * 10**9, "card of 24 GB"),
        ({"memory": "25.8"}, 25_800_000_000, "card of 25.8 GB"),
        ({"gb": "24", "memory": "16"}, 16 * 10**9, "card of 16 GB"),
    ],
)
def test_another_cards_memory_is_in_gb_and_an_older_link_has_the_same_card(
    given: dict[str, Any], bytes_: int, title: str
) -> None:
    card = serving_asked.asked({"card": "own"} | given).device()
    assert (card.memory, card.title) == (bytes_, title)


def test_a_named_card_says_what_is_sold_and_what_is_there() -> None:
    made = serving_fit.fit(serving_asked.asked({"card": "h200"}), OWN, "", GROUND).answer
    assert made is not None
    assert made.sold is not None
    assert made.reported is not None
    assert (made.sold.said, made.reported.said, made.capacity) == ("141 GB", "143,771 MiB", 143_771 * 2**20)
    own = serving_fit.fit(serving_asked.asked({"card": "own"}), OWN, "", GROUND).answer
    assert own is not None
    assert (own.sold, own.reported, own.read_at) == (None, None, None)


def test_a_remedy_is_a_setting_that_fits() -> None:
    """Each button's controls are read again: what is asked then fits, in the bytes that it says."""
    said = {"model": "Llama-3-70B", "batch": 8, "length": 16384, "cards": 2}
    made = serving_fit.fit(serving_asked.asked(said), REAL_MODELS["Llama-3-70B"], "Llama-3-70B", GROUND)
    assert made.answer is not None
    assert not made.answer.fits
    assert [each.words for each in made.answer.remedies] == [
        "1 user instead of 8",
        "2,560 tokens each",
        "a 4-bit cache and 4 users at most",
        "4 cards instead of 2",
        "2 × L40S",
    ]
    for remedy in made.answer.remedies:
        again = serving_fit.fit(
            serving_asked.asked({**said, **remedy.controls}), REAL_MODELS["Llama-3-70B"], "", GROUND
        ).answer
        assert again is not None
        assert again.fits
        assert (again.total, again.capacity) == (remedy.total, remedy.capacity)


@pytest.mark.parametrize("preset", serving_asked.PRESETS, ids=lambda each: each.title)
def test_presets_are_read_as_they_stand_and_fit(preset: serving_asked.ServingPreset) -> None:
    asked = serving_asked.asked(preset.controls)
    assert {name: getattr(asked, name) for name in preset.controls} == dict(preset.controls)
    made = serving_fit.fit(asked, REAL_MODELS[asked.model], asked.model, GROUND).answer
    assert made is not None
    assert made.fits


def test_a_format_has_as_many_bits_on_two_cards_as_on_one() -> None:
    """A card holds half of the weights in the same format; a step looks up rows of the embedding."""
    one, two = (
        serving_fit.fit(serving_asked.asked({"cards": cards, "model": "Llama-3-70B"}), sizes, "", GROUND).answer
        for cards, sizes in ((1, REAL_MODELS["Llama-3-70B"]), (2, REAL_MODELS["Llama-3-70B"]))
    )
    assert one is not None
    assert two is not None
    assert one.stored == two.stored == pytest.approx(one.weights)
    assert 8 * two.stored / two.parameters == pytest.approx(4.82, abs=0.01)
    assert two.weights == pytest.approx(one.weights / 2, rel=0.01)
    for each in (one, two):
        assert each.pace.weights_read + each.tables == pytest.approx(each.weights)
        assert each.tables > 0
