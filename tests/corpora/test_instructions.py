"""Instructions made by recipe: fixed, split without a shared key, and right."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from num2words import num2words

from explorer.corpora.instructions import HELD_OUT, TRAIN, made
from explorer.corpora.instructions.recipes import RECIPES, UNITS, UNSAID
from explorer.errors import BadRequestError

#: The first digits of each set's hash: what was trained on it stays comparable.
HASHES = {
    "number_words": "9f5e2a1732ca", "dates": "7cf4d13e27be", "units": "5adf533903bb", "polite": "c02faee6db06",
    "json": "648fd2184f3b", "code": "1fd551ea2d30", "grounded": "74f8852e0c43",
}  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
def test_a_set_is_fixed_and_split(name: str) -> None:
    found = made(name)
    assert (len(found.train), len(found.held_out)) == (TRAIN, HELD_OUT) == (found.card.train, found.card.held_out)
    assert found.card.sha256.startswith(HASHES[name])
    assert not {each.request for each in found.train} & {each.request for each in found.held_out}
    assert not any("canary" in f"{each.request} {each.answer}".lower() for each in (*found.train, *found.held_out))


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(BadRequestError, match="no set of instructions"):
        made("poems")


def test_numbers_and_units_are_right() -> None:
    for pair in made("number_words").held_out:
        number = int(re.findall(r"\d+", pair.request)[0])
        assert pair.answer == num2words(number)
    factor = {(large, small): by for large, _, small, _, by in UNITS}
    for pair in made("units").held_out:
        matched = re.fullmatch(r"How many (\w+) are ([\d.]+) (\w+)\?", pair.request)
        assert matched
        assert Decimal(pair.answer.split()[0]) == Decimal(matched[2]) * factor[matched[3], matched[1]]


def test_objects_hold_what_the_sentence_says() -> None:
    for pair in made("json").held_out:
        found = json.loads(pair.answer)
        assert list(found) == ["name", "age", "city"]
        assert all(str(value) in pair.request for value in found.values())


def test_functions_do_what_they_say() -> None:
    numbers = [-7, -4, 0, 3, 5, 8, 12, 21, 40]
    for pair in made("code").held_out:
        scope: dict[str, Any] = {}
        exec(pair.answer, scope)  # written by the recipe above
        matched = re.search(
            r"(even|odd|positive|negative|above|below|multiples)(?: of)?(?: numbers)? ?(\d*)", pair.request
        )
        assert matched
        k = int(matched[2] or 0)
        kept = {
            "even": [-4, 0, 8, 12, 40], "odd": [-7, 3, 5, 21], "positive": [3, 5, 8, 12, 21, 40], "negative": [-7, -4],
            "above": [n for n in numbers if n > k], "below": [n for n in numbers if n < k],
            "multiples": [n for n in numbers if k and n / k == int(n / k)],
        }[matched[1]]  # fmt: skip
        if "how many" in pair.request:
            assert scope["f"](numbers) == len(kept)
        elif "sum" in pair.request:
            assert scope["f"](numbers) == sum(kept)
        elif "list" in pair.request:
            assert scope["f"](numbers) == kept
        elif kept:
            assert scope["f"](numbers) == (max(kept) if "largest" in pair.request else min(kept))


def test_answers_stand_in_the_passage_or_it_is_said_that_they_do_not() -> None:
    unsaid = 0
    for pair in made("grounded").held_out:
        passage = pair.request.partition("\n\n")[0]
        if pair.answer == UNSAID:
            unsaid += 1
        else:
            assert re.sub(r"^(In|On|About) |\.$", "", pair.answer) in passage
    assert 10 < unsaid < 45


def test_promises_repeat_the_request() -> None:
    for pair in made("polite").held_out:
        task = pair.answer.removeprefix("Certainly, I will gladly ").removesuffix(".")
        assert task[1:] in pair.request
