"""What the prefill-and-decode panel draws: each pass of a real generation, and passes of many sizes under a roof."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from explorer.stack.inference.engine import Generation
from explorer.stack.inference.roofline import Machine, Work, probe, work
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder

#: New tokens of a prompt read at once, and sequences that each read one.
PROMPTS, BATCHES = (1, 2, 4, 8, 16, 32, 64), (2, 8, 32)
ROUNDS = 3
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
    seconds: float

    def numbers(self) -> dict[str, Any]:
        """For the page.

        >>> tiny = Work(tokens=1, block_flops=60, unembed_flops=20, attention_flops=10, weight_bytes=40, cache_bytes=5)
        >>> made = Pass("decode", 1, 3, 1, tiny, seconds=0.5).numbers()
        >>> made["flops"], made["bytes"], made["intensity"], made["ms"]
        (90, 45, 2.0, 500.0)
        """
        does = self.work
        return {
            "phase": self.phase, "new": self.new, "past": self.past, "batch": self.batch, "tokens": does.tokens,
            "block_flops": does.block_flops, "unembed_flops": does.unembed_flops,
            "attention_flops": does.attention_flops, "weight_bytes": does.weight_bytes,
            "cache_bytes": does.cache_bytes, "flops": does.flops, "bytes": does.bytes, "intensity": does.intensity,
            "ms": self.seconds * 1e3,
        }  # fmt: skip


def passes(config: DecoderConfig, made: Generation, bytes_each: int = 4) -> list[Pass]:
    """The prefill and each decoding step of a generation, in their order."""
    n = len(made.prompt_ids)
    first = Pass("prefill", n, 0, 1, work(config, n, bytes_each=bytes_each), made.prefill_seconds)
    steps = [
        Pass("decode", 1, n + i, 1, work(config, 1, n + i, bytes_each=bytes_each), seconds)
        for i, seconds in enumerate(made.step_seconds)
    ]
    return [first, *steps]


@torch.inference_mode()
def counted_flops(decoder: Decoder, ids: Int[Tensor, " pos"], past: int) -> int:
    """torch's own count of one pass that reads `ids` behind `past` of them: it sees each product, plain kernel."""
    cache = ContiguousCache(decoder.config, 1, past + len(ids))
    if past:
        decoder(ids[None, :1].expand(1, past), None, cache, last_only=True)
    with FlopCounterMode(display=False) as counter:
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


@dataclass
class Sweep:
    """Passes of many sizes, medians of `rounds`, and how far rows of a batch stood from the sequence alone."""

    passes: list[Pass] = field(default_factory=list)
    gap: float = 0.0
    probes: list[Machine] = field(default_factory=list)
    """Of the machine, one before each round."""

    @property
    def machine(self) -> Machine:
        """The roof: the most that was seen of either limit, in a probe or in a pass."""
        did = [(each.work.flops / each.seconds, each.work.bytes / each.seconds) for each in self.passes]
        return Machine(
            max([probe.flops for probe in self.probes] + [flops for flops, _ in did]),
            max([probe.bandwidth for probe in self.probes] + [bandwidth for _, bandwidth in did]),
        )


def sizes(n_prompt: int, n_ctx: int) -> list[tuple[Phase, int]]:
    """(phase, tokens a pass) of a sweep; this prompt's own length is among them.

    >>> made = sizes(14, 2048)
    >>> [n for phase, n in made if phase == "prefill"], [n for phase, n in made if phase == "decode"]
    ([1, 2, 4, 8, 14, 16, 32, 64], [1, 2, 8, 32])
    """
    lengths = sorted({n for n in (*PROMPTS, n_prompt) if n <= n_ctx})
    return [*(("prefill", n) for n in lengths), ("decode", 1), *(("decode", b) for b in BATCHES)]


@torch.inference_mode()
def sweep(
    decoder: Decoder,
    prompt: Sequence[int],
    progress: Callable[[int, int], None] | None = None,
    rounds: int = ROUNDS,
) -> Sweep:
    """Time a prompt of n tokens, read at once, and one token for each of b sequences behind the prompt.

    A prompt longer than the given one repeats it: how long a pass takes does not depend on its tokens. The sizes take
    turns, another one first in each round, so that a slow moment of the machine falls on all.
    """
    config, made = decoder.config, Sweep()
    plan = sizes(len(prompt), config.n_ctx)
    longest = max(n for _, n in plan)
    text = torch.tensor([(list(prompt) * (longest // len(prompt) + 1))[:longest]])
    behind = ContiguousCache(config, 1, len(prompt) + 1)
    decoder(text[:, : len(prompt)], None, behind, last_only=True)
    taken: dict[tuple[Phase, int], list[float]] = {each: [] for each in plan}
    alone = decoder(text[:, :1], None, behind, last_only=True)  # warms up, and is what a batch must give to each
    behind.truncate(len(prompt))
    for turn in range(rounds):
        made.probes.append(probe(rounds=3))
        shift = turn * len(plan) // rounds
        for at, (phase, n) in enumerate(plan[shift:] + plan[:shift]):
            cache = ContiguousCache(config, 1, n) if phase == "prefill" else behind
            ids = text[:, :n] if phase == "prefill" else text[:, :1].expand(n, 1)
            if phase == "decode":
                cache.reorder(torch.zeros(n, dtype=torch.long))  # each sequence has its own copy of the prompt's cache
            start = time.perf_counter()
            logits = decoder(ids, None, cache, last_only=True)
            taken[phase, n].append(time.perf_counter() - start)
            if phase == "decode":
                cache.truncate(len(prompt))
                made.gap = max(made.gap, float((logits - alone).abs().max()))
            if progress:
                progress(turn * len(plan) + at + 1, rounds * len(plan))
    for (phase, n), seconds in taken.items():
        new, past, batch = (n, 0, 1) if phase == "prefill" else (1, len(prompt), n)
        does = work(config, new, past, batch)
        made.passes.append(Pass(phase, new, past, batch, does, statistics.median(seconds)))
    return made
