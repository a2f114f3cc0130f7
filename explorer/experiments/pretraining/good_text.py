"""One text under every quality judge: rules with their margins, and a counted language model word by word.

The language model reads what is at hand: the interpreter's documentation and the passages, without the last passage of
each kind and without every tenth piece of documentation. Those pieces say which perplexity is usual: CCNet (Wenzek et
al. 2019, arXiv 1911.00359) keeps a text by the third of such a distribution that it falls in.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pydoc_data import topics

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer.corpora import crawl, good_text, passages
from explorer.stack.pretraining.data import c4, fineweb, gopher, language, pii, toxicity
from explorer.stack.pretraining.data.kneser_ney import BOS, EOS, Gram, KneserNey, Step
from explorer.stack.pretraining.data.verdict import Verdict, removed_by
from explorer.stack.pretraining.data.words import sentences, simplified, words

#: One piece of documentation in so many is held out.
EVERY = 10
#: Contexts of a text after which all next words are summed.
CONTEXTS = 8
#: The language that is kept.
WANTED = "en"


@dataclass(frozen=True)
class Judge:
    """A set of rules, and what each says."""

    name: str
    verdicts: tuple[Verdict, ...]

    @property
    def removed_by(self) -> Verdict | None:
        return removed_by(self.verdicts)


@dataclass(frozen=True)
class Judged:
    """A text under all rules."""

    judges: tuple[Judge, ...]
    lines: tuple[c4.Line, ...]
    """As C4 reads them."""
    personal: tuple[pii.Found, ...]
    language: language.Identified
    opened: language.Opened


def judged(text: str) -> Judged:
    """Rules read the text as it is; no rule sees what another has cut."""
    split = words(text)
    c4s = c4.read(text)
    english = Verdict("probability of English", language.probability_of(WANTED, text), language.THRESHOLD, "at least")
    judges = (
        Judge("Language", (english,)),
        Judge("Gopher, repetition", gopher.repetition(text, split) if text else ()),
        Judge("Gopher, quality", gopher.quality(text, split)),
        Judge("C4", c4s.verdicts),
        Judge("C4 as FineWeb runs it", c4.read(text, terminal=False).verdicts),
        Judge("FineWeb, quality", fineweb.quality(text, split)),
        Judge("Listed words", (toxicity.read(text).verdict,)),
    )
    _, found = pii.replaced(text)
    return Judged(judges, c4s.lines, found, language.identified(text), language.opened(text))


# ---- the n-gram model ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Counted:
    """A counted language model, and what it was counted on."""

    model: KneserNey
    sentences: tuple[Gram, ...]
    usual: Float[ndarray, " piece"]
    """Perplexities of pieces that were held out, least first."""

    @property
    def words(self) -> int:
        return sum(map(len, self.sentences))


def in_sentences(text: str) -> list[Gram]:
    """The text's sentences, in simplified words."""
    return [split for each in sentences(text) if (split := tuple(simplified(each).split()))]


@lru_cache(maxsize=3)
def counted(order: int) -> Counted:
    """The model of that order."""
    pieces = [piece for name in sorted(topics.topics) for piece in crawl.cut(topics.topics[name], 180, 200)]
    read = [piece for at, piece in enumerate(pieces) if at % EVERY]
    read += [one.text for kind in passages.read() for one in kind.excerpts[: good_text.HELD_OUT]]
    parts = tuple(each for piece in read for each in in_sentences(piece))
    model = KneserNey.of(parts, order)
    return Counted(model, parts, np.sort([perplexity(steps_of(model, piece)) for piece in pieces[::EVERY]]))


def steps_of(model: KneserNey, text: str) -> list[list[Step]]:
    """Each sentence's words and its end."""
    return [model.read(each) for each in in_sentences(text)]


def perplexity(read: Iterable[Sequence[Step]]) -> float:
    """10 to the mean −log10 p over the words and the ends of all sentences; NaN of a text without words."""
    logs = [step.log10 for each in read for step in each]
    return 10 ** (-sum(logs) / len(logs)) if logs else math.nan


@dataclass(frozen=True, eq=False)
class Surprise:
    """A text word by word."""

    counted: Counted
    read: list[list[Step]]
    recounted: float
    """The sum of log10 p by the definition, from the sentences alone."""
    sums: tuple[float, ...]
    """Of the probabilities of all next words after some of the text's contexts."""

    @property
    def log10(self) -> float:
        return sum((step.log10 for each in self.read for step in each), 0.0)


def surprise(text: str, order: int) -> Surprise:
    """The text read by the model, and the same by two independent counts."""
    known = counted(order)
    read = steps_of(known.model, text)
    histories = [history for each in in_sentences(text) for history in _histories(known.model, each)]
    recounted = sum((math.log10(p) for p in recount(known, histories)), 0.0)
    some = histories[:: max(1, len(histories) // CONTEXTS)][:CONTEXTS]
    return Surprise(known, read, recounted, tuple(_sum_after(known.model, history[:-1]) for history in some))


def _histories(model: KneserNey, sentence: Gram) -> list[Gram]:
    """Each word behind those that the model looks at; a word that it does not know is <unk>."""
    line = (BOS, *(word if (word,) in model.probability else "<unk>" for word in sentence), EOS)
    return [line[max(0, at - model.order + 1) : at + 1] for at in range(1, len(line))]


def _sum_after(model: KneserNey, context: Gram) -> float:
    everything = [gram[0] for gram in model.probability if len(gram) == 1]
    return sum(10 ** model.after(context, word).log10 for word in everything)


def recount(known: Counted, histories: Sequence[Gram]) -> list[float]:
    """p of the last word of each, by the definition: for each of their contexts the followers are counted again from
    the sentences, and no table of the model is read but the discounts and how many words there are."""
    order = known.model.order
    wanted = {history[at:-1] for history in histories for at in range(len(history))}
    followers: dict[Gram, Counter[str]] = defaultdict(Counter)
    before: dict[Gram, set[str]] = defaultdict(set)
    for sentence in known.sentences:
        line = (BOS, *sentence, EOS)
        for end in range(len(line)):
            for begin in range(max(0, end - order + 1), end + 1):
                context = line[begin:end]
                if context in wanted:
                    if len(context) == order - 1 or context[:1] == (BOS,):
                        followers[context][line[end]] += 1
                    elif begin:
                        before[line[begin : end + 1]].add(line[begin - 1])
    for gram, words_before in before.items():
        followers[gram[:-1]][gram[-1]] = len(words_before)
    size = len(followers[()]) + 1
    return [_defined(known, followers, size, history[:-1], history[-1]) for history in histories]


def _defined(known: Counted, followers: dict[Gram, Counter[str]], size: int, context: Gram, word: str) -> float:
    counts = followers.get(context)
    if not counts:
        return _defined(known, followers, size, context[1:], word)
    discount = known.model.discounts[len(context)]
    lower = _defined(known, followers, size, context[1:], word) if context else 1 / size
    total = sum(counts.values())
    left = sum(discount[min(count, 3) - 1] for count in counts.values())
    own = counts[word] - discount[min(counts[word], 3) - 1] if word in counts else 0.0
    return own / total + left / total * lower
