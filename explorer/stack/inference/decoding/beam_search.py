"""Beam search: several continuations are grown side by side, and the likeliest whole ones are kept.

Greedy decoding takes the likeliest token at each step and may walk past the likeliest text. A beam search keeps the n
best paths; each step puts every token behind each of them, and of those n x d_vocab candidates the n best go on:

    score(y_1 .. y_t) = sum over i of log p(y_i | x, y_1 .. y_i-1)

A path ends with a stop token or at the length limit. Whole paths compete by ``score / t ** length_penalty`` (Wu et al.
2016, arXiv 1609.08144, in the simple form that transformers uses): 0 compares totals and favours short texts, 1
compares means, more favours long ones. The search stops when no path still open can beat the worst of the n whole ones
kept: judged at the present length (`early_stopping` False), at the limit ("never"), or at once when there are n (True).

**Diverse beam search** (Vijayakumar et al. 2016, arXiv 1610.02424) splits the beams into groups that choose one after
the other at each step; a token that k beams of earlier groups have just taken costs a later group ``diversity * k``.

Worked example with three tokens: from the start they have .5, .4, .1; after token 0 .4, .3, .3; after 1 .05, .05, .9.
Greedy takes 0, then 0: .5 * .4 = .2. Two beams keep 1 as well, whose .4 * .9 = .36 is the likeliest pair of all.

>>> table = torch.tensor([[0.4, 0.3, 0.3], [0.05, 0.05, 0.9], [0.2, 0.4, 0.4]]).log()
>>> def found(n_beams):
...     return search(torch.tensor([0.5, 0.4, 0.1]).log(), lambda rows, tokens: table[tokens],
...                   BeamSettings(n_beams, max_new_tokens=2))
>>> [(h.ids, round(math.exp(h.logprob), 2)) for h in found(1).hypotheses]
[((0, 0), 0.2)]
>>> [(h.ids, round(math.exp(h.logprob), 2)) for h in found(2).hypotheses]
[((1, 2), 0.36), ((0, 0), 0.2)]

The result is the whole tree: here two candidates looked at for each beam and step, and what became of each.

>>> [(n.step, n.token, n.fate) for n in found(2).nodes if n.step == 0]
[(0, 0, 'kept'), (0, 1, 'kept'), (0, 2, 'pruned')]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.sampling_steps import check_finite
from explorer.stack.transformer.kv_cache import CacheFactory, ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

Advance = Callable[[Int[Tensor, " beam"], Int[Tensor, " beam"]], Float[Tensor, "beam d_vocab"]]
"""(rows, tokens) -> log-probabilities after putting each token behind the path in that row of the last call."""
Fate = Literal["kept", "finished", "pruned"]
Stopped = Literal["length", "full", "hopeless"]


@dataclass(frozen=True)
class BeamSettings:
    """How wide and how far to search, and how whole paths compete."""

    n_beams: int = 4
    max_new_tokens: int = 16
    length_penalty: float | int = 1.0
    """The exponent on the length: 0 compares total log-probabilities, 1 means."""
    early_stopping: bool | Literal["never"] = False
    n_groups: int = 1
    """More than one is diverse beam search; n_beams is divided among them."""
    diversity: float | int = 0.0
    """What each use of a token by earlier groups costs, in nats."""

    def __post_init__(self) -> None:
        for name, value in (("beam", self.n_beams), ("new token", self.max_new_tokens), ("group", self.n_groups)):
            if value < 1:
                raise BadRequestError(f"A beam search needs at least one {name}, not {value}.")
        if self.n_beams % self.n_groups:
            raise BadRequestError(f"{self.n_beams} beams cannot be divided evenly into {self.n_groups} groups.")
        if not math.isfinite(self.length_penalty) or not 0 <= self.diversity < math.inf:
            raise BadRequestError("The length penalty is a number, the diversity a number of nats, at least 0.")


@dataclass(frozen=True)
class Node:
    """One candidate of one step: a token put behind a path."""

    step: int
    """0 is the first new token."""
    parent: int | None
    """Its path's last node; None: the prompt."""
    token: int
    logprob: float
    total: float
    """The sum of log-probabilities along its path."""
    score: float
    """What the beams compete by: `total`, less what diversity cost along the path."""
    group: int
    fate: Fate
    """kept: grown further; finished: taken as a whole path, by a stop token or at the limit; pruned: neither."""


