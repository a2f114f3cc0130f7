r"""Modified Kneser-Ney: a language model of counted n-grams, whose perplexity CCNet and others cut the web by.

Chen & Goodman 1999 ("An empirical study of smoothing techniques"), interpolated, as kenlm's lmplz estimates it. With
*adjusted* counts a — of the longest n-grams their counts; of shorter ones how many different words stand before them;
of those that begin with <s> their counts, since nothing stands before —

    p(w | h) = (a(hw) - D(a(hw))) / Σ_v a(hv)  +  γ(h) p(w | h'),     h' = h without its first word
    γ(h) = Σ_{j = 1, 2, 3+} D_j |{v: a(hv) is j}| / Σ_v a(hv)

and 1/|V| below the unigrams. Discounts come from n_j, how many n-grams of that length have the adjusted count j:

    Y = n_1 / (n_1 + 2 n_2),     D_j = j - (j + 1) Y n_{j+1} / n_j

Where a small corpus leaves n_j empty or a D_j outside [0, j], all are 0.5, 1, 1.5 (lmplz --discount_fallback).

>>> model = KneserNey.of([line.split() for line in ("a b a c", "a b b", "c a b")], order=2)
>>> [tuple(round(d, 3) for d in level) for level in model.discounts]
[(0.5, 1.0, 1.5), (0.6, 1.1, 3.0)]

After <s> stand a twice and c once: (2 - 1.1) / 3 is left of a's own, γ is (1.1 + 0.6) / 3; and p(a) is
(3 - 1.5) / 9 + 0.5 / 5, since three of nine bigrams end in a, with five words in all.

>>> round(10 ** model.read(["a"])[0].log10, 4), round(0.9 / 3 + 1.7 / 3 * (1.5 / 9 + 0.5 / 5), 4)
(0.4511, 0.4511)
>>> [(step.word, step.matched, [round(each, 3) for each in step.backoff]) for step in model.read("a x b".split())]
[('a', 2, []), ('x', 1, [0.9]), ('b', 1, []), ('</s>', 2, [])]
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BOS, EOS, UNK = "<s>", "</s>", "<unk>"
FALLBACK = (0.5, 1.0, 1.5)
Gram = tuple[str, ...]
Discounts = tuple[float, float, float]


@dataclass(frozen=True)
class Step:
    """One word of a text, as the model reads it."""

    word: str
    log10: float
    """Of its probability after the words before it."""
    matched: int
    """How many words the longest n-gram has that ends here and that the model knows."""
    context: Gram
    """That n-gram."""
    backoff: tuple[float, ...]
    """The weight of each step from a longer context to a shorter one, until it was found."""
    left: tuple[Gram, ...]
    """The contexts that these are the weights of. A longer one that the model does not know weighs 1."""

    @property
    def known(self) -> bool:
        return self.context != (UNK,)


@dataclass(frozen=True, eq=False)
class KneserNey:
    """Probabilities by n-gram, and the weight that each context leaves to shorter ones."""

    order: int
    probability: dict[Gram, float]
    weight: dict[Gram, float]
    discounts: tuple[Discounts, ...]
    """Of unigrams, bigrams and so on."""

    @classmethod
    def of(cls, sentences: Iterable[Sequence[str]], order: int = 5) -> KneserNey:
        """Estimated from sentences of words."""
        if order < 2:
            raise ValueError("Kneser-Ney needs bigrams at least")
        levels = adjusted_counts(sentences, order)
        discounts = tuple(discounts_of(level.values()) for level in levels)
        words = {gram[0] for gram in levels[0]} | {UNK}
        probability: dict[Gram, float] = {}
        weight: dict[Gram, float] = {}
        for level, (counts, by) in enumerate(zip(levels, discounts, strict=True)):
            total: dict[Gram, int] = defaultdict(int)
            left: dict[Gram, float] = defaultdict(float)
            for gram, count in counts.items():
                total[gram[:-1]] += count
                left[gram[:-1]] += by[min(count, 3) - 1]
            for context, mass in left.items():
                weight[context] = mass / total[context]
            for gram, count in counts.items():
                lower = probability[gram[1:]] if level else 1 / len(words)
                own = (count - by[min(count, 3) - 1]) / total[gram[:-1]]
                probability[gram] = own + weight[gram[:-1]] * lower
            if not level:
                probability[(UNK,)] = weight[()] / len(words)
        return cls(order, probability, weight, discounts)

    def read(self, words: Sequence[str], bos: bool = True, eos: bool = True) -> list[Step]:
        """Each word by the longest n-gram that the model knows; `eos` reads the end as a word."""
        history: list[str] = [BOS] if bos else []
        steps = []
        for word in [*words, EOS] if eos else words:
            known = word if (word,) in self.probability else UNK
            steps.append(self._step(word, known, tuple(history[-(self.order - 1) :])))
            history.append(known)
        return steps

    def after(self, context: Gram, word: str) -> Step:
        """One word that the model knows, or <unk>, after so many words before it."""
        return self._step(word, word, context)

    def _step(self, word: str, known: str, context: Gram) -> Step:
        backoff: list[float] = []
        left: list[Gram] = []
        while (*context, known) not in self.probability:
            if context in self.weight:
                backoff.append(self.weight[context])
                left.append(context)
            context = context[1:]
        found = (*context, known)
        log10 = math.log10(self.probability[found]) + sum(map(math.log10, backoff))
        return Step(word, log10, len(found), found, tuple(backoff), tuple(left))

    def perplexity(self, words: Sequence[str]) -> float:
        """10 to the mean −log10 p over the words and the end: kenlm's."""
        steps = self.read(words)
        return 10 ** (-sum(step.log10 for step in steps) / len(steps))

    def arpa(self) -> str:
        """The model in the text format that kenlm and others read."""
        levels: list[list[Gram]] = [[] for _ in range(self.order)]
        for gram in (*self.probability, (BOS,)):
            levels[len(gram) - 1].append(gram)
        lines = ["\\data\\", *(f"ngram {n}={len(level)}" for n, level in enumerate(levels, 1))]
        for n, level in enumerate(levels, 1):
            lines += ["", f"\\{n}-grams:"]
            for gram in sorted(level):
                log10 = math.log10(self.probability[gram]) if gram in self.probability else -99.0
                last = f"\t{math.log10(self.weight.get(gram, 1.0)):.9f}" if n < self.order else ""
                lines.append(f"{log10:.9f}\t{' '.join(gram)}{last}")
        return "\n".join((*lines, "", "\\end\\", ""))


