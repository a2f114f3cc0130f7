"""Which language a text is in: py3langid's answer, opened.

The library (after Lui & Baldwin 2012, langid.py) is naive Bayes over byte n-grams: an automaton walks the bytes, and
each n-gram f that it counts c_f times adds log(1 + c_f) w_f,l to the score of the language l. Scores divided by the
root of the length in bytes give probabilities by softmax. `opened` takes the score of the winner apart.

>>> found = identified("Der Hund läuft schnell über die Straße.")
>>> found.language, round(found.probability, 2) > 0.65
('de', True)
>>> two = opened("Der Hund läuft schnell über die Straße.")
>>> two.language, two.runner_up != "de", abs(sum(each.toward for each in two.grams) + two.prior - two.lead) < 1e-3
('de', True, True)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from explorer.compat.py3langid import encoded, step
from explorer.compat.py3langid import scores as raw_scores
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: FineWeb's.
THRESHOLD = 0.65


@dataclass(frozen=True)
class Identified:
    """The likeliest language."""

    language: str
    """ISO 639-1."""
    probability: float


@dataclass(frozen=True)
class Counted:
    """One byte n-gram of the text."""

    gram: str
    count: int
    toward: float
    """What it adds to the winner's score beyond what it adds to the runner-up's."""


@dataclass(frozen=True)
class Opened:
    """Why the winner leads the runner-up."""

    language: str
    runner_up: str
    lead: float
    """The difference of their scores."""
    prior: float
    """The part of the lead that comes without the text."""
    grams: tuple[Counted, ...]
    """All that count, the one that says most first."""


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def identified(text: str) -> Identified:
    """The library's answer; of a text without any n-gram that it knows all languages are alike."""
    language, probability = _identifier().classify(text)
    return Identified(language, float(probability))


def probability(text: str, languages: Collection[str]) -> float:
    """Of the likeliest of these languages."""
    return worst([float(p) for name, p in _identifier().rank(text) if name in languages] or [0.0])


def probability_of(language: str, text: str) -> float:
    """The library's probability of one language.

    >>> text = "Der Hund läuft schnell über die Straße."
    >>> probability_of("de", text) == identified(text).probability, probability_of("en", text) < 0.1
    (True, True)
    """
    return float(dict(_identifier().rank(text))[language])


def opened(text: str) -> Opened:
    """The winner's lead, n-gram by n-gram."""
    known = _identifier()
    data = encoded(known, text)
    counts: dict[int, int] = {}
    shown: dict[int, bytes] = {}
    state = 0
    for at, byte in enumerate(data):
        state = step(known, state, byte)
        feature = int(known.tk_output[state])
        if feature >= 0:
            counts[feature] = counts.get(feature, 0) + 1
            if feature not in shown:
                shown[feature] = _gram(known, data, at, feature)
    ranked = known.rank(text)
    first, second = (known.nb_classes.index(name) for name, _ in ranked[:2])
    grams = [
        Counted(
            shown[feature].decode("utf-8", errors="backslashreplace"),
            count,
            float(np.log1p(count) * (known.nb_ptc[feature, first] - known.nb_ptc[feature, second])),
        )
        for feature, count in counts.items()
    ]
    grams.sort(key=lambda each: -abs(each.toward))
    # A text without any n-gram that the library knows has no score at all: all languages are alike.
    prior = float(known.nb_pc[first] - known.nb_pc[second]) if counts else 0.0
    scores = raw_scores(known, data)
    return Opened(ranked[0][0], ranked[1][0], float(scores[first] - scores[second]), prior, tuple(grams))


def _gram(known: LanguageIdentifier, data: bytes, at: int, feature: int) -> bytes:
    """The bytes that end at `at` and alone lead the automaton to that feature: the shortest such."""
    for length in range(1, at + 2):
        state = 0
        for byte in data[at + 1 - length : at + 1]:
            state = step(known, state, byte)
        if int(known.tk_output[state]) == feature:
            return data[at + 1 - length : at + 1]
    raise AssertionError("the automaton reads the same bytes in two ways")
