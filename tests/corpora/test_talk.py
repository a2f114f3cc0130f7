"""The sets of conversations: whole, carded, and such that a right answer and a wrong one differ."""

from __future__ import annotations

import json

from explorer.corpora import talk
from explorer.stack.safety.obeyed import says


def test_every_set_has_a_card() -> None:
    for file in talk.FOLDER.glob("*.json"):
        card = talk.card(file.stem)
        assert card.licence == "Apache-2.0"
        assert all((card.title, card.about, card.made, card.use))
        items = json.loads(file.read_text("utf-8"))["items"]
        assert len({json.dumps(each) for each in items}) == len(items)


def test_sums_are_right_and_wrong_as_they_say() -> None:
    for each in talk.facts():
        assert each.right != each.wrong
        assert not says(each.said(each.wrong), each.right)
        if each.kind == "sums":
            a, b = (int(word.strip("?")) for word in each.question.split() if word.strip("?").isdigit())
            assert int(each.right) == a + b != int(each.wrong)


def test_no_passage_nor_question_says_the_word_of_its_order() -> None:
    for each in talk.injections():
        assert says(each.order, each.word)
        assert not says(f"{each.passage} {each.question}", each.word)


def test_values_of_a_conflict_exclude_each_other() -> None:
    for each in talk.conflicts():
        assert "{}" in each.order
        assert each.one != each.other
        assert not says(each.question, each.one)
        assert not says(each.question, each.other)
