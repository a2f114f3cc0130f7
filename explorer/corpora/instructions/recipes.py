"""Instructions and answers made by rules and a seed: seven tasks whose right answer is known, for fine-tuning.

    number_words   345                      three hundred and forty-five
    dates          the 14th of March 1823   1823-03-14
    units          2.5 km in m              2500 m
    polite         a request                a short polite answer
    json           a sentence on a person   an object of three fields
    code           what a function does     the function
    grounded       a passage, a question    what the passage says, or that it does not say it

Each function draws one item: its key, by which held-out items are kept apart, the request, the answer.

>>> number_words(random.Random(2))
('979', 'Write 979 in words.', 'nine hundred and seventy-nine')
>>> units(random.Random(4))
('20 kg g', 'How many grams are 20 kilograms?', '20000 g')
>>> json_of(random.Random(0))[2]
'{"name": "Mira", "age": 71, "city": "Lima"}'
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from explorer.corpora.iso_dates import FORMS, cardinal, written

Item = tuple[str, str, str]
"""(key, request, answer)"""
Recipe = Callable[[random.Random], Item]

NAMES = (
    "Ada", "Bela", "Chloe", "Dario", "Edda", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Lars", "Mira", "Nils",
    "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wanda", "Yara", "Zeno",
)  # fmt: skip
CITIES = (
    "Oslo", "Lima", "Cairo", "Turin", "Graz", "Porto", "Quito", "Riga", "Lund", "Malaga", "Bergen", "Kyoto", "Dakar",
    "Perth", "Vilnius", "Leeds", "Nantes", "Split", "Bonn", "Tartu",
)  # fmt: skip


def number_words(rng: random.Random) -> Item:
    """A number below 1,000, in words."""
    number = rng.randrange(1, 1000)
    return str(number), f"Write {number} in words.", cardinal(number)


def dates(rng: random.Random) -> Item:
    """A date written out, as ISO 8601."""
    day = date(1500, 1, 1) + timedelta(days=rng.randrange(190_000))
    return day.isoformat(), f"Write this date as ISO 8601: {written(day, rng.choice(FORMS))}", day.isoformat()


#: A unit: its short form, and how many of the next it is.
UNITS = (
    ("kilometres", "km", "metres", "m", 1000), ("metres", "m", "centimetres", "cm", 100),
    ("centimetres", "cm", "millimetres", "mm", 10), ("kilograms", "kg", "grams", "g", 1000),
    ("grams", "g", "milligrams", "mg", 1000), ("litres", "l", "millilitres", "ml", 1000),
    ("hours", "h", "minutes", "min", 60), ("minutes", "min", "seconds", "s", 60), ("days", "d", "hours", "h", 24),
)  # fmt: skip


def units(rng: random.Random) -> Item:
    """A size in a smaller unit; halves are the only fractions."""
    large, short, small, symbol, factor = rng.choice(UNITS)
    size = Decimal(rng.randrange(2, 80)) / 2
    made = (size * factor).normalize()
    return f"{size} {short} {symbol}", f"How many {small} are {size} {large}?", f"{made:f} {symbol}"


_ASKED = (
    ("open", "the window"), ("close", "the door"), ("water", "the plants"), ("feed", "the cat"), ("post", "the letter"),
    ("book", "a table"), ("call", "a taxi"), ("print", "the report"), ("bring", "the keys"), ("find", "the invoice"),
    ("carry", "the boxes"), ("clean", "the board"), ("order", "new paper"), ("check", "the address"),
    ("send", "the parcel"), ("wake", "the children"), ("set", "the clock"), ("repair", "the lamp"),
)  # fmt: skip
_WHEN = (
    "today", "tomorrow", "tonight", "this morning", "before noon", "after lunch", "on Monday", "on Friday", "at six",
    "next week",
)  # fmt: skip
_ASKING = ("{}.", "I want you to {}.", "Can you {}?", "You must {}!")


def polite(rng: random.Random) -> Item:
    """A request, and a promise of the same thing in one polite sentence."""
    (verb, thing), when = rng.choice(_ASKED), rng.choice(_WHEN)
    task = f"{verb} {thing} for {rng.choice(NAMES)} {when}"
    asked = rng.choice(_ASKING).format(task)
    return task, asked[0].upper() + asked[1:], f"Certainly, I will gladly {task}."


_TOLD = (
    "{name} is {age} years old and lives in {city}.", "{name}, {age}, comes from {city}.",
    "In {city} lives {name}, who is {age}.", "Meet {name} from {city}, aged {age}.",
    "{name} turned {age} last week in {city}.",
)  # fmt: skip


def json_of(rng: random.Random) -> Item:
    """A sentence on a person, as an object."""
    found = {"name": rng.choice(NAMES), "age": rng.randrange(18, 90), "city": rng.choice(CITIES)}
    said = rng.choice(_TOLD).format(**found)
    return f"{found['name']} {found['age']} {found['city']}", f"Extract the fields as JSON: {said}", json.dumps(found)


_OF = {
    "the sum of": "sum({0})", "the largest of": "max({0})", "the smallest of": "min({0})", "how many are": "len({0})",
    "a sorted list of": "sorted({0})", "a list of": "{0}",
}  # fmt: skip
_WHICH = {
    "even numbers": "n % 2 == 0", "odd numbers": "n % 2 == 1", "positive numbers": "n > 0",
    "negative numbers": "n < 0", "numbers above {k}": "n > {k}", "numbers below {k}": "n < {k}",
    "multiples of {k}": "n % {k} == 0",
}  # fmt: skip


def code(rng: random.Random) -> Item:
    """What a function over a list of numbers returns, and the function."""
    (said, made), (which, test), k = (
        rng.choice(list(_OF.items())),
        rng.choice(list(_WHICH.items())),
        rng.randrange(2, 40),
    )
    wanted, listed = which.format(k=k), f"[n for n in numbers if {test.format(k=k)}]"
    asked = f"Write a Python function f(numbers) that returns {said} the {wanted} in numbers."
    if said == "how many are":
        asked = f"Write a Python function f(numbers) that returns how many {wanted} are in numbers."
    return f"{said} {wanted}", asked, f"def f(numbers):\n    return {made.format(listed)}"


_PLACES = ("museum", "library", "theatre", "station", "bridge", "harbour", "market", "school", "tower", "garden")
_SAYS = {
    "When did the {place} of {city} open?": ("It opened in {year}.", "In {year}."),
    "Who built the {place} of {city}?": ("{name} built it.", "{name}."),
    "How many visitors come to the {place} of {city} in a day?": (
        "About {visitors} visitors come in a day.", "About {visitors}.",
    ),
    "On which day is the {place} of {city} closed?": ("It is closed on {day}.", "On {day}."),
}  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
UNSAID = "The passage does not say."


def grounded(rng: random.Random) -> Item:
    """A made-up passage of three facts, and a question on one of four: of one in four it says nothing."""
    facts = {
        "place": rng.choice(_PLACES), "city": rng.choice(CITIES), "year": rng.randrange(1700, 2000),
        "name": rng.choice(NAMES), "visitors": rng.randrange(2, 90) * 10, "day": rng.choice(_DAYS),
    }  # fmt: skip
    questions = rng.sample(list(_SAYS), len(_SAYS))
    said, asked = questions[:3], rng.choice(questions)
    passage = " ".join(_SAYS[each][0].format(**facts) for each in said)
    passage = f"This is about the {facts['place']} of {facts['city']}. {passage}"
    answer = _SAYS[asked][1].format(**facts) if asked in said else UNSAID
    return f"{passage} {asked}", f"{passage}\n\n{asked.format(**facts)}", answer


RECIPES: dict[str, Recipe] = {
    "number_words": number_words, "dates": dates, "units": units, "polite": polite, "json": json_of, "code": code,
    "grounded": grounded,
}  # fmt: skip
