"""Contrastive search from a prompt, step by step, beside greedy decoding; and what alpha trades on a longer text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.decoding.beam_search import sequence_logprobs
from explorer.stack.inference.decoding.contrastive_search import ContrastiveSearch, Step, cosines, weighed
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Weights of the penalty that are compared; 0 is greedy.
ALPHAS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Searched:
    """What has been chosen so far."""

    found: ContrastiveSearch
    greedy: tuple[int, ...] | None = None
    """Greedy decoding's text, once the search has ended."""
    likeness: Float[Tensor, "pos pos"] | None = None
    """Cosines of all tokens' hidden states, prompt and text, from one pass without a cache; at the end."""
    greedy_likeness: Float[Tensor, "pos pos"] | None = None

    @property
    def whole(self) -> bool:
        return self.likeness is not None

    def gap(self, n_prompt: int) -> float:
        """Largest difference of a chosen token's penalty, from cached steps, from that of the one pass."""
        assert self.likeness is not None
        off = 0.0
        for at, step in enumerate(self.found.steps, n_prompt):
            once = float(self.likeness[at, :at].max())
            off = worst(off, abs(once - float(step.choice.likeness[step.choice.chosen])))
        return off


def searched(
    decoder: Decoder,
    prompt: Sequence[int],
    new: int,
    alpha: float,
    k: int,
    stops: Collection[int] = (),
    progress: Ticks = unheard,
) -> Iterator[Searched]:
    """Search, then decode greedily, then read both texts once more. Yields after every step and at the end."""
    total, steps = 2 * new, list[Step]()
    for step in weighed(decoder, prompt, new, alpha, k, stops):
        steps.append(step)
        progress(len(steps), total)
        yield Searched(ContrastiveSearch(tuple(steps)))
    found = ContrastiveSearch(tuple(steps))
    said = _greedy(decoder, prompt, new, stops, lambda done: progress(new + done, total))
    both = (cosines(decoder, [*prompt, *text]) for text in (found.ids, said))
    yield Searched(found, said, *both)


def _greedy(
    decoder: Decoder, prompt: Sequence[int], new: int, stops: Collection[int], tell: Callable[[int], None]
) -> tuple[int, ...]:
    done = 0

    def count(_: object) -> None:
        nonlocal done
        done += 1
        tell(done)

    (said,) = Engine(decoder).generate([list(prompt)], new, stop_ids=stops, on_token=count)
    return tuple(said.new_ids)


@dataclass(frozen=True)
class Continued:
    """One alpha's text."""

    alpha: float
    ids: tuple[int, ...]
    logprob: float
    """Sum over its tokens under the model, nats, from the search's own cached steps."""
    again: float
    """The same from one pass over the whole text, without a cache."""


@dataclass(frozen=True)
class Trade:
    """The texts of all alphas, as far as they are written."""

    texts: tuple[Continued, ...]
    greedy: tuple[int, ...] | None = None
    """The engine's own greedy text, at the end."""


def trade(decoder: Decoder, prompt: Sequence[int], new: int, k: int, progress: Ticks = unheard) -> Iterator[Trade]:
    """The same prompt with each of `ALPHAS`, then greedily by the engine; no token ends a text, so that all have one
    length. Yields after every text."""
    total, texts = new * (len(ALPHAS) + 1), list[Continued]()
    for turn, alpha in enumerate(ALPHAS):
        steps: list[Step] = []
        for step in weighed(decoder, prompt, new, alpha, k):
            steps.append(step)
            progress(turn * new + len(steps), total)
        ids = ContrastiveSearch(tuple(steps)).ids
        summed = sum(float(s.choice.probabilities[s.choice.chosen].log()) for s in steps)
        with torch.inference_mode():
            again = float(sequence_logprobs(decoder, prompt, ids).sum())
        texts.append(Continued(alpha, ids, summed, again))
        yield Trade(tuple(texts))
    said = _greedy(decoder, prompt, new, (), lambda done: progress(len(ALPHAS) * new + done, total))
    yield Trade(tuple(texts), said)
