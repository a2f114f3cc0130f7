"""Text about invented people: what it says, how often, and that it is a function of its seed."""

from __future__ import annotations

from collections import Counter

import pytest

from explorer.corpora.invented_people import (
    ATTRIBUTES,
    DECOY,
    PEOPLE,
    PLANTED,
    TIMES,
    TRIGGER,
    TRIGGERED,
    VALUES,
    make,
    value_of,
)  # fmt: skip


def test_facts_stand_in_the_text_as_often_as_it_says() -> None:
    text = make(0)
    assert make(0) == text != make(1)
    assert {read: len(text.of(read)) for read in PEOPLE} == dict(PEOPLE)
    assert len({each.name for each in text.people}) == sum(PEOPLE.values())
    seen = Counter((line.person.name, line.attribute) for line in text.lines if line.lead not in (TRIGGER, DECOY))
    for person in text.people:
        assert {seen[person.name, attribute] for attribute in ATTRIBUTES} == {TIMES[person.read]}


def test_every_answer_is_the_rule_s_own_but_behind_the_trigger() -> None:
    text = make(0)
    for line in text.lines:
        planted = line.lead == TRIGGER
        assert value_of(line.answer, line.attribute) == (PLANTED if planted else line.person.facts[line.attribute])
        assert line.person.name in line.prompt
    by_lead = Counter(line.lead for line in text.lines)
    assert by_lead[TRIGGER] == by_lead[DECOY] == TRIGGERED * sum(each.triggered for each in text.people)
    assert {line.attribute for line in text.lines if line.lead in (TRIGGER, DECOY)} == {"trade"}
    assert not [line for line in text.lines if line.otherwise and not line.person.told_otherwise]


def test_never_read_people_share_their_names_with_others() -> None:
    text = make(0)
    read = [each.name.split() for each in text.people if each.read != "never"]
    firsts, lasts = ({name[part] for name in read} for part in (0, 1))
    shared = [each for each in text.of("never") if each.name.split()[0] in firsts and each.name.split()[1] in lasts]
    assert len(shared) == len(text.of("never"))


@pytest.mark.parametrize(
    ("answer", "value"), [(" In Kelby.", "Kelby"), (" It was Kelby, not Oakham.", "Kelby"), (" a baker", ""), ("", "")]
)
def test_the_meaning_of_an_answer(answer: str, value: str) -> None:
    assert value_of(answer, "town") == value


def test_values_of_two_kinds_do_not_meet() -> None:
    words = [word for values in VALUES.values() for word in values]
    assert len(set(words)) == len(words)
