"""The task of dates and numbers: hand-worked sentences, and every composed one has its date in ISO form."""

from __future__ import annotations

import datetime
import hashlib
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora.iso_dates import (
    FORMS,
    MONTHS,
    any_date,
    cardinal,
    compose,
    ordinal,
    rewrite,
    sentences,
    suffixed,
    written,
)

ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b")
SENTENCE = st.sampled_from(
    [
        "The captain left the boats.",
        "And he made boards for the tabernacle, standing up.",
        "Ishmael, having read the papers, went to sea with his friends.",
        "I saw seven men in 1823; they were tired.",
        "It is the capital of Eritrea.",
    ]
)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("On the 14th of March 1823 the ship left Boston.", "On 1823-03-14 the ship left Boston."),
        ("He died on the first of January, 1900.", "He died on 1900-01-01."),
        ("Since 3 August 1855, nothing.", "Since 1855-08-03, nothing."),
        ("It fell on July the 7th, 1501.", "It fell on 1501-07-07."),
        ("She came on February 29, 2024.", "She came on 2024-02-29."),
        ("He had twenty-three sons and three hundred and six sheep.", "He had 23 sons and 306 sheep."),
        ("Seven men sat in a three-masted ship.", "7 men sat in a three-masted ship."),
        ("The twenty-first came, and no one spoke.", "The twenty-first came, and no one spoke."),
        ("In March 1823 and on 31 April 1823 nothing fell.", "In March 1823 and on 31 April 1823 nothing fell."),
        ("On 29 February 1900 there was no day.", "On 29 February 1900 there was no day."),
    ],
)
def test_by_hand(source: str, target: str) -> None:
    assert rewrite(source) == target


@given(st.dates(datetime.date(1000, 1, 1), datetime.date(2999, 12, 31)), st.sampled_from(FORMS))
def test_every_day_in_every_form(date: datetime.date, form: str) -> None:
    assert rewrite(f"So it was on {written(date, form)} there.") == f"So it was on {date.isoformat()} there."


def test_leap_days_in_every_form() -> None:
    for form in FORMS:
        assert rewrite(written(datetime.date(2000, 2, 29), form)) == "2000-02-29"
        wrong = written(datetime.date(2000, 2, 29), form).replace("2000", "1900")  # 1900 was no leap year
        assert rewrite(wrong) == wrong


@given(st.integers(2, 999))
def test_numbers_there_and_back(n: int) -> None:
    assert rewrite(f"He saw {cardinal(n)} ships.") == f"He saw {n} ships."


def test_the_days_of_a_month() -> None:
    """All days of a month, written out by hand where English is irregular."""
    assert [ordinal(n) for n in (1, 2, 3, 5, 8, 9, 12, 20, 22, 30)] == [
        "first", "second", "third", "fifth", "eighth", "ninth", "twelfth", "twentieth", "twenty-second", "thirtieth",
    ]  # fmt: skip
    assert len({ordinal(n) for n in range(1, 32)} | {suffixed(n) for n in range(1, 32)}) == 62


@given(SENTENCE, st.integers(0, 2**31))
@settings(max_examples=200)
def test_a_composed_pair(sentence: str, seed: int) -> None:
    source = compose(sentence, random.Random(seed))
    target = rewrite(source)
    found = ISO.findall(target)
    assert len(found) <= 2
    assert all(1500 <= datetime.date.fromisoformat(iso).year <= 2029 for iso in found)
    assert len(found) == sum(source.count(month) for month in MONTHS)  # every date was rewritten
    assert not ISO.search(source)
    assert rewrite(target) == target  # nothing is left to be done
    assert source == compose(sentence, random.Random(seed))
    # What is neither date nor number is copied: the words that both share stand in one order.
    kept = re.findall(r"[a-z]+", target)
    rest = iter(re.findall(r"[a-z]+", source))
    assert all(word in rest for word in kept)


def test_dates_cover_the_years_and_days() -> None:
    rng = random.Random(0)
    dates = [any_date(rng) for _ in range(5000)]
    assert {date.month for date in dates} == set(range(1, 13))
    assert {date.day for date in dates} == set(range(1, 32))


def test_only_plain_sentences_are_taken() -> None:
    document = "CHAPTER ONE\n\nHe went\nto the sea at once. HAMLET To be or not to be. "
    document += "Two hundred men came. Who? She left, too late."
    assert list(sentences([document], shortest=15)) == ["He went to the sea at once.", "She left, too late."]
    assert list(sentences([document], longest=20, shortest=15)) == ["She left, too late."]


SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
             "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth"}  # fmt: skip


def in_words(n: int) -> str:
    """British English, with hyphens and the “and” behind hundreds: what the model in `models/iso-dates` has read."""
    if n < 20:
        return SMALL[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f"-{SMALL[n % 10]}" if n % 10 else "")
    return f"{SMALL[n // 100]} hundred" + (f" and {in_words(n % 100)}" if n % 100 else "")


def test_numbers_are_written_as_the_model_has_read_them() -> None:
    assert [cardinal(n) for n in range(1000)] == [in_words(n) for n in range(1000)]
    for day in range(1, 32):
        head, dash, last = in_words(day).rpartition("-")
        assert ordinal(day) == head + dash + IRREGULAR.get(last, f"{last}th")
        assert suffixed(day) == f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


@pytest.mark.thorough
def test_the_pairs_of_a_seed_stay_what_they_were() -> None:
    """Byte for byte: a recipe names a seed, and its model was trained on these."""
    sentences = (
        "The captain left the boats.",
        "When he came, the ships sailed to many islands.",
        "I saw three of them.",
    )
    rng, digest = random.Random(0), hashlib.sha256()
    for n in range(5000):
        text = compose(sentences[n % 3], rng)
        digest.update(f"{text}\t{rewrite(text)}\n".encode())
    assert digest.hexdigest() == "62f1265c5a85d2a2ad618ca9ba34bcabefd3482d24884291c379ea86170909b8"
