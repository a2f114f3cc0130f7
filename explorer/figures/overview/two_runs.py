"""Two runs side by side: their tokens aligned, what each would say next, the parts that differ, and both through depth.

Parts are compared head by head where both models have as many, and by quarters of the depth where they have not. In
both cases each run's parts add up to its own lead, so that the parts' changes add up to the lead's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.overview.measured import Measured
from explorer.figures.overview.two_places import Place, Run, one_vocabulary, same, translated
from explorer.figures.payload import Payload
from explorer.stack.transformer.head_name import head_name
from explorer.stack.transformer.references import DEFAULT, Over
from explorer.stack.worst import worst
from explorer.tracing.derived.attribution import Attribution

#: Likeliest tokens of each run that are followed to the other.
FOLLOWED = 6
#: Pairs of tokens that are sent on each side of the selected one.
AROUND = 60
QUARTERS = 4
#: How the two are called, whatever they differ in: a word of a prompt would read like an answer.
NAMES: tuple[str, str] = ("first run", "second run")

# ---- the words -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RunSide:
    """One of the two runs, in words."""

    name: str
    """ "first run", which is on the page, or "second run"."""
    own: str
    """What only it has: its model, its interventions, words of its prompt; nothing where the two tell no difference."""
    query: str
    model: str
    text: str
    position: int
    answer: str
    p: float


@dataclass(frozen=True, kw_only=True)
class AlignedToken:
    """A pair of tokens; None where a run has no counterpart."""

    position: int | None
    """In the first run."""
    left: str | None
    right: str | None
    same: bool
    new: bool
    """Whether either was generated."""


@dataclass(frozen=True, kw_only=True)
class NextTokenSlope:
    """A next token's probability in both runs; None where a vocabulary lacks it."""

    token: str
    id: int | None
    """In the first run's vocabulary."""
    left: float | None
    right: float | None
    target: bool


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """A model of the shelf."""

    name: str
    title: str


@dataclass(frozen=True, kw_only=True)
class TwoWords(Payload):
    """Two runs, their tokens aligned and what each would say next; only the first while no second is chosen."""

    first: RunSide
    second: RunSide | None
    tokens: list[AlignedToken]
    before: int
    """Pairs that stand before those that are sent."""
    after: int
    slopes: list[NextTokenSlope]
    targets: list[str]
    kl: float | None
    """KL(first || second) in nats; None where the vocabularies differ."""
    models: list[ModelChoice]
    pair: str | None = None
    """The first prompt with one word exchanged: offered while no second run is chosen."""


def differences(place: Place) -> tuple[str, str]:
    """What only the first run has, and only the second: its model, its interventions, words of its prompt."""
    one, other = place.one, place.other
    if one.model.card.title != other.model.card.title:
        return one.model.card.title, other.model.card.title
    edits = [[each.label for each in run.trace.key.interventions] for run in (one, other)]
    if edits[0] != edits[1]:
        first, second = (", ".join(each) or "no interventions" for each in edits)
        return first, second
    first, second = (f"prompt with {words}" if words else "prompt" for words in own_words(place))
    return (first, second) if first != second else ("", "")


def own_words(place: Place) -> tuple[str, str]:
    """What only the one prompt has, and only the other; nothing where it has no word of its own."""
    first, second = (_own_words(place, side) for side in (0, 1))
    return first, second


def _own_words(place: Place, side: int) -> str:
    run, _ = place.runs[side]
    own = [pair[side] for pair in place.pairs if not same(place, pair)]
    ids = [run.trace.tokens[i].id for i in own if i is not None and i < run.trace.n_prompt]
    words = b"".join(map(run.model.vocabulary.bytes, ids)).decode("utf-8", "replace").strip()
    return f"“{_cut(words)}”" if words else ""


