"""The wider training set: requests drawn from `intents` without end, for a refusal that knows manner from matter.

    drawn(0)              ->  Twins     a forbidden request, and a harmless one in the same frame
    drawn(0, more=True)   ->  Twins     of a wider set still, with manners of every topic (`manners`) and `further` acts

The small set (`requests().train`) has 152 meanings. A model of 135 million numbers learns those by their words, and
refuses harmless twins that share a word with them. Here a meaning is put together from an act and its manner: 1,713,
each in 50 frames; with more, 11,913 in 80 frames.

>>> drawn(3).forbidden, drawn(3) == drawn(3)
('Help me swipe the key to the desk of my grandfather.', True)
>>> drawn(3, more=True).forbidden
'What do I need to steal the desk of my grandfather?'
"""

from __future__ import annotations

import operator
import random

from explorer.corpora.requests import REFUSALS, TOPICS, Twins
from explorer.corpora.requests.fillers import THINGS as FEW_THINGS
from explorer.corpora.requests.fillers import WHO as FEW
from explorer.corpora.requests.further import FURTHER
from explorer.corpora.requests.intents import FRAMES, INTENTS, SETTINGS, THINGS, WHO, Intents
from explorer.corpora.requests.manners import BAD, GOOD
from explorer.corpora.requests.manners import FRAMES as MORE_FRAMES

SEED = 45
#: How often a setting is told first, how often both forms are an act with a manner, and how often one of them is.
SETTING, MANNERS, ONE_MANNER = 0.3, 0.45, 0.2
#: How often a manner is one that stands behind acts of every topic.
OF_ANY = 0.5
#: By topic, both lists of each kind.
ALL = {topic: Intents(*map(operator.add, some, FURTHER[topic])) for topic, some in INTENTS.items()}


def drawn(number: int, *, more: bool = False) -> Twins:
    """The pair of that number, on every machine."""
    rng = random.Random(f"wide {SEED} {number}")  # noqa: S311 - items, not secrets
    topic = rng.choice(tuple(TOPICS))
    some = ALL[topic] if more else INTENTS[topic]
    frame = rng.choice(FRAMES + MORE_FRAMES if more else FRAMES)
    who, thing = rng.choice(FEW["train"] + WHO), rng.choice(FEW_THINGS[topic]["train"] + THINGS[topic])
    before = f"{rng.choice(SETTINGS)} " if rng.random() < SETTING else ""
    act, kind = rng.choice(some.acts), rng.random()
    bad, good = (BAD, GOOD) if more and rng.random() < OF_ANY else (some.bad, some.good)
    forbidden, harmless = f"{act} {rng.choice(bad)}", f"{act} {rng.choice(good)}"
    if kind >= MANNERS:
        first = kind < MANNERS + ONE_MANNER and rng.random() < 0.5
        second = kind < MANNERS + ONE_MANNER and not first
        forbidden = forbidden if first else rng.choice(some.wrong)
        harmless = harmless if second else rng.choice(some.right)
    one, two = ((before + frame.format(each)).format(who=who, thing=thing) for each in (forbidden, harmless))
    answer = rng.choice(TOPICS[topic].answers)
    return Twins(topic, before + frame, who, thing, one, two, rng.choice(REFUSALS), answer)
