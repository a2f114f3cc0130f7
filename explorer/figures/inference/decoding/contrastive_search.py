"""Contrastive search as pictures: each step's candidates, hidden states' likeness along the text, and alpha's trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32
from torch import Tensor

from explorer.experiments.inference.decoding.contrastive_search import ALPHAS, Continued, Searched, Trade
from explorer.figures.payload import Payload
from explorer.stack.inference.decoding.degeneration import ORDERS, diversity, repetition

#: Tokens of the prompt's end that the map of likeness shows, at most.
SHOWN = 40


@dataclass(frozen=True, kw_only=True)
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
    changed: bool
    """Whether the run has interventions, which do not act here."""


def steps(
    made: Searched, prompt: tuple[int, ...], k: int, alpha: float, new: int,
    changed: bool,
) -> ContrastiveSteps:  # fmt: skip
    found = made.found.steps
    of = [step.choice for step in found]

    def rows(each: list[Tensor], dtype: type) -> np.ndarray:
        return torch.stack(each).numpy().astype(dtype)

    return ContrastiveSteps(
        k=k,
        alpha=alpha,
        max_new_tokens=new,
        prompt=prompt,
        ids=rows([step.candidates for step in found], np.int32),
        probabilities=rows([choice.probabilities for choice in of], np.float32),
        penalties=rows([choice.likeness for choice in of], np.float32),
        nearest=rows([choice.nearest for choice in of], np.int32),
        scores=rows([choice.scores for choice in of], np.float32),
        chosen=tuple(choice.chosen for choice in of),
        greedy=made.greedy,
        changed=changed,
    )


@dataclass(frozen=True, kw_only=True)
class LikeText:
    """A text's tokens and how alike their hidden states are."""

    ids: tuple[int, ...]
    """The prompt's end and the continuation."""
    cosines: Float32[np.ndarray, "pos pos"]
    mean: float
    """Mean over the continuation's tokens of the largest cosine with any token before: the penalty that it paid."""


@dataclass(frozen=True, kw_only=True)
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
        ids=(*prompt, *said)[first:],
        cosines=cosines[first:, first:].numpy().astype(np.float32),
        mean=sum(largest) / len(largest),
    )


def likeness(made: Searched, prompt: tuple[int, ...], k: int, alpha: float, new: int) -> ContrastiveLikeness:
    shown, both = min(len(prompt), SHOWN), _both(made, prompt)
    contrastive, greedy = both or (None, None)
    return ContrastiveLikeness(
        k=k, alpha=alpha, max_new_tokens=new, n_prompt=shown, contrastive=contrastive, greedy=greedy
    )


def _both(made: Searched, prompt: tuple[int, ...]) -> tuple[LikeText, LikeText] | None:
    """Contrastive search's text and greedy's; None until the search has ended."""
    if made.likeness is None or made.greedy_likeness is None or made.greedy is None:
        return None
    shown = min(len(prompt), SHOWN)
    return (
        like_text(prompt, made.found.ids, made.likeness, shown),
        like_text(prompt, made.greedy, made.greedy_likeness, shown),
    )


@dataclass(frozen=True, kw_only=True)
class TradedText:
    """One alpha's continuation, measured."""

    alpha: float
    ids: tuple[int, ...]
    repetition: tuple[float, ...]
    """rep-2, rep-3, rep-4, as shares of 1."""
    diversity: float
    mean_logprob: float
    """Nats a token under the model."""


@dataclass(frozen=True, kw_only=True)
class ContrastiveTrade(Payload):
    """Repetition against probability, for each alpha that is done."""

    k: int
    length: int
    alphas: tuple[float, ...]
    """All that there will be."""
    texts: tuple[TradedText, ...]


def trade(made: Trade, k: int, length: int) -> ContrastiveTrade:
    texts = tuple(TradedText(alpha=each.alpha, ids=each.ids, **_measured(each)) for each in made.texts)
    return ContrastiveTrade(k=k, length=length, alphas=ALPHAS, texts=texts)


class _Measured(TypedDict):
    repetition: tuple[float, ...]
    diversity: float
    mean_logprob: float


def _measured(each: Continued) -> _Measured:
    repeated = tuple(repetition(each.ids, n) for n in ORDERS)
    return {"repetition": repeated, "diversity": diversity(each.ids), "mean_logprob": each.logprob / len(each.ids)}
