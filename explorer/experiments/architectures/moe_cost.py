"""What a mixture costs, measured: the experts that batches of real tokens visit, and decode steps against the clock.

Decode steps are timed in turns, another decoder first in each round; a round's value is the median of its steps, and
what is compared is the ratio of two decoders within a round (`experiments.timing`).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.timing import Ratio, Timing, compare
from explorer.stack.architectures import moe_cost
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.systems.roofline import experts_read
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
DRAWS = 400


# ---- experts that a batch visits -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """One size of batch, in one layer."""

    batch: int
    even: float
    """The formula for an even router and tokens that choose each for itself."""
    expected: float
    """The same with this layer's own load: the mean over all batches of these tokens."""
    random: moe_cost.Touched
    consecutive: moe_cost.Touched | None
    """None where no text is long enough."""


def readings(
    indices: Int[Tensor, "token slot"],
    passage: Int[Tensor, " token"],
    n_experts: int,
    generator: torch.Generator,
    batches: Sequence[int] = BATCHES,
) -> Iterator[list[Reading]]:
    """Random batches from all tokens, and batches of neighbours that never cross from one passage to the next; size
    after size, all so far."""
    k, made = indices.shape[1], []
    texts = [indices[passage == each] for each in passage.unique().tolist()]
    for batch in batches:
        if batch > len(indices):
            break
        pieces = [text[i : i + batch] for text in texts for i in range(0, len(text) - batch + 1, batch)]
        near = moe_cost.touched([moe_cost.distinct(piece, n_experts) for piece in pieces]) if pieces else None
        made.append(
            Reading(
                batch,
                experts_read(n_experts, k, batch),
                moe_cost.expected_distinct(indices, n_experts, batch),
                moe_cost.drawn(indices, n_experts, batch, DRAWS, generator),
                near,
            )
        )
        yield list(made)


def drawn_error(found: Sequence[Reading]) -> float:
    """Random batches against the mean over all batches: the largest difference, in standard errors."""
    return worst(
        abs(r.random.mean - r.expected) / worst(r.random.standard_error, 1e-9 + 0.5 / r.random.batches) for r in found
    )


# ---- decode speed --------------------------------------------------------------------------------------------------


def dense_twin(config: DecoderConfig, d_mlp: int, seed: int = 0) -> Decoder:
    """A dense decoder of the same sizes, its one feed-forward `d_mlp` wide, on random weights: a step takes as long
    whatever the weights are."""
    twin = Decoder(replace(config, n_experts=0, k=0, d_mlp=d_mlp))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in twin.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.02, generator=generator)
    return twin.eval().requires_grad_(False)


def counted(decoder: Decoder) -> int:
    """Numbers in its tensors, a tied table once."""
    return sum(p.numel() for p in {p.data_ptr(): p for p in decoder.parameters()}.values())


@dataclass(frozen=True)
class Speed:
    """One decoder at one size of batch."""

    name: str
    batch: int
    rounds: tuple[float, ...]
    """Seconds of a decode step: the median of each round."""
    ids: tuple[tuple[int, ...], ...]
    """What each row wrote in the first round."""

    @property
    def step(self) -> Timing:
        return Timing.of(self.rounds)


def speeds(
    decoders: Mapping[str, Decoder],
    prompts: Sequence[Sequence[int]],
    batches: Sequence[int],
    new: int,
    rounds: int,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[list[Speed]]:
    """Greedy decoding by one engine, all decoders and sizes in turns; all of them after every round.

    Each runs once before, unmeasured.
    """  # fmt: skip
    cases = [(name, batch) for batch in batches for name in decoders]
    taken: dict[tuple[str, int], list[float]] = {case: [] for case in cases}
    wrote: dict[tuple[str, int], tuple[tuple[int, ...], ...]] = {}
    for turn in range(rounds + 1):
        first = turn % len(cases)
        for at, (name, batch) in enumerate((*cases[first:], *cases[:first])):
            if progress:
                progress(turn * len(cases) + at, (rounds + 1) * len(cases))
            with torch.inference_mode():
                made = Engine(decoders[name]).generate(prompts[:batch], new + 1)
            wrote.setdefault((name, batch), tuple(tuple(one.new_ids) for one in made))
            if turn:
                taken[name, batch].append(statistics.median(made[0].step_seconds))
        if turn:
            yield [Speed(name, batch, tuple(taken[name, batch]), wrote[name, batch]) for name, batch in cases]


def slower(found: Sequence[Speed], other: str, batch: int, name: str = "mixture") -> Ratio:
    """How many times as long `name`'s step takes as `other`'s at this size of batch, round by round."""
    seconds = {speed.name: speed.rounds for speed in found if speed.batch == batch}
    return compare(seconds[other], seconds[name])


def alone_error(found: Sequence[Speed], name: str) -> int:
    """Tokens that the first row wrote otherwise in a batch than alone."""
    rows = [speed.ids[0] for speed in found if speed.name == name]
    return sum(a != b for row in rows for a, b in zip(rows[0], row, strict=True))


def twins_error(config: DecoderConfig, mixture: Decoder, active: Decoder, whole: Decoder) -> int:
    """The numbers in two dense decoders' tensors against the mixture's: less its routers, and less its routers and the
    experts that a token does not use."""
    router = config.n_layers * config.n_experts * config.d_model
    spare = (config.n_experts - config.k) * 3 * config.d_model * config.d_mlp * config.n_layers
    return abs(counted(mixture) - spare - router - counted(active)) + abs(counted(mixture) - router - counted(whole))
