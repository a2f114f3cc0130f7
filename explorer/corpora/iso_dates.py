"""A task whose answer can be checked by eye: dates into ISO 8601, number words into digits, everything else copied.

    source    On the 14th of March 1823 the ship left Boston with twenty-three men.
    target    On 1823-03-14 the ship left Boston with 23 men.

It shows what cross-attention is for. Most tokens are copied, so that the decoder's gaze runs along the source; at a
date it must turn about, for the year, written last, is read last but wanted first; and a number word gives a digit
that stands nowhere in the source.

`rewrite` is the task itself, a function of the text alone; `compose` sets dates and numbers into a sentence that
somebody wrote. A pair is `(text, rewrite(text))`.

>>> rewrite("On the 14th of March 1823 the ship left Boston with twenty-three men.")
'On 1823-03-14 the ship left Boston with 23 men.'
>>> rewrite("Three days after February 29, 1904, the twenty-first of them sailed.")
'3 days after 1904-02-29, the twenty-first of them sailed.'
>>> rewrite("No one came on the 30th of February 1904.")  # no such day; and “one” is more often a pronoun
'No one came on the 30th of February 1904.'
>>> compose("The captain left the boats.", random.Random(6))
'Until the eighteenth of September 1515 the captain left five hundred and ninety-six boats and six sheep.'
"""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Iterable, Iterator

from num2words import num2words

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1500, 2029


def cardinal(n: int) -> str:
    """An integer from 0 to 999 in words.

    >>> cardinal(7), cardinal(40), cardinal(23), cardinal(345)
    ('seven', 'forty', 'twenty-three', 'three hundred and forty-five')
    """
    return num2words(n)


def ordinal(n: int) -> str:
    """A day of the month in words.

    >>> ordinal(1), ordinal(14), ordinal(20), ordinal(31)
    ('first', 'fourteenth', 'twentieth', 'thirty-first')
    """
    return num2words(n, to="ordinal")


def suffixed(n: int) -> str:
    """A day of the month in digits.

    >>> [suffixed(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '23rd', '30th']
    """
    return num2words(n, to="ordinal_num")


#: The ways in which a date is written out.
FORMS = (
    "the {suffixed} of {month} {year}",
    "the {suffixed} of {month}, {year}",
    "the {ordinal} of {month} {year}",
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{month} the {suffixed}, {year}",
)


def written(date: datetime.date, form: str) -> str:
    """A date in one of `FORMS`.

    >>> written(datetime.date(1823, 3, 14), "the {ordinal} of {month} {year}")
    'the fourteenth of March 1823'
    """
    return form.format(
        day=date.day,
        suffixed=suffixed(date.day),
        ordinal=ordinal(date.day),
        month=MONTHS[date.month - 1],
        year=date.year,
    )


_DAYS = {word: n for n in range(1, 32) for word in (str(n), suffixed(n), ordinal(n))}
_DAY = "|".join(sorted(_DAYS, key=len, reverse=True))
_MONTH = "|".join(MONTHS)
_DATE = re.compile(
    rf"\bthe (?P<d1>{_DAY}) of (?P<m1>{_MONTH}),? (?P<y1>\d{{4}})\b"
    rf"|\b(?P<d2>\d{{1,2}}) (?P<m2>{_MONTH}) (?P<y2>\d{{4}})\b"
    rf"|\b(?P<m3>{_MONTH}) (?:the )?(?P<d3>{_DAY}), (?P<y3>\d{{4}})\b"
)
_NUMBERS = {cardinal(n): n for n in range(2, 1000)}
_NUMBER = re.compile(rf"(?<![\w'-])(?:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?![\w'-])", re.IGNORECASE)


def rewrite(text: str) -> str:
    """Dates in their usual English forms become ISO 8601, number words from two to 999 digits; nothing else changes."""
    return _NUMBER.sub(lambda found: str(_NUMBERS[found[0].lower()]), _DATE.sub(_iso, text))


def _iso(found: re.Match[str]) -> str:
    day, month, year = next(
        parts for n in (1, 2, 3) if (parts := (found[f"d{n}"], found[f"m{n}"], found[f"y{n}"]))[0] is not None
    )
    try:
        return datetime.date(int(year), MONTHS.index(month) + 1, _DAYS.get(day, 0)).isoformat()
    except ValueError:  # there is no such day
        return found[0]