@dataclass(frozen=True)
class Hypothesis:
    """A whole path."""

    ids: tuple[int, ...]
    """New tokens, a stop token included."""
    nodes: tuple[int, ...]
    """Its path in the tree."""
    logprob: float
    score: float
    """The node's score over ``len(ids) ** length_penalty``."""
    ended: Literal["stop", "length"]


@dataclass(frozen=True)
class BeamSearch:
    """The tree of a search and its best whole paths."""

    settings: BeamSettings
    nodes: tuple[Node, ...]
    """Every candidate that was looked at: twice the beams each step, so that stop tokens leave enough to go on with."""
    hypotheses: tuple[Hypothesis, ...]
    """The n_beams best, best first."""
    stopped: tuple[Stopped, ...]
    """Why, one a group: at the limit, with n whole paths (early stopping), or as no open path could win any more."""

    @property
    def n_steps(self) -> int:
        return self.nodes[-1].step + 1


def beam_search(
    decoder: Decoder,
    prompt_ids: Sequence[int],
    settings: BeamSettings | None = None,
    stop_ids: Collection[int] = (),
    cache: CacheFactory = ContiguousCache,
) -> BeamSearch:
    """Search on a decoder. The prompt is read once; the cache's rows then follow their beams."""
    *_, found = beams_growing(decoder, prompt_ids, settings, stop_ids, cache)
    return found


@torch.inference_mode()
def beams_growing(
    decoder: Decoder,
    prompt_ids: Sequence[int],
    settings: BeamSettings | None = None,
    stop_ids: Collection[int] = (),
    cache: CacheFactory = ContiguousCache,
) -> Iterator[BeamSearch]:
    """The same, as it goes: the tree so far, after every step."""
    settings = settings or BeamSettings()
    held = cache(decoder.config, 1, len(prompt_ids) + settings.max_new_tokens)

    def advance(rows: Int[Tensor, " beam"], tokens: Int[Tensor, " beam"]) -> Float[Tensor, "beam d_vocab"]:
        held.reorder(rows)
        return logprobs_of(decoder(tokens[:, None], cache=held, last_only=True)[:, -1])

    logits = decoder(torch.tensor([list(prompt_ids)]), cache=held, last_only=True)[:, -1]
    yield from searching(logprobs_of(logits)[0], advance, settings, stop_ids)


def logprobs_of(logits: Float[Tensor, "row d_vocab"]) -> Float[Tensor, "row d_vocab"]:
    """log softmax of each row. Raises NotFiniteError where a row is no numbers."""
    for largest in logits.max(-1).values.tolist():
        check_finite(largest)
    return logits.float().log_softmax(-1)


def sequence_logprobs(decoder: Decoder, prompt_ids: Sequence[int], new_ids: Sequence[int]) -> Float[Tensor, " new"]:
    """log p of each new token after those before it, by one forward pass over all of them."""
    ids = torch.tensor([[*prompt_ids, *new_ids]])
    with torch.inference_mode():
        logprobs = decoder(ids)[0, len(prompt_ids) - 1 : -1].float().log_softmax(-1)  # new d_vocab
    return logprobs.gather(-1, ids[0, len(prompt_ids) :, None])[:, 0]


def search(
    first: Float[Tensor, " d_vocab"],
    advance: Advance,
    settings: BeamSettings,
    stop_ids: Collection[int] = (),
) -> BeamSearch:
    """The search itself: `first` are the log-probabilities after the prompt."""
    *_, found = searching(first, advance, settings, stop_ids)
    return found


def searching(
    first: Float[Tensor, " d_vocab"], advance: Advance, settings: BeamSettings, stop_ids: Collection[int] = ()
) -> Iterator[BeamSearch]:
    """The same, as it goes: the tree so far, after every step."""
    tree: list[Node] = []
    groups = [Group(number, settings, frozenset(stop_ids)) for number in range(settings.n_groups)]
    logprobs = first[None]  # one row: the prompt, where every group starts
    for step in range(settings.max_new_tokens):
        taken = torch.zeros_like(first)  # d_vocab: how many beams of earlier groups took each token in this step
        rows: list[int] = []
        for group in [group for group in groups if group.open]:
            continued = group.step(tree, step, logprobs, settings.diversity * taken)
            group.rows = range(len(rows), len(rows) + len(continued))
            rows += continued
            for token in group.took:
                taken[token] += 1
        whole = sorted((h for group in groups for h in group.whole), key=lambda h: -h.score)
        yield BeamSearch(settings, tuple(tree), tuple(whole), tuple(group.stopped or "length" for group in groups))
        if not rows:
            return
        tokens = [tree[node].token for group in groups if group.open for node in group.grown]
        logprobs = advance(torch.tensor(rows), torch.tensor(tokens))


