"""Drills: each answer is right, and nothing that is asked was read."""

from __future__ import annotations

import re

import pytest

from explorer.corpora import drills


@pytest.mark.parametrize("kind", drills.KINDS)
def test_every_answer_is_right(kind: str) -> None:
    table = {each.question: each.answer for each in drills.codes(3)}
    for each in (*drills.trained(kind, 200, 3), *drills.asked(kind, 200, 3)):
        digits = re.findall(r"\d+", each.question)
        expected = {
            "copy": digits[0],
            "back": digits[0][::-1],
            "code": table.get(each.question),
            "sum": f"{int(digits[0]) + int(digits[-1]):03d}",
        }
        assert each.answer == expected[kind]
        assert each.text == each.question + each.answer


@pytest.mark.parametrize("kind", ["copy", "back", "sum"])
def test_nothing_that_is_asked_was_read(kind: str) -> None:
    read = {each.question for each in drills.trained(kind, 3000, 3)}
    assert not read & {each.question for each in drills.asked(kind, 200, 3)}


def test_all_codes_are_read_and_asked() -> None:
    asked = drills.asked("code", drills.CODES, 3)
    assert len({each.question for each in asked}) == drills.CODES
    assert {each.text for each in asked} == {each.text for each in drills.trained("code", 4000, 3)}


def test_a_seed_makes_the_same_drills_and_another_others() -> None:
    assert drills.trained("copy", 5, 1) == drills.trained("copy", 5, 1)
    assert drills.trained("copy", 5, 1) != drills.trained("copy", 5, 2)
    assert drills.codes(1) != drills.codes(2)
