"""An arena: answers of several settings to one prompt, and simulated voters whose taste is known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.evaluation.bradley_terry import POINTS, Strengths, bradley_terry
from explorer.stack.evaluation.elo import Game
from explorer.stack.evaluation.standard_errors import SURE, quantile
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.capturing.capture import stop_ids

if TYPE_CHECKING:
    from explorer.zoo.model import Model

GREEDY = "greedy"
#: What takes part for each model, by its name.
SETTINGS = {
    GREEDY: Sampler(temperature=0.0),
    "temperature 0.7": Sampler(temperature=0.7),
    "temperature 1, top-p 0.9": Sampler(temperature=1.0, top_p=0.9),
    "temperature 1.5": Sampler(temperature=1.5),
}
#: Votes after which the simulated ratings are fitted, and arenas of the last size for the coverage.
COUNTS, ARENAS = (10, 20, 50, 100, 200, 500, 1000), 200


@dataclass(frozen=True, eq=False)
class Answer:
    """What one setting of one model writes."""

    model: str
    setting: str
    prompt: tuple[int, ...]
    ids: tuple[int, ...]
    text: str


def answers(model: Model, text: str, new: int, seed: int, tell: Ticks = unheard) -> Iterator[Answer]:
    """One answer of each setting. Raises NotApplicableError for a prompt that is too long."""
    prompt = model.vocabulary.encode(text)
    most = model.decoder.config.n_ctx
    if len(prompt) + new > most:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {new} new ones pass the model’s {most:,} positions.",
            "Take a shorter prompt.",
        )
    for done, (name, sampler) in enumerate(SETTINGS.items()):
        tell(done, len(SETTINGS))
        (made,) = Engine(model.decoder).generate([prompt], new, sampler, seed, stop_ids(model))
        words = model.tokenizer.decode(made.new_ids, skip_special_tokens=True)
        yield Answer(model.card.title, name, tuple(prompt), tuple(made.new_ids), str(words))
    tell(len(SETTINGS), len(SETTINGS))


def unlikely(model: Model, answer: Answer) -> int:
    """Tokens of a greedy answer that are not the likeliest by one uncached pass of transformers."""
    ids = torch.tensor([[*answer.prompt, *answer.ids]])
    with torch.inference_mode():
        logits = model.hf(ids, use_cache=False).logits[0, len(answer.prompt) - 1 : -1]
    own = logits.gather(1, ids[0, len(answer.prompt) :, None])[:, 0]
    return int((logits.max(-1).values - own > 1e-3).sum())


@dataclass(frozen=True, eq=False)
class Simulated:
    """Ratings after so many votes."""

    votes: int
    fit: Strengths


def strengths(players: int, gap: float) -> list[float]:
    """Ratings that stand `gap` points apart, around 1000."""
    return [1000 + gap * ((players - 1) / 2 - at) for at in range(players)]


def voted(true: Sequence[float], votes: int, generator: torch.Generator) -> list[Game]:
    """Pairs drawn evenly; who wins is drawn by Bradley-Terry from the true ratings."""
    players = len(true)
    first = torch.randint(players, (votes,), generator=generator)
    second = (first + torch.randint(1, players, (votes,), generator=generator)) % players
    ratings = torch.tensor(true, dtype=torch.float64)
    chance = ((ratings[first] - ratings[second]) / POINTS).sigmoid()
    won = torch.rand(votes, generator=generator, dtype=torch.float64) < chance
    rows = zip(first.tolist(), second.tolist(), won.tolist(), strict=True)
    return [Game(a, b, float(each)) for a, b, each in rows]


def simulated(true: Sequence[float], most: int, seed: int, ridge: float) -> Iterator[Simulated]:
    """The same voters' first 10, 20, 50 .. votes, fitted."""
    games = voted(true, most, torch.Generator().manual_seed(seed))
    for count in [each for each in COUNTS if each < most] + [most]:
        yield Simulated(count, bradley_terry(games[:count], len(true), ridge=ridge))


def covered(true: Sequence[float], votes: int, seed: int, tell: Ticks = unheard) -> int:
    """Of 200 arenas with other voters: in how many the interval of the first two's difference holds the true one."""
    generator, held = torch.Generator().manual_seed(seed + 1), 0
    for done in range(ARENAS):
        made = bradley_terry(voted(true, votes, generator), len(true))
        gap = made.ratings[0] - made.ratings[1]
        held += abs(gap - (true[0] - true[1])) <= quantile(SURE) * made.error_between(0, 1)
        tell(done + 1, ARENAS)
    return held


def votes_needed(gap: float, power: float = 0.8) -> int | None:
    """Votes on one pair so that its interval excludes zero in that part of all arenas; None where there is no gap.

    >>> votes_needed(100.0), votes_needed(0.0)
    (103, None)
    """
    if not gap:
        return None
    p = 1 / (1 + math.exp(-gap / POINTS))
    z = quantile(SURE) + quantile(2 * power - 1)
    return math.ceil((z * POINTS / gap) ** 2 / (p * (1 - p)))