def _cut(text: str, most: int = 24) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def sides(place: Place) -> tuple[RunSide, RunSide]:
    """Both runs in words."""
    made = []
    for name, own, (run, at), log_p in zip(NAMES, differences(place), place.runs, place.distributions(), strict=True):
        key, best = run.trace.key, int(log_p.argmax())
        p = float(log_p[best].exp())
        made.append(
            RunSide(
                name=name,
                own=own,
                query=key.query(),
                model=run.model.card.title,
                text=key.text,
                position=at,
                answer=run.label(best),
                p=p,
            )
        )
    return made[0], made[1]


def tokens(place: Place) -> tuple[list[AlignedToken], int, int]:
    """The pairs around the selected position, and how many stand before and after them."""
    here = next((i for i, (left, _) in enumerate(place.pairs) if left == place.at), 0)
    start, stop = max(0, here - AROUND), min(len(place.pairs), here + AROUND + 1)
    found = []
    for pair in place.pairs[start:stop]:
        left, right = pair
        new = any(
            i is not None and i >= run.trace.n_prompt for run, i in zip((place.one, place.other), pair, strict=True)
        )
        found.append(
            AlignedToken(
                position=left,
                left=place.one.label(place.one.trace.tokens[left].id) if left is not None else None,
                right=place.other.label(place.other.trace.tokens[right].id) if right is not None else None,
                same=same(place, pair),
                new=new,
            )
        )
    return found, start, len(place.pairs) - stop


def slopes(place: Place) -> list[NextTokenSlope]:
    """The likeliest next tokens of either run, and the two targets, in both."""
    (one, other), (p, q) = (place.one, place.other), place.distributions()
    wanted: dict[tuple[int | None, int | None], None] = dict.fromkeys(place.targets)
    for token in p.topk(min(FOLLOWED, len(p))).indices.tolist():
        wanted[token, translated(token, one, other)] = None
    for token in q.topk(min(FOLLOWED, len(q))).indices.tolist():
        wanted[translated(token, other, one), token] = None
    found = []
    for left, right in wanted:
        label = one.label(left) if left is not None else other.label(right or 0)
        shares = [float(log_p[i].exp()) if i is not None else None for log_p, i in ((p, left), (q, right))]
        found.append(
            NextTokenSlope(token=label, id=left, left=shares[0], right=shares[1], target=(left, right) in place.targets)
        )
    return found


def divergence(place: Place) -> float | None:
    """KL(first || second) in nats; None where the two do not speak one vocabulary."""
    p, q = place.distributions()
    if len(p) != len(q) or not one_vocabulary(place.one, place.other):
        return None
    return float((p.exp() * (p - q)).sum())


# ---- the parts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TwoParts(Payload):
    """What each part of the model adds to the targets' leads in both runs, and to the first target's lead over the
    second; nothing while no second run is chosen."""

    names: list[str]
    targets: list[str]
    ids: list[int]
    """The targets in the first run's vocabulary."""
    sides: list[str]
    measured: Measured
    """What the first run's first target is measured over."""
    values: Float[Tensor, "lead run part"]
    """A lead a target; with two targets a third, of the first over the second."""
    leads: Float[Tensor, "lead run"]
    whole: bool
    """Whether the parts are heads and MLPs, and not quarters of the depth."""


class Parts(NamedTuple):
    """Parts of some leads, each row adding up to its lead."""

    names: list[str]
    values: Float[Tensor, "lead run part"]
    leads: Float[Tensor, "lead run"]
    error: float
    """The largest distance of a row's sum from the lead in the model's own logits."""
    whole: bool
    """Whether they are heads and MLPs, and not quarters of the depth."""


def shares(place: Place, over: Over) -> list[tuple[Run, Attribution]]:
    """Of each target in both runs, who wrote toward it; of two, also who wrote toward the first and not the second."""
    overs = _in_both(place, over)
    aims = [(target, overs) for target in place.targets]
    if len(place.targets) > 1:
        first, second = place.targets
        aims.append((first, second))
    return [
        (run, run.trace.attribution(at, token, DEFAULT if reference == token else reference))
        for target, references in aims
        for (run, at), token, reference in zip(place.runs, target, references, strict=True)
    ]


