"""Two runs side by side: how they are called, their tokens aligned, and what each would say next."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.figures.overview.two_places import Place, one_vocabulary, same, translated
from explorer.figures.payload import Payload

#: Likeliest tokens of each run that are followed to the other.
FOLLOWED = 6
#: Pairs of tokens that are sent on each side of the selected one.
AROUND = 60
#: How the two are called, whatever they differ in: a word of a prompt would read like an answer.
NAMES: tuple[str, str] = ("first run", "second run")


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
