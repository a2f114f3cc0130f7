"""Two guards, fitted in seconds: on MiniLM's sentence embedding, and on the model's own residual stream.

    for found in guards(model, encoder, "request", 56): ...   ->  Found: one guard after the other, with its trial

The stream's depth is the one whose guard tells the validation texts apart best, unless it is chosen. The strength of
the penalty is taken by the loss on the validation texts, and the threshold from its harmless ones. Test texts and
disguises have no part in any of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast, get_args
from weakref import WeakKeyDictionary

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.embedding import embedded
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety.guard_texts import BETWEEN, Side, Text, Texts, labels, texts
from explorer.experiments.safety.states import States, depths_of, states
from explorer.stack.safety.guard import Guard, fitted, loss
from explorer.stack.safety.roc import area, threshold_for

if TYPE_CHECKING:
    from explorer.zoo.model import Model
    from explorer.zoo.text_encoder import TextEncoder

Kind = Literal["minilm", "stream"]
KINDS = cast("tuple[Kind, ...]", get_args(Kind))
Pool = Literal["mean", "last"]
POOLS = cast("tuple[Pool, ...]", get_args(Pool))
#: Strengths of the penalty among which the validation texts choose.
PENALTIES = (0.01, 0.1, 1.0)
#: Rates of false alarms on validation texts that a threshold is stated for, in percent.
RATES = (1, 5, 10)
#: Sets of states that are kept: one a side.
KEPT = 2


@dataclass(frozen=True, eq=False)
class Trained:
    """A guard, and what chose it."""

    kind: Kind
    guard: Guard
    l2: float
    depth: int
    """After how many blocks the stream is read; 0 of MiniLM."""
    pool: Pool
    train: Float[Tensor, " text"]
    """Scores."""
    validation: Float[Tensor, " other"]
    by_depth: dict[int, float] = field(default_factory=dict)
    """The area under the validation texts' ROC, of the guard at each depth."""

    def threshold(self, of: Texts, rate: float) -> float:
        """The score from which a text is flagged: at most this share of the harmless validation texts is."""
        return threshold_for(self.validation[labels(of.validation) == 0], rate)


@dataclass(frozen=True, eq=False)
class Tried:
    """A guard on texts that had no part in it."""

    trained: Trained
    test: Float[Tensor, " text"]
    forms: dict[str, Float[Tensor, " _"]]
    by_sentence: Float[Tensor, " between"]
    """The highest score of a request of each text of `BETWEEN`; nothing behind the model."""


@dataclass(frozen=True, eq=False)
class Found:
    """All that is known so far."""

    texts: Texts
    tried: dict[Kind, Tried] = field(default_factory=dict)


def guards(
    model: Model,
    encoder: TextEncoder,
    side: Side,
    pairs: int,
    pool: Pool = "mean",
    depth: int | None = None,
    tell: Ticks = unheard,
) -> Iterator[Found]:
    """MiniLM's guard first, then the stream's; each is tried on the test texts and on every form."""
    made, found = texts(side, pairs), dict[Kind, Tried]()
    for kind in KINDS:
        trained = minilm(encoder, made) if kind == "minilm" else stream(model, made, pool, depth, tell)
        found[kind] = _tried(model, encoder, trained, made, tell)
        yield Found(made, dict(found))


def minilm(encoder: TextEncoder, of: Texts) -> Trained:
    """The guard on a sentence embedding of the request, or of the answer alone."""
    train, validation = (vectors(encoder, some) for some in (of.train, of.validation))
    return _fitted("minilm", of, train, validation)


def vectors(encoder: TextEncoder, some: Sequence[Text]) -> Float[Tensor, "text d_model"]:
    return embedded(encoder, [each.judged for each in some]).vectors


def stream(model: Model, of: Texts, pool: Pool = "mean", depth: int | None = None, tell: Ticks = unheard) -> Trained:
    """The guard on the model's own states, at the given depth or the nearest one that is read, or at the best one."""
    read = read_once(model, of, tell)
    n, truth = len(of.train), labels(of.validation) > 0
    by_depth = {}
    for at in read.depths:
        x = read.at(at, pool)
        score = fitted(x[:n], labels(of.train), PENALTIES[1]).score(x[n:])
        by_depth[at] = area(score[truth], score[~truth])
    best = max(by_depth, key=lambda at: by_depth[at])
    chosen = best if depth is None else min(read.depths, key=lambda at: abs(at - depth))
    x = read.at(chosen, pool)
    return _fitted("stream", of, x[:n], x[n:], chosen, pool, by_depth)


_read: WeakKeyDictionary[Model, dict[tuple[Side, int], States]] = WeakKeyDictionary()


def read_once(model: Model, of: Texts, tell: Ticks = unheard) -> States:
    """The states of the training and the validation texts at every depth; kept while the model is."""
    kept = _read.setdefault(model, {})
    key = (of.side, len(of.train))
    if key not in kept:
        some = [each.framed(model) for each in (*of.train, *of.validation)]
        made = states(model, some, depths_of(model.dims.n_layers), tell)
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = made
    return kept[key]


def scores(model: Model, encoder: TextEncoder, of: Trained, some: Sequence[Text], tell: Ticks = unheard) -> Tensor:
    """What the guard says of texts: log-odds, [text]."""
    if of.kind == "minilm":
        return of.guard.score(vectors(encoder, some))
    return of.guard.score(states(model, [each.framed(model) for each in some], [of.depth], tell).at(of.depth, of.pool))


def _fitted(
    kind: Kind,
    of: Texts,
    train: Float[Tensor, "text d"],
    validation: Float[Tensor, "other d"],
    depth: int = 0,
    pool: Pool = "mean",
    by_depth: dict[int, float] | None = None,
) -> Trained:
    y, truth = labels(of.train), labels(of.validation)
    made = {l2: fitted(train, y, l2) for l2 in PENALTIES}
    l2 = min(made, key=lambda each: loss(made[each].score(validation), truth))
    guard = made[l2]
    return Trained(kind, guard, l2, depth, pool, guard.score(train), guard.score(validation), by_depth or {})


def _tried(model: Model, encoder: TextEncoder, of: Trained, made: Texts, tell: Ticks) -> Tried:
    parts = [part for whole in made.parts for part in whole]
    some = [*made.test, *(each for form in made.forms.values() for each in form), *parts]
    whole = scores(model, encoder, of, some, tell)
    sizes = [len(made.test), *map(len, made.forms.values()), len(parts)]
    test, *forms, by_part = whole.split(sizes)
    by_sentence = by_part.reshape(-1, len(made.parts[0])).max(1).values if parts else by_part
    assert not parts or len(by_sentence) == len(made.forms[BETWEEN])
    return Tried(of, test, dict(zip(made.forms, forms, strict=True)), by_sentence)
