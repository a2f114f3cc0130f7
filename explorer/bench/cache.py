"""Cache policies: bytes held and the time of a step from 128 to 8,192 tokens, what they change, and none against one.

Beyond 512 tokens a cache is filled by repeating the keys and values of a real passage: how long a step takes does not
depend on them, and reading 8,192 tokens for each policy would take minutes. What a policy changes is measured on real
text only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import torch

from explorer import zoo
from explorer.bench import Report
from explorer.bench.passage import PASSAGE
from explorer.experiments.inference.cache.kv_cache import policies
from explorer.stack.inference.cache.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.cache.quantized_cache import QuantizedCache
from explorer.stack.inference.cache.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache

DESCRIPTION = "bytes and step time of each cache policy up to 8,192 tokens; with a cache against without one"
LENGTHS = (128, 512, 2048, 8192)
REAL = 512
ROUNDS = 7
#: prompt, and new tokens with and without a cache
PROMPT, NEW = 16, (32, 128, 512)
#: text, steps and budget of what a policy changes
TEXT, STEPS, BUDGET = 256, 32, 64
CHUNK = 256

POLICIES: dict[str, Callable[..., KVCache]] = {
    "contiguous": ContiguousCache,
    "paged, blocks of 16": PagedCache.for_batch,
    "8-bit, groups of 32": partial(QuantizedCache, bits=8),
    "4-bit, groups of 32": partial(QuantizedCache, bits=4),
    "window 1,020 + 4 sinks": partial(SlidingWindowCache, window=1020, sinks=4),
    "heavy hitters 512 + 512": partial(HeavyHitterCache, recent=512, heavy=512),
}


def run(report: Report) -> None:
    """Add bytes, milliseconds and KL of the policies, then seconds with and without a cache."""
    model = zoo.load(zoo.DEFAULT)
    decoder = model.decoder
    passage = model.vocabulary.encode(PASSAGE)  # it begins again where more tokens are read
    ids = torch.tensor((passage * (REAL // len(passage) + 2))[: PROMPT + REAL])
    with torch.inference_mode():
        source = ContiguousCache(decoder.config, 1, REAL)
        decoder(ids[None, :REAL], None, source, last_only=True)
        for n in LENGTHS:
            _steps(report, decoder, source, n, ids)
        _quality(report, decoder, ids)
        _with_and_without(report, decoder, ids)


def _steps(report: Report, decoder: Decoder, source: ContiguousCache, n: int, ids: torch.Tensor) -> None:
    caches = {}
    for name, make in POLICIES.items():
        caches[name] = _filled(decoder, make(decoder.config, 1, n + ROUNDS + 1), source, n)
        report.add(f"{name}, {n:,} tokens: held", "explorer", caches[name].nbytes, "bytes")
    taken: dict[str, list[float]] = {name: [] for name in caches}
    for turn in range(ROUNDS + 1):  # the first warms up
        for name, cache in caches.items():
            start = time.perf_counter()
            decoder(ids[None, turn : turn + 1], torch.tensor([[n + turn]]), cache, last_only=True)
            if turn:
                taken[name].append((time.perf_counter() - start) * 1e3)
    for name, times in taken.items():
        report.add(f"{name}, {n:,} tokens: a step", "explorer", statistics.median(times), "ms")


def _filled(decoder: Decoder, cache: KVCache, source: ContiguousCache, n: int) -> KVCache:
    """The cache after n tokens, in chunks: the real passage's keys and values, repeated."""
    for start in range(0, n, CHUNK):
        positions = torch.arange(start, min(n, start + CHUNK))
        for layer in range(decoder.config.n_layers):
            k, v = source.k[layer][:, :, positions % REAL], source.v[layer][:, :, positions % REAL]
            held = cache.update(layer, k, v, positions[None])
            if cache.wants_pattern:  # even attention: which tokens stay does not change how long a step takes
                keys = held.k.shape[2]
                cache.observe(layer, torch.full((1, decoder.config.n_heads, len(positions), keys), 1 / keys))
    return cache


def _quality(report: Report, decoder: Decoder, ids: torch.Tensor) -> None:
    config = decoder.config
    caches: dict[str, KVCache] = {
        "contiguous": ContiguousCache(config, 1, TEXT),
        "8-bit, groups of 32": QuantizedCache(config, 1, TEXT, 8),
        "4-bit, groups of 32": QuantizedCache(config, 1, TEXT, 4),
        f"window {BUDGET - 4} + 4 sinks": SlidingWindowCache(config, 1, TEXT, BUDGET - 4, 4),
        f"window {BUDGET}, no sinks": SlidingWindowCache(config, 1, TEXT, BUDGET, 0),
        f"heavy hitters {BUDGET // 2} + {BUDGET // 2}": HeavyHitterCache(config, 1, TEXT, BUDGET // 2, BUDGET // 2),
    }
    *_, made = policies(decoder, ids[:TEXT], TEXT - STEPS, caches)
    full = made.courses["contiguous"]
    for name in list(caches)[1:]:
        course, case = made.courses[name], f"{name}, {TEXT} tokens of text, last {STEPS} steps"
        report.add(f"{case}: mean KL to the full cache", "explorer", statistics.mean(course.kl), "nats")
        same = sum(a == b for a, b in zip(course.top, full.top, strict=True))
        report.add(f"{case}: same top token", "explorer", 100 * same / STEPS, "%")
        report.add(f"{case}: bytes of the full cache's", "explorer", 100 * course.nbytes[-1] / full.nbytes[-1], "%")


def _with_and_without(report: Report, decoder: Decoder, ids: torch.Tensor) -> None:
    """The same tokens fed, as if each had been chosen: seconds for the prompt and all steps, each measured once.

    The two take turns token by token, so that a slow moment of the machine falls on both.
    """
    cache = ContiguousCache(decoder.config, 1, PROMPT + max(NEW))
    cached = without = 0.0
    for new in range(1, max(NEW) + 1):
        fed = PROMPT + new - 1  # tokens before the one that is made now
        start = time.perf_counter()
        decoder(ids[None, cache.seen : fed], None, cache, last_only=True)
        middle = time.perf_counter()
        decoder(ids[None, :fed], last_only=True)
        cached, without = cached + middle - start, without + time.perf_counter() - middle
        if new in NEW:
            report.add(f"{new} new tokens with a cache", "explorer", cached, "s")
            report.add(f"{new} new tokens without a cache", "explorer", without, "s")
            report.add(f"{new} new tokens, without over with", "explorer", without / cached, "times")
