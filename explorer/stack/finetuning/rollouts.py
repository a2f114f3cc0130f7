"""Rollouts: answers drawn from a policy, many to each prompt, with the probabilities they were drawn with.

    sampler   log-probability of each token as the sampler had it: one token at a time, through a cache
    trainer   of the same tokens as the trainer has it: all of the text in one pass, with a gradient

Both are of one policy, and differ by rounding alone where precision, temperature and truncation are the same. Their
ratio is what a clipped loss reads, so they are kept side by side.

The engine reads each prompt once, whatever the group's size: its keys and values are copied to the group's rows. Then
all rows take their tokens together. Prompts of several lengths are padded on the left.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=32, d_vocab=12, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0))
>>> made = roll(decoder, [[3, 4, 5], [6]], group=4, longest=5, end=0, generator=torch.Generator().manual_seed(1))
>>> made.tokens.shape[0], made.groups.tolist(), made.read
(8, [0, 0, 0, 0, 1, 1, 1, 1], 4)
>>> bool(((trainer(decoder, made) - made.sampler)[made.mask].abs() < 1e-5).all())
True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.finetuning.policy.scored import Scored
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache


@dataclass(frozen=True)
class Rollouts:
    """A row is one answer; rows with one number in `groups` answer one prompt."""

    prompts: Int[Tensor, "row prompt"]
    positions: Int[Tensor, "row prompt"]
    """-1: padding."""
    tokens: Int[Tensor, "row token"]
    mask: Bool[Tensor, "row token"]
    """The answer's own tokens, the end included."""
    sampler: Float[Tensor, "row token"]
    groups: Int[Tensor, " row"]
    temperature: float
    read: int
    """Tokens of prompts that the model read."""

    def answer(self, row: int) -> list[int]:
        return self.tokens[row][self.mask[row]].tolist()

    def of(self, rows: Int[Tensor, " some"]) -> Rollouts:
        """Some of them."""
        return replace(
            self, prompts=self.prompts[rows], positions=self.positions[rows], tokens=self.tokens[rows],
            mask=self.mask[rows], sampler=self.sampler[rows], groups=self.groups[rows],
        )  # fmt: skip

    @property
    def answers(self) -> list[list[int]]:
        return [self.answer(row) for row in range(len(self.tokens))]


@torch.no_grad()
def roll(
    decoder: Decoder,
    prompts: Sequence[Sequence[int]],
    *,
    group: int,
    longest: int,
    end: int,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
    greedy: bool = False,
    told: Callable[[], None] = lambda: None,
) -> Rollouts:
    """`group` answers to each prompt. temperature 0: the likeliest token each time. greedy: the first answer of each
    group is so written in any case. told: called at each token. Raises BadRequestError for a prompt without tokens, or
    one that leaves no room."""
    if not prompts or min(map(len, prompts)) == 0:
        raise BadRequestError("A prompt has no token: nothing can be drawn after it.", "Write a prompt.")
    widest = max(map(len, prompts))
    if widest + longest > decoder.config.n_ctx:
        raise BadRequestError(
            f"A prompt of {widest} tokens and {longest} tokens of an answer do not fit into the context of "
            f"{decoder.config.n_ctx} tokens.",
            "Choose shorter prompts or answers.",
        )
    ids = torch.tensor([[end] * (widest - len(each)) + list(each) for each in prompts])
    lengths = torch.tensor([len(each) for each in prompts])
    places = (torch.arange(widest) - (widest - lengths)[:, None]).clamp(min=-1)  # prompt pos
    cache = ContiguousCache(decoder.config, len(prompts), widest + longest, next(decoder.parameters()).dtype)
    logits = decoder(ids, places, cache, last_only=True)[:, -1]
    rows = torch.arange(len(prompts)).repeat_interleave(group)
    cache.reorder(rows)
    logits, lengths = logits[rows], lengths[rows]
    done, first = torch.zeros(len(rows), dtype=torch.bool), torch.arange(len(rows)) % group == 0
    drawn, chances, masks = list[Tensor](), list[Tensor](), list[Tensor]()
    for step in range(longest):
        told()
        logp = _log_softmax(logits, temperature)
        token = logp.argmax(-1) if not temperature else torch.multinomial(logp.exp(), 1, generator=generator)[:, 0]
        if greedy:
            token = torch.where(first, logp.argmax(-1), token)
        token = torch.where(done, end, token)
        drawn.append(token)
        masks.append(~done)
        chances.append(torch.where(done, 0.0, logp.gather(1, token[:, None])[:, 0]))
        done = done | (token == end)
        if bool(done.all()) or step + 1 == longest:
            break
        logits = decoder(token[:, None], (lengths + step)[:, None], cache, last_only=True)[:, -1]
    return Rollouts(
        ids[rows], places[rows], torch.stack(drawn, 1), torch.stack(masks, 1), torch.stack(chances, 1), rows,
        temperature, int((places >= 0).sum()),
    )  # fmt: skip


def trainer(decoder: Decoder, made: Rollouts) -> Float[Tensor, "row token"]:
    """The trainer's log-probabilities of the tokens, 0 outside the answers; with a gradient where the decoder has
    one."""
    return said_of(decoder, made, streams(decoder, made))


def streams(decoder: Decoder, made: Rollouts) -> Float[Tensor, "row token d_model"]:
    """The last residual stream before each token, all of the text in one pass."""
    n = made.tokens.shape[1]
    start = made.positions[:, -1:] + 1
    places = torch.cat([made.positions, start + torch.arange(n)], 1)[:, :-1]
    ids = torch.cat([made.prompts, made.tokens], 1)[:, :-1]
    padded = bool((made.positions < 0).any())
    return decoder.stream(ids, places if padded else None)[:, -n:]


def said_of(decoder: Decoder, made: Rollouts, x: Float[Tensor, "row token d_model"]) -> Float[Tensor, "row token"]:
    """Log-probabilities of the tokens from the streams before them, 0 outside the answers."""
    logp = _log_softmax(decoder.unembedded(x), made.temperature).gather(-1, made.tokens[..., None])[..., 0]
    return torch.where(made.mask, logp, 0.0)


def scored(
    made: Rollouts,
    logp: Float[Tensor, "row token"],
    rewards: Float[Tensor, " row"],
    reference: Float[Tensor, "row token"] | None = None,
) -> Scored:
    """What an estimator reads."""
    return Scored(logp, made.sampler, made.mask, rewards, made.groups, reference)


def _log_softmax(logits: Tensor, temperature: float) -> Tensor:
    return (logits / temperature if temperature else logits).log_softmax(-1)
