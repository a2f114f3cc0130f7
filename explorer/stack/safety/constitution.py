"""A constitution: a model criticises its own draft by a principle, and writes it anew.

    draft    = answer(request)
    critique = answer(request, draft, "what in it breaks the principle P?")
    revision = answer(request, draft, critique, "write it anew, so that it keeps P")

(Bai et al. 2022, arXiv 2212.08073.) Each revision with its draft is a pair of preferences. A judge names the better one
in both orders (`evaluation.judge`); the model that judges for a training is RLAIF. A rule that a program works out says
the same without a model, and Cohen's kappa says how far the two agree beyond chance (Cohen 1960)::

    kappa = (agreed - by chance) / (1 - by chance)      by chance = sum over labels of  p_one(label) p_other(label)

Its standard error is that of Fleiss, Cohen and Everitt 1969.

Worked example: a difference in words, and four pairs on which two judges agree in three.

>>> [(each.kind, each.text) for each in differences("Turn it off now.", "Please turn it off now.")]
[('gone', 'Turn'), ('new', 'Please turn'), ('same', 'it off now.')]
>>> found = kappa(["new", "new", "old", "old"], ["new", "old", "old", "old"])
>>> found.mean, round(found.low, 3), round(found.high, 3)
(0.5, -0.235, 1.235)
>>> RULES["short"].score("Please be quiet."), RULES["polite"].score("Could you please stop? Thank you!")
(-3, 3)
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from explorer.stack.evaluation.standard_errors import Interval, around

POLITE = ("please", "thank", "thanks", "kindly", "could", "would", "sorry", "appreciate", "glad", "hope")
RUDE = ("stupid", "idiot", "hate", "shut", "never", "must", "terrible", "awful", "annoying")


class Piece(NamedTuple):
    """A piece of the difference between two texts."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True)
class Rule:
    """A score of an answer that a program works out: the higher is better."""

    principle: str
    about: str
    score: Callable[[str], int]


def words(text: str) -> list[str]:
    """
    >>> words("I'm here, now.")
    ["i'm", 'here', 'now']
    """
    return re.findall(r"[\w'’]+", text.lower())


def _short(text: str) -> int:
    return -len(words(text))


def _polite(text: str) -> int:
    return sum(word in POLITE for word in words(text)) - sum(word in RUDE for word in words(text))


def _calm(text: str) -> int:
    return -text.count("!") - sum(len(word) > 2 and word.isupper() for word in re.findall(r"\w+", text))


RULES: dict[str, Rule] = {
    "polite": Rule("Be polite and kind.", "more polite words, less rude ones", _polite),
    "short": Rule("Be short: use as few words as you can.", "fewer words", _short),
    "calm": Rule("Stay calm: no exclamation marks.", "fewer exclamation marks and words in capitals", _calm),
}


def differences(before: str, after: str) -> tuple[Piece, ...]:
    """Word by word: what stays, what goes, what comes."""
    old, new = before.split(), after.split()
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", " ".join(old[a:b])))
            continue
        found += [Piece("gone", " ".join(old[a:b]))] if b > a else []
        found += [Piece("new", " ".join(new[c:d]))] if d > c else []
    return tuple(found)


def changed(before: str, after: str) -> float:
    """The share of words that differ, of the longer text.

    >>> changed("a b c d", "a b c e"), changed("", "")
    (0.25, 0.0)
    """
    old, new = before.split(), after.split()
    same = sum(each.size for each in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return 1 - same / max(len(old), len(new)) if old or new else 0.0


def preferred(rule: Rule, draft: str, revision: str) -> Literal["revision", "draft", "tie"]:
    """By the rule."""
    gain = rule.score(revision) - rule.score(draft)
    return "tie" if not gain else "revision" if gain > 0 else "draft"


def kappa(one: Sequence[str], other: Sequence[str]) -> Interval:
    """Agreement beyond chance, with its interval of 95 %; NaN where one label is all that both ever say; without
    bounds where it is all that one of them says."""
    n = len(one)
    labels = sorted({*one, *other})
    if not n or len(labels) < 2:
        return Interval(math.nan, math.nan, math.nan)
    p = {(a, b): sum(x == a and y == b for x, y in zip(one, other, strict=True)) / n for a in labels for b in labels}
    row = {a: sum(p[a, b] for b in labels) for a in labels}
    column = {b: sum(p[a, b] for a in labels) for b in labels}
    agreed, chance = sum(p[a, a] for a in labels), sum(row[a] * column[a] for a in labels)
    found = (agreed - chance) / (1 - chance)
    if len({*one}) < 2 or len({*other}) < 2:  # a judge that says one thing only: chance is all there is
        return Interval(found, math.nan, math.nan)
    inner = sum(p[a, a] * (1 - (row[a] + column[a]) * (1 - found)) ** 2 for a in labels)
    outer = sum(p[a, b] * (column[a] + row[b]) ** 2 for a in labels for b in labels if a != b) * (1 - found) ** 2
    spread = inner + outer - (found - chance * (1 - found)) ** 2
    return around(found, math.sqrt(max(spread, 0.0) / n) / (1 - chance))
