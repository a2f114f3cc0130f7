"""The engine: prompts in, tokens out, one forward pass for the prompts and one for each new token.

**Prefill** runs all prompts at once through the decoder and fills the cache; only the last position's logits are made.
**Decode** feeds one token a row. Prompts of different lengths are padded on the left: padding has position -1, which
nobody sees, so that every row's next token is in the same column, and a row's result does not depend on its neighbours.

    logits = prefill(prompts)
    until all rows have stopped:
        tokens = sample(logits)
        logits = decode(tokens)

Orca (Yu et al. 2022) names the two phases; here a batch is static: it ends when its last row does. `scheduler` is the
one that lets requests come and go.

A worked example, on a decoder of four tokens whose every row continues with the next id: from [0] greedy decoding
reads 1, 2, and stops at the stop token 3.

>>> class Counting:
...     config = None
...     def __call__(self, ids, positions, cache, last_only):
...         return torch.nn.functional.one_hot((ids[:, -1:] + 1) % 4, 4).float() * 9
>>> done = Engine(Counting()).generate([[0]], 8, stop_ids=[3], cache=lambda *_: None)[0]
>>> done.new_ids, done.stopped, [round(p, 4) for p in done.logprobs]
([1, 2, 3], 'token', [-0.0004, -0.0004, -0.0004])
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError, EmptyPromptError
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.sampling_steps import check_finite
from explorer.stack.inference.fused.logprob import logprob
from explorer.stack.systems.attention_kernels import by_length
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import CacheFactory, ContiguousCache, KVCache

if TYPE_CHECKING:
    from explorer.stack.inference.fused.decoder import FusedDecoder

Stopped = Literal["length", "token", "string"]
GREEDY = Sampler(temperature=0)
#: Gives logits; takes a (token, position) for each row.
Prefilled = Generator[Float[Tensor, "batch d_vocab"], list[tuple[int, int]], None]


@dataclass(frozen=True)
class NewToken:
    """One token of one row, as it is made."""

    row: int
    id: int
    logprob: float
    """Natural logarithm of its probability under the model itself, before the sampler."""
    seconds: float
    """Of the forward pass that its logits came from, shared by all rows."""
    stopped: Stopped | None = None
    """Why the row ends here, if it does."""


@dataclass
class Generation:
    """All of one row."""

    prompt_ids: list[int]
    new_ids: list[int] = field(default_factory=list)
    """The stop token included."""
    logprobs: list[float] = field(default_factory=list)
    stopped: Stopped = "length"
    text: bytes = b""
    """What was written, up to the stop string; empty if the engine was given no vocabulary."""
    prefill_seconds: float = 0.0
    step_seconds: list[float] = field(default_factory=list)
    """One for each forward pass of decode."""

    @property
    def tokens_per_second(self) -> float:
        """Of decode alone."""
        return len(self.step_seconds) / sum(self.step_seconds) if self.step_seconds else 0.0


class Engine:
    """Generation over a decoder, the ordinary one or `fused.decoder.FusedDecoder`, which is made for single steps.

    `bytes_of(id)` gives a token's bytes, which stop strings need.
    """

    def __init__(self, decoder: Decoder | FusedDecoder, bytes_of: Callable[[int], bytes] | None = None) -> None:
        self.decoder, self.bytes_of = decoder, bytes_of

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        max_new_tokens: int,
        sampler: Sampler = GREEDY,
        seed: int | Sequence[int] = 0,
        stop_ids: Collection[int] = (),
        stop_strings: Collection[str | bytes] = (),
        cache: CacheFactory | None = None,
        on_token: Callable[[NewToken], None] | None = None,
    ) -> list[Generation]:
        """Continue each prompt. Row i draws with seed + i, or with its own of several: alone with that it would read
        the same.

        cache: makes the cache from (config, batch, capacity); a contiguous one by default.
        Raises EmptyPromptError, BadRequestError, NotFiniteError.
        """
        done = [Generation(list(prompt)) for prompt in prompts]
        texts = [bytearray() for _ in prompts]
        steps = self._steps(prompts, max_new_tokens, sampler, seed, stop_ids, stop_strings, cache)
        for made in steps:
            for token in made:
                row = done[token.row]
                if row.new_ids:
                    row.step_seconds.append(token.seconds)
                else:
                    row.prefill_seconds = token.seconds
                row.new_ids.append(token.id)
                row.logprobs.append(token.logprob)
                row.stopped = token.stopped or "length"
                if self.bytes_of is not None:
                    texts[token.row] += self.bytes_of(token.id)
                if on_token is not None:
                    on_token(token)
        for row, text in zip(done, texts, strict=True):
            end = first_of(text, stop_strings) if row.stopped == "string" else None
            row.text = bytes(text if end is None else text[:end])
        return done

    def stream(self, prompt: Sequence[int], max_new_tokens: int, **settings: Any) -> Iterator[NewToken]:
        """Tokens of one prompt as they are made; settings as for `generate`."""
        for made in self._steps([prompt], max_new_tokens, **settings):
            yield from made

    def _steps(
        self,
        prompts: Sequence[Sequence[int]],
        max_new_tokens: int,
        sampler: Sampler = GREEDY,
        seed: int | Sequence[int] = 0,
        stop_ids: Collection[int] = (),
        stop_strings: Collection[str | bytes] = (),
        cache: CacheFactory | None = None,
    ) -> Iterator[list[NewToken]]:
        """One list a forward pass, of the rows that are still being written."""
        self._check(prompts, max_new_tokens, stop_strings)
        batch, longest = len(prompts), max(map(len, prompts))
        seeds = [seed + row for row in range(batch)] if isinstance(seed, int) else list(seed)
        generators = [torch.Generator().manual_seed(each) for each in seeds]
        ids, texts = [list(prompt) for prompt in prompts], [bytearray() for _ in prompts]
        alive, best_only = list(range(batch)), sampler == GREEDY

        started = time.perf_counter()
        advance = self._prefill(prompts, longest + max_new_tokens, cache)
        logits = next(advance)
        for step in range(max_new_tokens):
            seconds = time.perf_counter() - started
            made, scores = [], logits.float().numpy(force=True)
            for row in list(alive):
                if best_only:
                    chosen = greedy(scores[row])
                else:
                    chosen = choose(sampler, logits[row], ids[row], len(prompts[row]), generators[row])
                ids[row].append(chosen)
                if self.bytes_of is not None:
                    texts[row] += self.bytes_of(chosen)
                stopped = self._stopped(chosen, texts[row], stop_ids, stop_strings)
                if stopped is None and step == max_new_tokens - 1:
                    stopped = "length"
                if stopped is not None:
                    alive.remove(row)
                made.append(NewToken(row, chosen, logprob(scores[row], chosen), seconds, stopped))
            yield made
            if not alive:
                return
            started = time.perf_counter()
            # A row that has stopped is fed padding, until the last one stops.
            logits = advance.send(
                [(ids[row][-1], len(ids[row]) - 1) if row in alive else (0, -1) for row in range(batch)]
            )

    def _prefill(self, prompts: Sequence[Sequence[int]], capacity: int, factory: CacheFactory | None) -> Prefilled:
        """A coroutine: gives the prompts' last logits, then those after each list of (token, position) sent to it."""
        batch, longest = len(prompts), max(map(len, prompts))
        ids, positions = torch.zeros(batch, longest, dtype=torch.long), torch.full((batch, longest), -1)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(prompt)
            positions[row, longest - len(prompt) :] = torch.arange(len(prompt))
        decoder = partial(self.decoder, kernel=by_length) if isinstance(self.decoder, Decoder) else self.decoder
        with torch.inference_mode():
            cache: KVCache = (factory or ContiguousCache)(self.decoder.config, batch, capacity)
            logits = decoder(ids, positions, cache=cache, last_only=True)[:, -1]
            while True:
                sent = yield logits
                ids, positions = torch.tensor(sent).split(1, 1)  # batch 1
                logits = decoder(ids, positions, cache=cache, last_only=True).select(1, -1)

    def _check(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: int, stop_strings: Collection[str | bytes]
    ) -> None:
        if not prompts or not all(prompts):
            raise EmptyPromptError("There is a prompt without a token.", "Every row needs at least one.")
        if max_new_tokens < 1:
            raise BadRequestError(f"{max_new_tokens} new tokens cannot be made.", "Ask for at least one.")
        if stop_strings and self.bytes_of is None:
            raise BadRequestError("Stop strings need the vocabulary's bytes.", "Give the engine `bytes_of`.")

    def _stopped(
        self, chosen: int, text: bytearray, stop_ids: Collection[int], stop_strings: Collection[str | bytes]
    ) -> Stopped | None:
        if chosen in stop_ids:
            return "token"
        return "string" if stop_strings and first_of(text, stop_strings) is not None else None


def first_of(text: bytes | bytearray, stops: Collection[str | bytes]) -> int | None:
    """Where the first stop string begins. Compared as bytes: a token may end within a character.

    >>> first_of("aé\\n\\nb".encode(), ["\\n\\n", "é"])
    1
    """
    found = [text.find(stop.encode() if isinstance(stop, str) else stop) for stop in stops]
    return min((at for at in found if at >= 0), default=None)


def choose(
    sampler: Sampler, logits: Float[Tensor, " d_vocab"], ids: list[int], n_prompt: int, generator: torch.Generator
) -> int:
    """One token by the sampler, with one number drawn from the generator. The first `n_prompt` ids were read."""
    if sampler == GREEDY:  # the same token, without a distribution being made or a number being drawn
        return greedy(logits.numpy(force=True))
    u = float(torch.rand((), generator=generator, dtype=torch.float64))
    return sampler.stages(logits, ids, n_prompt).choose(u)


def greedy(row: Float[np.ndarray, " d_vocab"]) -> int:
    """The token with the largest logit."""
    best = int(row.argmax())  # the first NaN, if there is one
    check_finite(float(row[best]))
    return best