def _in_both(place: Place, over: Over) -> tuple[Over, Over]:
    """The reference in each run's vocabulary; a rival that one of them lacks is none."""
    if isinstance(over, str):
        return over, over
    there = translated(over, place.one, place.other)
    return (DEFAULT, DEFAULT) if there is None else (over, there)


def parts(place: Place, over: Over) -> Parts:
    """The leads of `shares`, taken apart in one way."""
    dims = [run.model.dims for run, _ in place.runs]
    alike = (dims[0].n_layers, dims[0].n_heads) == (dims[1].n_layers, dims[1].n_heads)
    found = [share for _, share in shares(place, over)]
    rows = [_by_head(share) if alike else _by_quarter(share) for share in found]
    leads = torch.tensor([share.lead for share in found], dtype=torch.float64)
    shape = (len(found) // 2, 2)
    named = _named(dims[0].n_layers, dims[0].n_heads) if alike else _quarters()
    values = torch.stack(rows)
    there = [at for at, name in enumerate(named) if name not in OPTIONAL or bool(values[:, at].any())]
    return Parts(
        [named[at] for at in there],
        values[:, there].unflatten(0, shape),
        leads.view(shape),
        worst(abs(float(row.sum() - lead)) for row, lead in zip(rows, leads, strict=True)),
        alike,
    )


#: Parts that many runs lack; where both lack them, they are no parts.
OPTIONAL = "interventions", "biases"


def _named(layers: int, heads: int) -> list[str]:
    """
    >>> _named(1, 2)
    ['embedding', 'L0.H0', 'L0.H1', 'MLP 0', 'interventions', 'biases']
    """
    attention = [head_name(layer, head) for layer in range(layers) for head in range(heads)]
    return ["embedding", *attention, *(f"MLP {layer}" for layer in range(layers)), "interventions", "biases"]


def _by_head(share: Attribution) -> Float[Tensor, " part"]:
    last = torch.tensor([float(share.edits.sum()), share.constant + float(share.attn_bias.sum())]).double()
    return torch.cat([torch.tensor([share.embed]).double(), share.heads.flatten(), share.mlp, last])


def _quarters() -> list[str]:
    places = [f"quarter {i + 1}" for i in range(QUARTERS)]
    return ["embedding", *(f"attention, {each}" for each in places), *(f"MLPs, {each}" for each in places),
            "interventions", "biases"]  # fmt: skip


def _by_quarter(share: Attribution) -> Float[Tensor, " part"]:
    layers = len(share.mlp)
    quarter = torch.arange(layers) * QUARTERS // layers
    sums = [torch.zeros(QUARTERS).double().index_add_(0, quarter, each) for each in (share.heads.sum(-1), share.mlp)]
    last = torch.tensor([float(share.edits.sum()), share.constant + float(share.attn_bias.sum())]).double()
    return torch.cat([torch.tensor([share.embed]).double(), *sums, last])


# ---- through depth ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DepthSide:
    """The targets through one run's depth."""

    name: str
    probs: Float[Tensor, "target depth"]
    ranks: Int[Tensor, "target depth"]
    best: list[str]
    """The likeliest token of each depth."""


@dataclass(frozen=True, kw_only=True)
class TwoDepths(Payload):
    """Both targets at every depth of both runs; nothing while no second is chosen."""

    targets: list[str]
    sides: list[DepthSide]


def depths(place: Place) -> TwoDepths:
    """The stream of both read early, by the logit lens."""
    made = []
    for side, (name, (run, at)) in enumerate(zip(NAMES, place.runs, strict=True)):
        ids = [target[side] for target in place.targets]
        probs = torch.stack([run.trace.probability(at, token) for token in ids])
        ranks = torch.stack([run.trace.rank(at, token) for token in ids]).to(torch.int32)
        best = [run.label(token) for token in run.trace.lens_logits(at).argmax(-1).tolist()]
        made.append(DepthSide(name=name, probs=probs, ranks=ranks, best=best))
    return TwoDepths(targets=place.labels(), sides=made)