_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*\n")
_PLAIN = re.compile(r"[A-Z][A-Za-z0-9,;:'() -]+\.")
#: Capitals are a speaker's name (a stage direction, an abbreviation); the Authorised Version writes LORD.
_CAPITALS = re.compile(r"\b(?!LORD\b)[A-Z]{2,}")
#: Words that make a number which `rewrite` does not read.
_UNREAD = re.compile(r"\b(?:hundreds?|thousands?|millions?|billions?|score|dozen)\b", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:the|these|those|many|some|several|few|his|her|their|our|my) (?=[a-z]{2,}[^\Wsuia]s\b(?!'))")
#: Not one within a date.
_COMMA = re.compile(r", (?=[A-Za-z])")
#: Words that lose their capital behind the date: no names.
_OPENERS = {
    "The", "A", "An", "In", "It", "He", "She", "They", "We", "You", "I", "There", "This", "That", "These", "Those",
    "Then", "And", "But", "When", "While", "As", "At", "For", "From", "His", "Her", "Their", "Its", "Our", "My", "Some",
    "Many", "Most", "All", "Such", "So", "Thus", "Now",
}  # fmt: skip
_BEFORE_DATES = ("on", "until", "before", "after", "since")
_BEFORE_NUMBERS = ("for", "after", "with", "and")
_COUNTED = ("days", "weeks", "months", "years", "men", "women", "ships", "horses", "books", "pounds", "miles", "sheep")


def sentences(documents: Iterable[str], longest: int = 90, shortest: int = 20) -> Iterator[str]:
    """The plain sentences of these documents: letters, digits and commas, one full stop, no long number in words.

    >>> list(sentences(["CHAPTER I\\n\\nHe went to\\nsea. Why? A dozen men followed him there. So did I, and gladly."]))
    ['So did I, and gladly.']
    """
    for document in documents:
        for piece in _SENTENCE.split(document):
            sentence = " ".join(piece.split())
            if shortest <= len(sentence) <= longest and _is_plain(sentence):
                yield sentence


def _is_plain(sentence: str) -> bool:
    return bool(_PLAIN.fullmatch(sentence)) and not (_CAPITALS.search(sentence) or _UNREAD.search(sentence))


def any_date(rng: random.Random) -> datetime.date:
    """A day between the years 1500 and 2029, every one as likely as another."""
    first, last = datetime.date(FIRST_YEAR, 1, 1).toordinal(), datetime.date(LAST_YEAR, 12, 31).toordinal()
    return datetime.date.fromordinal(rng.randint(first, last))


def any_number(rng: random.Random) -> int:
    """From 2 to 999, mostly below a hundred."""
    low, high = rng.choices(((2, 19), (20, 99), (100, 999)), (5, 8, 4))[0]
    return rng.randint(low, high)


def compose(sentence: str, rng: random.Random) -> str:
    """The sentence with up to three numbers in words and up to two dates in it, mostly one of each."""
    for _ in range(rng.choices((0, 1, 2, 3), (3, 4, 2, 1))[0]):
        sentence = _with_number(sentence, cardinal(any_number(rng)), rng)
    for _ in range(rng.choices((0, 1, 2), (1, 7, 2))[0]):
        sentence = _with_date(sentence, written(any_date(rng), rng.choice(FORMS)), rng)
    return sentence


def _with_number(sentence: str, number: str, rng: random.Random) -> str:
    """Before a plural, in place of its article; where there is none, with something counted at the end."""
    places = list(_PLURAL.finditer(sentence))
    if not places:
        return f"{sentence[:-1]} {rng.choice(_BEFORE_NUMBERS)} {number} {rng.choice(_COUNTED)}."
    place = rng.choice(places)
    return f"{sentence[: place.start()]}{number} {sentence[place.end() :]}"


def _with_date(sentence: str, date: str, rng: random.Random) -> str:
    """At the front, behind the first comma or at the end, whichever the sentence allows."""
    first, _, rest = sentence.partition(" ")
    comma = _COMMA.search(sentence)
    ways = [f"{sentence[:-1]} {rng.choice(_BEFORE_DATES)} {date}."]
    if first in _OPENERS:
        ways.append(f"{rng.choice(_BEFORE_DATES).title()} {date} {first if first == 'I' else first.lower()} {rest}")
    if comma:
        ways.append(f"{sentence[: comma.end()]}on {date}, {sentence[comma.end() :]}")
    return rng.choice(ways)
