"""Static against continuous batching under a Poisson load: the same requests, served by turns.

A request is a piece of a real passage with its own length and number of new tokens. Its arrival is given in decode
steps of this machine, so that a slower one is loaded alike. Time is the replay's own clock: passes, and gaps in which
nothing waits, which are not slept through.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import torch

from explorer import zoo
from explorer.bench import Report
from explorer.bench.passage import of_length
from explorer.experiments.inference.serving.batching import load, step_seconds
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Batcher, Scheduler
from explorer.stack.inference.serving.serving_load import Replay, percentile, replay
from explorer.stack.inference.serving.static_batching import StaticBatcher

DESCRIPTION = "requests a second and latency under a Poisson load, static against continuous batching"
REQUESTS, SLOTS = 16, 4
PROMPT, ANSWER = (8, 48), (4, 32)
BLOCK = 16
#: mean gap of the arrivals in decode steps, and how heavy that is
GAPS = {1: "all at once, nearly", 5: "busy", 20: "light"}
ROUNDS = 5
SEED = 7


def run(report: Report) -> None:
    """Add requests a second, latencies and the share of useful rows for each load; medians over the rounds."""
    model = zoo.load(zoo.DEFAULT)
    decoder = model.decoder
    ids = model.vocabulary.encode(of_length(model, 256))
    step = step_seconds(decoder, torch.tensor(ids[: PROMPT[1]]), rounds=7)
    report.add("one decode step of one sequence", "explorer", step * 1e3, "ms")
    blocks = SLOTS * (-(-(PROMPT[1] + ANSWER[1]) // BLOCK) + 1)
    ways: dict[str, Callable[[], Batcher]] = {
        "static": lambda: StaticBatcher(decoder, SLOTS),
        "continuous": lambda: Scheduler(decoder, PagedCache(decoder.config, blocks, BLOCK), max_running=SLOTS),
    }
    for gap, name in GAPS.items():
        arrivals = load(ids, REQUESTS, gap, step, SEED, PROMPT, ANSWER)
        served: dict[str, list[Replay]] = {way: [] for way in ways}
        for turn in range(ROUNDS):
            for way in list(ways) if turn % 2 else list(ways)[::-1]:
                served[way].append(replay(ways[way](), arrivals))
        case = f"{REQUESTS} requests, {SLOTS} slots, a gap of {gap} {'step' if gap == 1 else 'steps'} ({name})"
        for way, rounds in served.items():
            _add(report, f"{case}, {way}", rounds)
        fast, slow = (statistics.median(r.requests_per_second for r in served[way]) for way in ("continuous", "static"))
        report.add(f"{case}, continuous over static", "explorer", fast / slow, "times")
        first, second = served["static"][0].answers(), served["continuous"][0].answers()
        report.add(f"{case}, answers that differ", "explorer", sum(first[n] != second[n] for n in first), "answers")


def _add(report: Report, case: str, rounds: list[Replay]) -> None:
    def median(of: Callable[[Replay], float]) -> float:
        return statistics.median(of(each) for each in rounds)

    report.add(f"{case}: requests", "explorer", median(lambda r: r.requests_per_second), "1/s")
    report.add(f"{case}: mean latency", "explorer", median(lambda r: statistics.mean(r.latencies())), "s")
    report.add(f"{case}: latency, 95th of 100", "explorer", median(lambda r: percentile(r.latencies(), 0.95)), "s")
    report.add(
        f"{case}: mean time to the first token", "explorer", median(lambda r: statistics.mean(r.first_token())), "s"
    )
    report.add(f"{case}: slots' time useful", "explorer", 100 * median(lambda r: r.useful(SLOTS)), "%")