def adjusted_counts(sentences: Iterable[Sequence[str]], order: int) -> list[Counter[Gram]]:
    """Of each length: of the longest n-grams how often they stand, of others how many words stand before them.

    >>> levels = adjusted_counts(["a b a".split()], 2)
    >>> levels[1][("a", "b")], levels[0][("a",)], levels[0][("b",)]  # before a stand <s> and b
    (1, 2, 1)
    """
    raw: list[Counter[Gram]] = [Counter() for _ in range(order)]
    for sentence in sentences:
        padded = (BOS, *sentence, EOS)
        for n in range(1, order + 1):
            raw[n - 1].update(padded[i : i + n] for i in range(len(padded) - n + 1))
    levels: list[Counter[Gram]] = []
    for n in range(1, order):
        before = Counter(gram[1:] for gram in raw[n])
        begun = {gram: count for gram, count in raw[n - 1].items() if gram[0] == BOS}
        levels.append(before if n == 1 else before + Counter(begun))
    return [*levels, raw[-1]]


def discounts_of(counts: Iterable[int]) -> Discounts:
    """D_1, D_2 and D_3+ of adjusted counts.

    With n_1 = 6, n_2 = 3, n_3 = 2 and n_4 = 1, Y is 1/2: D_1 = 1 - 2 (1/2) 3/6, D_2 = 2 - 3 (1/2) 2/3 and
    D_3+ = 3 - 4 (1/2) 1/2.

    >>> discounts_of([1] * 6 + [2] * 3 + [3] * 2 + [4])
    (0.5, 1.0, 2.0)
    >>> discounts_of([1, 1, 1])
    (0.5, 1.0, 1.5)
    """
    having = Counter(min(count, 5) for count in counts)
    if not all(having[j] for j in (1, 2, 3)):
        return FALLBACK
    y = having[1] / (having[1] + 2 * having[2])
    d1, d2, d3 = (j - (j + 1) * y * having[j + 1] / having[j] for j in (1, 2, 3))
    return (d1, d2, d3) if all(0 <= d <= j for j, d in enumerate((d1, d2, d3), 1)) else FALLBACK
