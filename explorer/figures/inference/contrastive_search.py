"""Contrastive search as pictures: each step's candidates, hidden states' likeness along the text, and alpha's trade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32
from torch import Tensor

from explorer.experiments.inference.contrastive_search import ALPHAS, Searched, Trade
from explorer.figures.payload import Payload
from explorer.stack.inference.degeneration import ORDERS, diversity, repetition

#: Tokens of the prompt's end that the map of likeness shows, at most.
SHOWN = 40


@dataclass(frozen=True)
class ContrastiveLimits:
    k: int
    steps: int


@dataclass(frozen=True)
class ContrastiveSteps(Payload):
    """Every step's candidates, the likeliest first, as far as the search has come."""

    k: int
    alpha: float
    max_new_tokens: int
    prompt: tuple[int, ...]
    """Those that were read."""
    ids: Int32[np.ndarray, "step k"]
    probabilities: Float32[np.ndarray, "step k"]
    penalties: Float32[np.ndarray, "step k"]
    """The largest cosine with the state of any token before."""
    nearest: Int32[np.ndarray, "step k"]
    """The position of that token in prompt and text."""
    scores: Float32[np.ndarray, "step k"]
    chosen: tuple[int, ...]
    """Each step's place among its candidates; 0 is what greedy would take after the same text."""
    greedy: tuple[int, ...] | None
    """Greedy decoding's own text, at the end."""
    most: ContrastiveLimits
    unmodified: bool
    """Whether the run has interventions, which do not act here."""


def steps(
    made: Searched, prompt: tuple[int, ...], k: int, alpha: float, new: int, most: ContrastiveLimits, unmodified: bool
) -> ContrastiveSteps:
    found = made.found.steps
    of = [step.choice for step in found]

    def rows(each: list[Tensor], dtype: type) -> np.ndarray:
        return torch.stack(each).numpy().astype(dtype)

    return ContrastiveSteps(
        k, alpha, new, prompt,
        rows([step.candidates for step in found], np.int32),
        rows([choice.probabilities for choice in of], np.float32),
        rows([choice.likeness for choice in of], np.float32),
        rows([choice.nearest for choice in of], np.int32),
        rows([choice.scores for choice in of], np.float32),
        tuple(choice.chosen for choice in of),
        made.greedy, most, unmodified,
    )  # fmt: skip


@dataclass(frozen=True)
class LikeText:
    """A text's tokens and how alike their hidden states are."""

    ids: tuple[int, ...]
    """The prompt's end and the continuation."""
    cosines: Float32[np.ndarray, "pos pos"]
    mean: float
    """Mean over the continuation's tokens of the largest cosine with any token before: the penalty that it paid."""


@dataclass(frozen=True)
class ContrastiveLikeness(Payload):
    """Both texts; the second is None until the search has ended."""

    k: int
    alpha: float
    max_new_tokens: int
    n_prompt: int
    """Tokens of the prompt among those shown."""
    contrastive: LikeText | None
    greedy: LikeText | None


def like_text(
    prompt: tuple[int, ...], said: tuple[int, ...], cosines: Float[Tensor, "pos pos"], shown: int
) -> LikeText:
    """
    >>> made = like_text((1, 2), (3,), torch.tensor([[1.0, 0.1, 0.2], [0.1, 1.0, 0.5], [0.2, 0.5, 1.0]]), shown=1)
    >>> made.ids, made.cosines.shape, made.mean
    ((2, 3), (2, 2), 0.5)
    """
    largest = [float(cosines[at, :at].max()) for at in range(len(prompt), len(cosines))]
    first = len(prompt) - shown
    return LikeText(
        (*prompt, *said)[first:],
        cosines[first:, first:].numpy().astype(np.float32),
        sum(largest) / len(largest),
    )


def likeness(made: Searched, prompt: tuple[int, ...], k: int, alpha: float, new: int) -> ContrastiveLikeness:
    shown = min(len(prompt), SHOWN)
    both: list[LikeText | None] = [None, None]
    if made.likeness is not None and made.greedy_likeness is not None and made.greedy is not None:
        both = [
            like_text(prompt, made.found.ids, made.likeness, shown),
            like_text(prompt, made.greedy, made.greedy_likeness, shown),
        ]
    return ContrastiveLikeness(k, alpha, new, shown, *both)


@dataclass(frozen=True)
class TradedText:
    """One alpha's continuation, measured."""

    alpha: float
    ids: tuple[int, ...]
    repetition: tuple[float, ...]
    """rep-2, rep-3, rep-4, as shares of 1."""
    diversity: float
    mean_logprob: float
    """Nats a token under the model."""


@dataclass(frozen=True)
class ContrastiveTrade(Payload):
    """Repetition against probability, for each alpha that is done."""

    k: int
    length: int
    alphas: tuple[float, ...]
    """All that there will be."""
    texts: tuple[TradedText, ...]
    most: int
    least: int
    """Bounds of `length`."""


def trade(made: Trade, k: int, length: int, bounds: tuple[int, int]) -> ContrastiveTrade:
    return ContrastiveTrade(
        k,
        length,
        ALPHAS,
        tuple(
            TradedText(
                each.alpha,
                each.ids,
                tuple(repetition(each.ids, n) for n in ORDERS),
                diversity(each.ids),
                each.logprob / len(each.ids),
            )
            for each in made.texts
        ),
        most=bounds[1],
        least=bounds[0],
    )
