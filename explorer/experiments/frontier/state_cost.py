"""What a state costs and what a cache costs: bytes by length, and the time of one token behind so many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch

from explorer.experiments.timing import Ratio, Timing, compare, interleaved
from explorer.stack.frontier.state_spaces.model import StateSpaceModel, Stepper
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

FLOAT32 = 4
#: Tokens that one measurement reads.
TOKENS = 8
#: The first length that is measured; each further one is four times as long.
FIRST, TIMES = 64, 4


def lengths(longest: int) -> list[int]:
    """What is measured.

    >>> lengths(1024)
    [64, 256, 1024]
    """
    found = [FIRST]
    while found[-1] * TIMES <= longest:
        found.append(found[-1] * TIMES)
    return found


@dataclass(frozen=True)
class TokenTimes:
    """The time of one token behind so many others."""

    length: int
    state: Timing
    cache: Timing
    times: Ratio
    """How many times as long the decoder with its cache takes."""


def filled(decoder: Decoder, length: int) -> ContiguousCache:
    """A cache that holds so many tokens. Its numbers are drawn: no time depends on them."""
    config = decoder.config
    cache = ContiguousCache(config, batch=1, capacity=length + 2 * TOKENS)
    generator = torch.Generator().manual_seed(0)
    kv = torch.randn(1, config.n_kv_heads, length, config.d_head, generator=generator)
    for layer in range(config.n_layers):
        cache.update(layer, kv, kv, torch.arange(length)[None])
    return cache


def read_on(decoder: Decoder, cache: ContiguousCache, length: int) -> None:
    """Read some tokens behind those that the cache holds, one after the other, and forget them."""
    for token in range(TOKENS):
        decoder(torch.tensor([[token + 1]]), cache=cache)
    cache.truncate(length)


def step_on(stepper: Stepper) -> None:
    """The same with a state, which goes on from wherever it is: it is as large everywhere."""
    for token in range(TOKENS):
        stepper(token + 1)


@torch.inference_mode()
def measured(
    model: StateSpaceModel, decoder: Decoder, longest: int, rounds: int, tick: Callable[[int, int], None]
) -> Iterator[list[TokenTimes]]:
    """Both at every length, in turns; yields after each."""
    stepper, found, all_of = Stepper(model), list[TokenTimes](), lengths(longest)
    for length in all_of:
        cache = filled(decoder, length)
        cases = {"state": partial(step_on, stepper), "cache": partial(read_on, decoder, cache, length)}
        *_, seconds = interleaved(cases, rounds)
        each = {name: [second / TOKENS for second in taken] for name, taken in seconds.items()}
        found.append(
            TokenTimes(
                length, Timing.of(each["state"]), Timing.of(each["cache"]), compare(each["state"], each["cache"])
            )
        )
        tick(len(found), len(all_of))
        yield list(found)


def stepped_error(model: StateSpaceModel, ids: list[int]) -> float:
    """The logits of a state that reads one token after the other, against those of the whole text at once."""
    stepper = Stepper(model)
    with torch.no_grad():
        whole = model(torch.tensor([ids]))[0]
        steps = torch.stack([stepper(each) for each in ids])
    return float((whole - steps).abs().max() / whole.abs().max())
