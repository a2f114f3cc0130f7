"""A token's time in each phase of a real generation, and passes of many sizes between the machine's two limits.

What is timed is timed in rounds: each generation, and each size of a sweep, several times by turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from explorer.experiments import machine
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.reused_memory import reused_memory
from explorer.experiments.timing import Ratio, Timing, compare
from explorer.stack.inference.decoding.engine import GREEDY, Engine, Generation, NewToken
from explorer.stack.systems.attention_kernels import by_length
from explorer.stack.systems.roofline import Work, work
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.inference.decoding.sampling import Sampler
    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder

#: New tokens of a prompt read at once, and sequences that each read one.
PROMPTS, BATCHES = (1, 2, 4, 8, 16, 32, 64), (2, 8, 32)
ROUNDS = 5
Phase = Literal["prefill", "decode"]


@dataclass(frozen=True)
class Pass:
    """One forward pass: what it reads, what it has to do, and how long it took."""

    phase: Phase
    new: int
    """New tokens of each sequence."""
    past: int
    """Cached tokens of each sequence before it."""
    batch: int
    work: Work
    taken: Timing


# ---- the passes of a generation


@dataclass(frozen=True)
class Proof:
    """The passes of a generation, counted and said again by independent means."""

    logprobs: float
    """`logprob_gap`, nats."""
    flops: int
    """Largest difference of the formula's operations from those that torch counts, in either phase."""
    weights: float
    """Difference of the formula's bytes of weights from those of the tensors."""


@dataclass(frozen=True)
class Phases:
    """One generation, made anew in each round."""

    generation: Generation
    """The first round's; the others write the same."""
    passes: tuple[Pass, ...]
    """The prefill and each decoding step, in their order."""
    ratio: Ratio | None
    """Time a token, decode / prefill, round by round; None where the answer ended with its first token."""
    rounds: int
    ttfts: tuple[float, ...]
    """Time to first token, seconds, of each round: the prompt's forward pass, on an idle engine."""
    tpots: tuple[float, ...]
    """Time per output token, of each round: the mean forward pass after the first; none where there is none."""
    proof: Proof | None = None
    """Once all rounds are made."""

    @property
    def ttft(self) -> Timing:
        return Timing.of(self.ttfts)

    @property
    def tpot(self) -> Timing | None:
        return Timing.of(self.tpots) if self.tpots else None


@torch.inference_mode()
def phases(
    decoder: Decoder,
    prompt: Sequence[int],
    new: int,
    sampler: Sampler = GREEDY,
    seed: int = 0,
    stops: Collection[int] = (),
    progress: Ticks = unheard,
    rounds: int = ROUNDS,
) -> Iterator[Phases]:
    """Read a prompt and write up to `new` tokens, `rounds` times; yields all that is measured after every round."""
    done, total = 0, new * rounds + 3

    def tell(_: NewToken | None = None) -> None:
        nonlocal done
        done += 1
        progress(min(done, total), total)

    made: list[Generation] = []
    with reused_memory():
        Engine(decoder).generate([list(prompt)], 2)  # the first pass of a kind is slow after a pause
        for turn in range(rounds):
            done = turn * new
            made += Engine(decoder).generate([list(prompt)], new, sampler, seed, stops, on_token=tell)
            if turn + 1 < rounds:
                yield measured(decoder.config, made)
    done, whole = rounds * new, measured(decoder.config, made)
    yield replace(whole, proof=_proof(decoder, whole, tell))


def measured(config: DecoderConfig, made: Sequence[Generation], bytes_each: int = 4) -> Phases:
    """The passes of one generation that was made several times."""
    first = made[0]
    n = len(first.prompt_ids)
    passes = [
        Pass(
            "prefill",
            n,
            0,
            1,
            work(config, n, bytes_each=bytes_each),
            Timing.of([each.prefill_seconds for each in made]),
        )
    ]
    for i in range(len(first.step_seconds)):
        does = work(config, 1, n + i, bytes_each=bytes_each)
        passes.append(Pass("decode", 1, n + i, 1, does, Timing.of([each.step_seconds[i] for each in made])))
    ratio = None
    if first.step_seconds:
        ratio = compare([each.prefill_seconds / n for each in made], [median(each.step_seconds) for each in made])
    ttfts = tuple(each.prefill_seconds for each in made)
    tpots = tuple(fmean(each.step_seconds) for each in made) if first.step_seconds else ()
    return Phases(first, tuple(passes), ratio, len(made), ttfts, tpots)


