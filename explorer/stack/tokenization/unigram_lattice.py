"""All cuts of one text under a unigram model: their number, their sum, the n best, and some drawn at random.

The tokens that fit the text are the edges of a graph whose nodes are the places between bytes; a path from the first
place to the last is a cut. Sums over all paths are taken place by place:

    forward(end)    = log of the sum over edges (start, end) of exp(forward(start) + score)
    backward(start) = the same from the right
    p(edge)         = exp(forward(start) + score + backward(end) - forward(last))

The best path to each place is Viterbi's; the n best are found from the right by A*, whose estimate of what is left is
Viterbi's and so is exact. A cut is drawn with probability p(cut)^alpha / (sum over all cuts), from the right: each edge
by its share of the sums that meet in its end. Kudo 2018, "Subword Regularization" (arXiv 1804.10959) trains translation
on such draws: alpha 1 draws by probability, 0 draws every cut alike.

Worked example: "abc" has the cuts a bc, ab c and a b c.

>>> model = Unigram((b"<unk>", b"a", b"b", b"c", b"ab", b"bc"), np.array([0, -1, -2, -1, -3, -2.5]), unknown=0)
>>> found = lattice(model, b"abc")
>>> [(found.texts(cut), cut.log_probability) for cut in found.n_best(9)]
[(('a', 'bc'), -3.5), (('ab', 'c'), -4.0), (('a', 'b', 'c'), -4.0)]
>>> found.cuts, round(found.total, 4) == round(float(np.log(np.exp(-3.5) + 2 * np.exp(-4))), 4)
(3, True)
>>> [(found.piece(edge), round(float(p), 3)) for edge, p in enumerate(found.marginals)]
[('a', 0.726), ('ab', 0.274), ('b', 0.274), ('bc', 0.452), ('c', 0.548)]
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
from jaxtyping import Bool, Float, Int

from explorer.stack.tokenization.unigram import Unigram


@dataclass(frozen=True)
class Cut:
    """One way to cut the text: edges from left to right."""

    edges: tuple[int, ...]
    log_probability: float


@dataclass(frozen=True, eq=False)
class Lattice:
    """The tokens that fit a text, by start and then by length."""

    data: bytes
    starts: Int[np.ndarray, " edge"]
    ends: Int[np.ndarray, " edge"]
    ids: Int[np.ndarray, " edge"]
    scores: Float[np.ndarray, " edge"]
    unknown: Bool[np.ndarray, " edge"]
    """A character that no token holds."""

    def piece(self, edge: int) -> str:
        return self.data[self.starts[edge] : self.ends[edge]].decode("utf-8", "replace")

    def texts(self, cut: Cut) -> tuple[str, ...]:
        return tuple(self.piece(edge) for edge in cut.edges)

    @cached_property
    def ending(self) -> list[list[int]]:
        """The edges that end at each place."""
        found: list[list[int]] = [[] for _ in range(len(self.data) + 1)]
        for edge, end in enumerate(self.ends.tolist()):
            found[end].append(edge)
        return found

    def sums(self, alpha: float = 1.0) -> Float[np.ndarray, " place"]:
        """The log of the sum of p^alpha over all cuts of the text up to each place; -inf where none leads."""
        found = np.full(len(self.data) + 1, -np.inf)
        found[0] = 0.0
        for end in range(1, len(found)):
            if edges := self.ending[end]:
                found[end] = np.logaddexp.reduce(found[self.starts[edges]] + alpha * self.scores[edges])
        return found

    @cached_property
    def forward(self) -> Float[np.ndarray, " place"]:
        return self.sums()

    @cached_property
    def backward(self) -> Float[np.ndarray, " place"]:
        """The log of the sum of p over all cuts of the text from each place on."""
        found = np.full(len(self.data) + 1, -np.inf)
        found[-1] = 0.0
        bounds = np.searchsorted(self.starts, np.arange(len(found) + 1))
        for start in range(len(self.data) - 1, -1, -1):
            edges = slice(bounds[start], bounds[start + 1])
            if bounds[start] < bounds[start + 1]:
                found[start] = np.logaddexp.reduce(found[self.ends[edges]] + self.scores[edges])
        return found

    @property
    def total(self) -> float:
        """The log-probability of the text: the sum over all its cuts."""
        return float(self.forward[-1])

    @cached_property
    def marginals(self) -> Float[np.ndarray, " edge"]:
        """The probability that a cut, drawn by probability, uses each edge."""
        return np.exp(self.forward[self.starts] + self.scores + self.backward[self.ends] - self.total)

    @cached_property
    def best(self) -> Float[np.ndarray, " place"]:
        """The log-probability of the best cut up to each place."""
        found = np.full(len(self.data) + 1, -np.inf)
        found[0] = 0.0
        for end in range(1, len(found)):
            if edges := self.ending[end]:
                found[end] = np.max(found[self.starts[edges]] + self.scores[edges])
        return found

    @cached_property
    def cuts(self) -> int:
        """How many cuts there are."""
        found = [1, *[0] * len(self.data)]
        for end in range(1, len(found)):
            found[end] = sum(found[int(self.starts[edge])] for edge in self.ending[end])
        return found[-1]

    def best_first(self) -> Iterator[Cut]:
        """All cuts, the likeliest first, found as they are asked for."""
        order = count()
        # An unfinished cut is known from some place to the end; what is left of it costs exactly `best`.
        open_ends: list[tuple[float, int, int, float, tuple[int, ...]]] = []
        heapq.heappush(open_ends, (-self.best[-1], next(order), len(self.data), 0.0, ()))
        while open_ends:
            _, _, place, score, edges = heapq.heappop(open_ends)
            if place == 0:
                yield Cut(edges, score)
                continue
            for edge in self.ending[place]:
                start, longer = int(self.starts[edge]), score + float(self.scores[edge])
                if np.isfinite(self.best[start]):
                    entry = (-(longer + self.best[start]), next(order), start, longer, (edge, *edges))
                    heapq.heappush(open_ends, entry)

    def n_best(self, n: int) -> list[Cut]:
        """The `n` likeliest cuts, or all where there are fewer."""
        return [cut for cut, _ in zip(self.best_first(), range(n), strict=False)]

    def sample(self, draws: int, alpha: float, generator: np.random.Generator) -> list[tuple[int, ...]]:
        """Cuts drawn independently, each with probability p^alpha over the sum of all cuts' p^alpha."""
        sums = self.sums(alpha)
        places = np.full(draws, len(self.data))
        drawn: list[list[int]] = [[] for _ in range(draws)]
        for end in range(len(self.data), 0, -1):
            here = np.flatnonzero(places == end)
            if not len(here):
                continue
            edges = np.array(self.ending[end])
            shares = np.exp(sums[self.starts[edges]] + alpha * self.scores[edges] - sums[end])
            chosen = edges[generator.choice(len(edges), len(here), p=shares / shares.sum())]
            places[here] = self.starts[chosen]
            for draw, edge in zip(here.tolist(), chosen.tolist(), strict=True):
                drawn[draw].append(edge)
        return [tuple(reversed(edges)) for edges in drawn]


def lattice(model: Unigram, data: bytes) -> Lattice:
    """All tokens that fit a text. A character that is no token by itself is an unknown edge, as in `encode`."""
    edges: list[tuple[int, int, int, float]] = []
    at = 0
    while at < len(data):
        step = at + 1
        while step < min(at + 4, len(data)) and data[at] >= 0xC0 and data[step] & 0xC0 == 0x80:
            step += 1
        fits = model.trie.prefixes(data[at:])
        if all(at + length != step for length, _ in fits):
            edges.append((at, step, model.unknown, model.unknown_log_probability))
        edges += [(at, at + length, token, float(model.log_probabilities[token])) for length, token in fits]
        at = step
    edges.sort()
    starts, ends, ids = np.array([edge[:3] for edge in edges], np.int64).reshape(-1, 3).T
    return Lattice(data, starts, ends, ids, np.array([edge[3] for edge in edges], np.float64), ids == model.unknown)
