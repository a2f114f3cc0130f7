"""Each rule prefers the chosen answer of each of its pairs, and another program agrees with it."""

from __future__ import annotations

import json

import pytest

from explorer.corpora.instructions import made
from explorer.corpora.preferences import RULES, preferences
from explorer.errors import BadRequestError


@pytest.mark.parametrize("name", RULES)
def test_the_rule_prefers_the_chosen_one_of_every_pair(name: str) -> None:
    found, rule = preferences(name), RULES[name]
    for pair in (*found.train, *found.held_out):
        assert rule.score(pair.request, pair.chosen) > rule.score(pair.request, pair.rejected), pair
    assert [each.request for each in found.held_out] == [each.request for each in made(rule.set).held_out]
    assert preferences(name) is found


def test_what_the_rejected_answers_are() -> None:
    for pair in preferences("format").train[:50]:
        said = json.loads(pair.chosen)
        assert all(str(value) in pair.rejected for value in said.values())
    for pair in preferences("short").train[:50]:
        assert pair.rejected.startswith(pair.chosen)
    for pair in preferences("grounded").train[:50]:
        assert pair.rejected.rstrip(".").split()[-1] not in pair.request.rpartition("\n\n")[0]


def test_a_rule_that_there_is_not() -> None:
    with pytest.raises(BadRequestError, match="There is no rule “loud”"):
        preferences("loud")
