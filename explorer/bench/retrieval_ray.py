"""MiniLM's vectors through Ray Data's map_batches beside our own loop: the same texts, batches and threads.

A worker of Ray opens the model once and reads batch after batch on one thread. Its time holds the start of the worker,
which each pass over a dataset begins with.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.bench import Peer, Report
from explorer.bench.retrieval_embedding import ROWS
from explorer.corpora import articles
from explorer.experiments import cluster
from explorer.experiments.context.embedding import embedded
from explorer.zoo.companions import companion
from explorer.zoo.text_encoder import TextEncoder

if TYPE_CHECKING:
    from numpy import ndarray

RAY = Peer("ray", "ray", 'pip install "llm-internals-explorer[scale]"', "0.6 GB")
#: Processes of Ray; rounds of which the median is told.
WORKERS, ROUNDS = (1, 2), 5


class Embedder:
    """What a worker of Ray keeps."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self.encoder = _encoder()

    def __call__(self, batch: dict[str, ndarray]) -> dict[str, ndarray]:
        return {"vector": embedded(self.encoder, batch["text"].tolist(), rows=ROWS).vectors.numpy()}


def by_ray(report: Report, texts: int) -> None:
    """Add texts a second of our loop and of Ray's workers, and how far their vectors are from ours."""
    if report.peer(RAY) is None:
        return
    import ray.data  # pyright: ignore[reportMissingImports]

    # Of like length together, as our loop has them: Ray keeps the order of what it is given.
    chosen = sorted((each.whole for each in articles.read()[:texts]), key=len)
    encoder = _encoder()
    case = f"MiniLM, {len(chosen):,} articles, {ROWS} at a time"
    cluster.begin("This benchmark", "", max(WORKERS))
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        ray.data.DataContext.get_current().execution_options.preserve_order = True
        right, taken = embedded(encoder, chosen, rows=ROWS).vectors.numpy(), {"explorer": [_ours(encoder, chosen)]}
        for _ in range(ROUNDS):
            taken["explorer"].append(_ours(encoder, chosen))
            for workers in WORKERS:
                start = time.perf_counter()
                found = _theirs(chosen, workers)
                taken.setdefault(_named(workers), []).append(time.perf_counter() - start)
                apart = float(np.abs(found - right).max())
                assert apart < 1e-4, apart
    finally:
        ray.shutdown()
    for subject, seconds in taken.items():
        report.add(f"{case}: texts a second", subject, len(chosen) / statistics.median(seconds), "1/s")
    for workers in WORKERS:
        ratio = statistics.median(taken[_named(workers)]) / statistics.median(taken["explorer"])
        report.add(f"{case}: time, of our loop's", _named(workers), ratio, "times")


def _named(workers: int) -> str:
    return f"ray, {workers} worker{'s' if workers > 1 else ''}"


def _ours(encoder: TextEncoder, texts: list[str]) -> float:
    start = time.perf_counter()
    embedded(encoder, texts, rows=ROWS)
    return time.perf_counter() - start


def _theirs(texts: list[str], workers: int) -> ndarray:
    from ray import data  # pyright: ignore[reportMissingImports]

    blocks = -(-len(texts) // ROWS)
    rows = data.from_items([{"text": text} for text in texts], override_num_blocks=blocks)
    made = rows.map_batches(Embedder, batch_size=ROWS, compute=data.ActorPoolStrategy(size=workers), num_cpus=1)
    return np.stack([row["vector"] for row in made.iter_rows()])


def _encoder() -> TextEncoder:
    made = companion("minilm-l6")
    assert isinstance(made, TextEncoder)
    return made
