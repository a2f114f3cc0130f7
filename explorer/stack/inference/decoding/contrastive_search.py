"""Contrastive search: of the k likeliest tokens, the one that the model believes in and that does not repeat itself.

Greedy text repeats itself, and the hidden states of its tokens grow alike. Contrastive search (Su et al. 2022, arXiv
2202.06417) weighs each candidate's probability against its likeness to what is already there:

    score(v) = (1 - alpha) * p(v | x) - alpha * max over j of cos(h_v, h_j)

h is the last hidden state, after the final norm: h_v the candidate's own, for which the model must read it; h_j that of
each token before. alpha = 0 is greedy. It draws nothing by chance.

Worked example: two candidates with p = .6 and .4. The first one's state is that of a token already there (cosine 1),
the second's is at right angles to all (cosine 0). At alpha .5: .5 * .6 - .5 * 1 = -.2 against .5 * .4 - 0 = .2.

>>> before = torch.tensor([[1.0, 0.0]])
>>> states = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
>>> choice = weigh(torch.tensor([0.6, 0.4]), states, before, alpha=0.5)
>>> choice.scores.tolist(), choice.chosen
([-0.19999998807907104, 0.20000000298023224], 1)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.sampling_steps import check_finite
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class Choice:
    """The candidates of one step, weighed."""

    probabilities: Float[Tensor, " k"]
    likeness: Float[Tensor, " k"]
    """The largest cosine with the state of any token before: the degeneration penalty."""
    nearest: Int[Tensor, " k"]
    """The position of that token."""
    scores: Float[Tensor, " k"]
    chosen: int
    """Its place among the candidates."""


@dataclass(frozen=True)
class Step:
    """One new token."""

    candidates: Int[Tensor, " k"]
    choice: Choice

    @property
    def token(self) -> int:
        return int(self.candidates[self.choice.chosen])


@dataclass(frozen=True)
class ContrastiveSearch:
    """A continuation with all that was weighed for it."""

    steps: tuple[Step, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(step.token for step in self.steps)


def weigh(
    probabilities: Float[Tensor, " k"],
    states: Float[Tensor, "k d_model"],
    before: Float[Tensor, "pos d_model"],
    alpha: float | int,
) -> Choice:
    """Score the candidates, whose last hidden states are `states`, against the tokens before."""
    cosines = nn.functional.normalize(states, dim=-1) @ nn.functional.normalize(before, dim=-1).T  # k pos
    likeness, nearest = cosines.max(-1)
    scores = (1 - alpha) * probabilities - alpha * likeness
    return Choice(probabilities, likeness, nearest, scores, int(scores.argmax()))


def contrastive_search(
    decoder: Decoder,
    prompt_ids: Sequence[int],
    max_new_tokens: int,
    alpha: float | int = 0.6,
    top_k: int = 4,
    stop_ids: Collection[int] = (),
) -> ContrastiveSearch:
    """Continue the prompt. Raises BadRequestError for an alpha or a top-k that makes no sense."""
    return ContrastiveSearch(tuple(weighed(decoder, prompt_ids, max_new_tokens, alpha, top_k, stop_ids)))


@torch.inference_mode()
def weighed(
    decoder: Decoder,
    prompt_ids: Sequence[int],
    max_new_tokens: int,
    alpha: float | int = 0.6,
    top_k: int = 4,
    stop_ids: Collection[int] = (),
) -> Iterator[Step]:
    """The same search, token by token. All candidates of a step are read in one batch, whose cache then follows the
    chosen one."""
    if not 0 <= alpha <= 1 or top_k < 1:
        raise BadRequestError(
            f"Contrastive search takes an alpha of 0 to 1 and a top-k of at least 1, not {alpha}, {top_k}."
        )
    read = _without_unembedding(decoder)
    cache = ContiguousCache(decoder.config, 1, len(prompt_ids) + max_new_tokens)
    states = read(torch.tensor([list(prompt_ids)]), cache=cache)[0]  # pos d_model
    cache.reorder(torch.zeros(top_k, dtype=torch.long))  # a row for each candidate
    for _ in range(max_new_tokens):
        logits = _logits(decoder, states[-1]).float()
        check_finite(float(logits.max()))
        top = logits.softmax(-1).topk(top_k)
        new = read(top.indices[:, None], cache=cache)[:, 0]  # k d_model
        step = Step(top.indices, weigh(top.values, new, states, alpha))
        states = torch.cat([states, new[step.choice.chosen, None]])
        yield step
        if step.token in stop_ids:
            return
        cache.reorder(torch.full((top_k,), step.choice.chosen))


@torch.inference_mode()
def cosines(decoder: Decoder, ids: Sequence[int]) -> Float[Tensor, "pos pos"]:
    """Every two tokens' cosine of last hidden states, from one pass over the text."""
    states = nn.functional.normalize(_without_unembedding(decoder)(torch.tensor([list(ids)]))[0], dim=-1)
    return states @ states.T


def _without_unembedding(decoder: Decoder) -> Decoder:
    """The same decoder, giving the last hidden states where it gave logits. The weights are shared."""
    bare = with_parts(decoder, unembed=nn.Identity())
    bare.config = replace(decoder.config, logit_cap=None)
    return bare


def _logits(decoder: Decoder, state: Float[Tensor, " d_model"]) -> Float[Tensor, " d_vocab"]:
    logits, cap = decoder.unembed(state), decoder.config.logit_cap
    return logits if cap is None else cap * torch.tanh(logits / cap)