def times_as_long(this: Sequence[float], other: Sequence[float]) -> Ratio | None:
    """How many times as long `other` took, of two generations that were made in turns; None where one lacks it."""
    return compare(this, other) if this and other else None


def _proof(decoder: Decoder, made: Phases, tell: Callable[[], None]) -> Proof:
    prompt, last, config = torch.tensor(made.generation.prompt_ids), made.passes[-1], decoder.config
    gap = logprob_gap(decoder, made.generation)
    tell()
    flops = abs(counted_flops(decoder, prompt, 0) - made.passes[0].work.flops)
    tell()
    if last.phase == "decode":
        flops = worst(flops, abs(counted_flops(decoder, prompt[:1], last.past) - last.work.flops))
    tell()
    # How many experts a prompt reads is expected, not known; one token reads k.
    read = last if config.n_experts else made.passes[0]
    return Proof(gap, flops, float(abs(matrix_bytes(decoder, read.new) - read.work.weight_bytes)))


@torch.inference_mode()
def counted_flops(decoder: Decoder, ids: Int[Tensor, " pos"], past: int) -> int:
    """torch's own count of one pass that reads `ids` behind `past` of them: it sees each product, plain kernel.

    As in training, where only the chosen experts are multiplied: of a few rows reading all of them is faster.
    """
    cache = ContiguousCache(decoder.config, 1, past + len(ids))
    if past:
        decoder(ids[None, :1].expand(1, past), None, cache, last_only=True)
    with torch.inference_mode(False), torch.enable_grad(), FlopCounterMode(display=False) as counter:
        decoder(ids[None], None, cache, kernel="eager", last_only=True)
    return counter.get_total_flops()