@dataclass
class Group:
    """The beams that compete with each other: all of them, unless the search is diverse."""

    number: int
    settings: BeamSettings
    stop_ids: frozenset[int]
    beams: list[int | None] = field(default_factory=lambda: [None])
    """The open paths' last nodes, best first; at first the prompt."""
    rows: range = range(1)
    """Where the beams are among the rows of the last call."""
    took: list[int] = field(default_factory=list)
    """The tokens that its paths took in the last step, stop tokens not counted."""
    whole: list[Hypothesis] = field(default_factory=list)
    stopped: Stopped | None = None
    """Set once nothing is grown any further."""

    @property
    def grown(self) -> list[int]:
        """The open paths, once they are more than the prompt."""
        return [node for node in self.beams if node is not None]

    @property
    def open(self) -> bool:
        return self.stopped is None

    @property
    def width(self) -> int:
        return self.settings.n_beams // self.settings.n_groups

    @property
    def full(self) -> bool:
        return len(self.whole) == self.width

    def step(
        self, tree: list[Node], step: int, logprobs: Float[Tensor, "row d_vocab"], cost: Float[Tensor, " d_vocab"]
    ) -> list[int]:
        """Grow the open paths by a token and return the rows that the new ones continue; none if it ends here."""
        logprobs = logprobs[list(self.rows)]  # beam d_vocab
        before = [tree[node] if node is not None else None for node in self.beams]
        so_far = torch.tensor([node.score if node else 0.0 for node in before])
        scores = (logprobs - cost) + so_far[:, None]  # beam d_vocab
        looked_at = self.width * max(2, 1 + len(self.stop_ids))
        best, where = scores.flatten().topk(min(looked_at, scores.numel()))
        rows, tokens = (where // scores.shape[1]).tolist(), (where % scores.shape[1]).tolist()
        last = step + 1 == self.settings.max_new_tokens
        open_ = [i for i, token in enumerate(tokens) if token not in self.stop_ids][: self.width]
        going = [] if last else open_
        # A stop token that is not among the best `width` is no whole path: it would not have been grown either.
        ending = [i for i, token in enumerate(tokens[: self.width]) if last or token in self.stop_ids]
        parents, first = self.beams, len(tree)
        for i, (row, token) in enumerate(zip(rows, tokens, strict=True)):
            parent, logprob = before[row], float(logprobs[row, token])
            total = (parent.total if parent else 0.0) + logprob
            fate: Fate = "kept" if i in going else "finished" if i in ending else "pruned"
            tree.append(Node(step, parents[row], token, logprob, total, float(best[i]), self.number, fate))
        for i in ending:
            self._finish(tree, first + i)
        self.beams, self.took = [first + i for i in going], [tokens[i] for i in open_]
        self.stopped = self._why_stop(tree, step + 1, last)
        return [self.rows[rows[i]] for i in going] if self.open else []

    def _finish(self, tree: list[Node], node: int) -> None:
        """Take a whole path among the best, if it is."""
        path, at = [], node
        while at is not None:
            path.append(at)
            at = tree[at].parent
        path.reverse()
        ids = tuple(tree[i].token for i in path)
        end = tree[node]
        ended = "stop" if end.token in self.stop_ids else "length"
        score = end.score / len(ids) ** self.settings.length_penalty
        self.whole.append(Hypothesis(ids, tuple(path), end.total, score, ended))
        self.whole.sort(key=lambda h: -h.score)
        del self.whole[self.width :]

    def _why_stop(self, tree: list[Node], length: int, last: bool) -> Stopped | None:
        settings = self.settings
        if last:
            return "length"
        if not self.full:
            return None
        if settings.early_stopping is True:
            return "full"
        hoped = (
            settings.max_new_tokens if settings.early_stopping == "never" and settings.length_penalty > 0 else length
        )
        best = tree[self.grown[0]].score / hoped**settings.length_penalty
        return "hopeless" if best <= self.whole[-1].score else None
