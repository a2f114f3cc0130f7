"""The requests: twins in like words, sets that share neither template nor filler, nothing harmful in them."""

from __future__ import annotations

import base64
import re
from collections import Counter
from itertools import combinations

from explorer.corpora.requests import REFUSALS, TOPICS, requests
from explorer.corpora.requests.disguises import FORMS, disguised, form
from explorer.corpora.requests.fillers import THINGS, WHO


def _words(text: str) -> set[str]:
    return set(text.lower().replace("?", "").replace(".", "").replace(",", "").split())


def test_a_twin_has_the_words_of_the_forbidden_form() -> None:
    made = requests()
    for each in (*made.train, *made.validation, *made.test):
        one, other = _words(each.forbidden), _words(each.harmless)
        assert each.thing in each.forbidden
        assert each.thing in each.harmless
        assert len(one & other) / min(len(one), len(other)) >= 0.35, each
        assert each.refusal in REFUSALS
        assert each.answer in TOPICS[each.topic].answers


def test_no_template_and_no_filler_of_the_test_is_in_another_set() -> None:
    made = requests()
    sets = [{each.template for each in some} for some in (made.train, made.validation, made.test)]
    assert all(not one & other for one, other in combinations(sets, 2))
    assert not set(WHO["train"]) & set(WHO["test"])
    for words in THINGS.values():
        assert not set(words["train"]) & set(words["test"])
    seen = made.train + made.validation
    assert {each.who for each in made.test} <= set(WHO["test"])
    assert {each.who for each in seen} <= set(WHO["train"])
    assert not {each.thing for each in made.test} & {each.thing for each in seen}


def test_the_sets_are_as_the_card_says_and_no_request_stands_twice() -> None:
    made = requests()
    assert (len(made.train), len(made.validation), len(made.test)) == (
        made.card.train, made.card.validation, made.card.test,
    )  # fmt: skip
    assert len(made.card.sha256) == 64
    assert made.card.licence.startswith("Apache-2.0")
    for some in (made.train, made.validation, made.test):
        said = Counter(text for each in some for text in (each.forbidden, each.harmless))
        assert said.most_common(1)[0][1] == 1
        assert set(Counter(each.topic for each in some)) == set(TOPICS)
    assert made.card.sha256 == "3bd9e0df2395a6e4e09d1e3210347ac52e653d5e1b9ade766cf7b9628e7f6c69"


def test_each_form_can_be_read_back() -> None:
    plain = requests().test
    for name in FORMS:
        made = disguised(name)
        assert len(made) == (16 if name == "spanish" else len(plain))
        assert all(each.forbidden != each.harmless for each in made)
    assert base64.b64decode(form("base64", plain[0].forbidden).rpartition(" ")[2]).decode() == plain[0].forbidden
    assert form("capitals", plain[0].forbidden).lower() == plain[0].forbidden.lower()
    for one, other in zip(plain, disguised("misspelt"), strict=True):
        assert sorted(one.forbidden) == sorted(other.forbidden) and one.forbidden != other.forbidden  # noqa: PT018
    halves = re.findall('"(.*?)"', form("split", plain[0].forbidden))
    assert " ".join(halves) == plain[0].forbidden