def matrix_bytes(decoder: Decoder, rows: int) -> int:
    """Bytes of weights that one pass brings from memory, from the tensors; `rows` of an embedding that is not tied.

    Of a mixture of experts: those of one token, which takes k of them.
    """
    tables, config = ("embed.", "positions.", "unembed."), decoder.config
    parts = [p for name, p in decoder.named_parameters() if not name.startswith(tables)]
    blocks = sum(p.nbytes for p in parts if p.ndim == 2)
    blocks += sum(p.nbytes * config.k // config.n_experts for p in parts if p.ndim == 3)  # expert d_in d_out
    unembed = decoder.unembed.weight
    extra = 0 if decoder.config.tied else rows * decoder.config.d_model * unembed.element_size()
    return blocks + unembed.nbytes + extra


@torch.inference_mode()
def logprob_gap(decoder: Decoder, made: Generation) -> float:
    """Largest difference, in nats, of the log-probabilities along a generation from one uncached pass over it all."""
    ids = torch.tensor([[*made.prompt_ids, *made.new_ids]])
    logits = decoder(ids[:, :-1])[0, len(made.prompt_ids) - 1 :].double()  # new d_vocab
    whole = logits.log_softmax(-1).gather(1, ids[0, len(made.prompt_ids) :, None])[:, 0]  # new
    return float((whole - torch.tensor(made.logprobs, dtype=torch.float64)).abs().max())


# ---- passes of many sizes


@dataclass(frozen=True)
class Sweep:
    """Passes of many sizes, and how far rows of a batch stood from the sequence alone."""

    passes: tuple[Pass, ...]
    gap: float
    speed: machine.MachineSpeed
    rounds: int
    """How many are complete."""


def sizes(n_prompt: int, n_ctx: int) -> list[tuple[Phase, int]]:
    """(phase, tokens a pass) of a sweep; this prompt's own length is among them.

    >>> made = sizes(14, 2048)
    >>> [n for phase, n in made if phase == "prefill"], [n for phase, n in made if phase == "decode"]
    ([1, 2, 4, 8, 14, 16, 32, 64], [1, 2, 8, 32])
    """
    lengths = sorted({n for n in (*PROMPTS, n_prompt) if n <= n_ctx})
    return [*(("prefill", n) for n in lengths), ("decode", 1), *(("decode", b) for b in BATCHES)]


class _Passes:
    """Runs a pass of any size behind one prompt, and compares the rows of a batch with the sequence alone."""

    def __init__(self, decoder: Decoder, prompt: Sequence[int], longest: int) -> None:
        self.decoder, self.n_prompt = decoder, len(prompt)
        # A text longer than the prompt repeats it: how long a pass takes does not depend on its tokens.
        self.text = torch.tensor([(list(prompt) * (longest // len(prompt) + 1))[:longest]])
        self.behind = ContiguousCache(decoder.config, 1, len(prompt) + 1)
        decoder(self.text[:, : len(prompt)], None, self.behind, kernel=by_length, last_only=True)
        # Warms up, and is what a batch must give to each.
        self.alone = decoder(self.text[:, :1], None, self.behind, kernel=by_length, last_only=True)
        self.behind.truncate(len(prompt))
        self.gap = 0.0

    def seconds(self, phase: Phase, n: int) -> float:
        """A prompt of n tokens, read at once, or one token for each of n sequences behind the prompt."""
        cache = ContiguousCache(self.decoder.config, 1, n) if phase == "prefill" else self.behind
        ids = self.text[:, :n] if phase == "prefill" else self.text[:, :1].expand(n, 1)
        if phase == "decode":
            cache.reorder(torch.zeros(n, dtype=torch.long))  # each sequence has its own copy of the prompt's cache
        start = time.perf_counter()
        logits = self.decoder(ids, None, cache, kernel=by_length, last_only=True)  # as the engine
        taken = time.perf_counter() - start
        if phase == "decode":
            cache.truncate(self.n_prompt)
            self.gap = worst(self.gap, float((logits - self.alone).abs().max()))
        return taken


@torch.inference_mode()
def sweep(decoder: Decoder, prompt: Sequence[int], progress: Ticks = unheard, rounds: int = ROUNDS) -> Iterator[Sweep]:
    """Time passes of all `sizes`; yields after every pass of the first round, and after every round.

    The sizes take turns, another one first in each round, so that a slow moment of the machine falls on all.
    """
    plan = sizes(len(prompt), decoder.config.n_ctx)
    passes = _Passes(decoder, prompt, max(n for _, n in plan))
    taken: dict[tuple[Phase, int], list[float]] = {each: [] for each in plan}
    speed = machine.speed()
    with reused_memory():
        passes.seconds("prefill", max(n for _, n in plan))  # takes the memory that is used again
        for turn in range(rounds):
            shift = turn * len(plan) // rounds
            for at, (phase, n) in enumerate(plan[shift:] + plan[:shift]):
                taken[phase, n].append(passes.seconds(phase, n))
                progress(turn * len(plan) + at + 1, rounds * len(plan))
                if turn == 0 and at + 1 < len(plan):
                    yield swept(decoder.config, len(prompt), taken, speed, passes.gap, 0)
            yield swept(decoder.config, len(prompt), taken, speed, passes.gap, turn + 1)


def swept(
    config: DecoderConfig,
    n_prompt: int,
    taken: dict[tuple[Phase, int], list[float]],
    speed: machine.MachineSpeed,
    gap: float,
    rounds: int,
) -> Sweep:
    """What has been timed so far, in the order of the sizes."""
    made = []
    for (phase, n), seconds in taken.items():
        if seconds:
            new, past, batch = (n, 0, 1) if phase == "prefill" else (1, n_prompt, n)
            made.append(Pass(phase, new, past, batch, work(config, new, past, batch), Timing.of(seconds)))
    return Sweep(tuple(made), gap, speed, rounds)
