"""The calculator's formulas beside real tensors: a model's weights, and caches that have just read some tokens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch

from explorer.experiments import machine
from explorer.experiments.inference.cache.write_counts import marked, taken_blocks, written_bytes
from explorer.experiments.memory_peak import memory_peak
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.reused_memory import reused_memory
from explorer.experiments.timing import Timing
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.cards import Card
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes, parameters, weight_bytes
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.inference.serving.serving_fit import Serving, activations, pace
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Tokens that the caches read, at most, and those of a paged cache's block.
READ, BLOCK = 40, 16
#: Times that the prompt is read, and tokens written after each.
ROUNDS, STEPS = 3, 6
Number = Literal["fp32", "bf16"]
#: format, type and batch of the contiguous caches
CONTIGUOUS: tuple[tuple[Number, torch.dtype, int], ...] = (
    ("fp32", torch.float32, 1),
    ("fp32", torch.float32, 2),
    ("bf16", torch.bfloat16, 1),
)


@dataclass(frozen=True)
class WeighedWeights:
    """A model's parameters, counted in its tensors and by formula."""

    count: int
    bytes: int
    formula_count: int
    formula_bytes: int


@dataclass(frozen=True)
class WeighedCache:
    """A cache that was filled here, beside the formula."""

    layout: str
    batch: int
    length: int
    formula: int
    tensors: int
    """Bytes of keys and values, counted in the tensors; of a paged cache, of the blocks that hold one."""
    books: int
    """Bytes of positions or block tables, which the formula leaves out."""
    whole: bool
    """Whether the formula is to be met exactly: a paged cache takes whole blocks."""


@dataclass(frozen=True)
class RunMeasured:
    """One prompt and some tokens after it, by the clock and by torch's allocator, beside the estimates."""

    tokens: int
    activations: int
    """Bytes taken at once while the prompt was read, its cache left out."""
    estimate: float
    """Of them, by `serving_fit.activations`."""
    memory: float
    """Bytes that this machine has."""
    machine: machine.MachineSpeed
    step: Timing
    step_bound: float
    """Seconds that reading the weights and the cache takes at this machine's bandwidth."""
    prompt: Timing
    prompt_bound: float
    """Seconds of its operations at this machine's peak."""


@dataclass(frozen=True)
class Calibration:
    """What has been weighed so far."""

    weights: WeighedWeights
    caches: tuple[WeighedCache, ...]
    done: bool
    run: RunMeasured | None = None


def calibrate(decoder: Decoder, progress: Ticks = unheard) -> Iterator[Calibration]:
    """Weigh a model and four caches; yields after each. What the tokens are makes no difference."""
    config, total = decoder.config, len(CONTIGUOUS) + 3
    sizes = Sizes.of(config)
    ids = torch.arange(min(READ, config.n_ctx))[None] % config.d_vocab
    weights, caches = weigh_weights(decoder, sizes), list[WeighedCache]()
    progress(1, total)
    yield Calibration(weights, (), False)
    every = replace(sizes, windows=())  # these caches keep every token, past a window too
    for number, dtype, batch in CONTIGUOUS:
        cache = marked(ContiguousCache(config, batch, ids.shape[1], dtype))
        _read(decoder, ids.expand(batch, -1), cache)
        formula = kv_bytes(every, batch, ids.shape[1], FORMATS[number])
        books = cache.positions[:, : cache.seen].nbytes
        caches.append(
            WeighedCache(f"contiguous, {number}", batch, ids.shape[1], formula, written_bytes(cache), books, whole=True)
        )
        progress(1 + len(caches), total)
        yield Calibration(weights, tuple(caches), False)
    paged = marked(PagedCache.for_batch(config, 1, ids.shape[1], BLOCK))
    _read(decoder, ids, paged)
    books = 8 * sum(len(table.blocks) for table in paged.tables.values())
    formula = kv_bytes(every, 1, ids.shape[1], FORMATS["fp32"])
    caches.append(
        WeighedCache(
            f"paged, fp32, blocks of {BLOCK}", 1, ids.shape[1], formula, taken_blocks(paged), books, whole=False
        )
    )
    progress(total - 1, total)
    yield Calibration(weights, tuple(caches), False)
    run = measure_run(decoder, sizes, ids)
    progress(total, total)
    yield Calibration(weights, tuple(caches), True, run)


@torch.inference_mode()
def measure_run(decoder: Decoder, sizes: Sizes, ids: torch.Tensor) -> RunMeasured:
    """Read a prompt some times, then write some tokens, beside the speed of the machine that does."""
    n = min(ids.shape[1], decoder.config.n_ctx - STEPS)
    ids, prompts, steps = ids[:, :n], list[float](), list[float]()
    with reused_memory():
        _read(decoder, ids, ContiguousCache(decoder.config, 1, n))  # the first pass of a kind is slow after a pause
        for _ in range(ROUNDS):
            cache = ContiguousCache(decoder.config, 1, n + STEPS)
            prompts.append(_seconds(lambda cache=cache: _read(decoder, ids, cache)))
            steps += [_seconds(lambda cache=cache: _read(decoder, ids[:, :1], cache)) for _ in range(STEPS)]
    cache = ContiguousCache(decoder.config, 1, n)
    _, peak = memory_peak(lambda: _read(decoder, ids, cache))
    speed, memory = machine.speed(), machine_memory()
    card = Card("here", "this machine", memory, speed.roof.bandwidth, speed.roof.flops)
    bounds = pace(Serving(replace(sizes, windows=()), "fp32", 4.0, users=1, length=n, cards=1, card=card))
    return RunMeasured(
        n, peak, activations(sizes, n, 1, bytes_each=4.0), memory, speed,
        Timing.of(steps), bounds.step, Timing.of(prompts), bounds.prefill or 0.0,
    )  # fmt: skip


def machine_memory() -> float:
    """Bytes of this machine, or of the container that it is bounded to."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    bound = Path("/sys/fs/cgroup/memory.max")
    said = bound.read_text().strip() if bound.is_file() else ""
    return float(min(whole, int(said)) if said.isdigit() else whole)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def weigh_weights(decoder: Decoder, sizes: Sizes) -> WeighedWeights:
    """Every tensor of the model, a tied one once, against the formula."""
    tensors = {p.data_ptr(): p for p in decoder.parameters()}.values()
    return WeighedWeights(
        sum(p.numel() for p in tensors),
        sum(p.nbytes for p in tensors),
        parameters(sizes).total,
        round(weight_bytes(sizes, FORMATS["fp32"])),
    )


@torch.inference_mode()
def _read(decoder: Decoder, ids: torch.Tensor, cache: ContiguousCache | PagedCache) -> None:
    decoder(ids, None, cache, last_only=True)
