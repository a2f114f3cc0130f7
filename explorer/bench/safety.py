"""What guards add to a request, on one thread, beside a scikit-learn pipeline over sentence-transformers' embedding.

One request at a time, all subjects in turns on the same requests: half of them take less than p50, 95 of 100 less than
p95. Then requests a second in batches of 32. The guard on the model's own stream is judged by what it adds to the time
of the first token.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer import zoo
from explorer.bench import Peer, Report
from explorer.corpora.requests import requests
from explorer.experiments.context.embedding import READ
from explorer.experiments.safety import guards
from explorer.experiments.safety.guard_cost import CASES, costs
from explorer.experiments.safety.guard_texts import Texts, labels, texts
from explorer.zoo.companions import companion
from explorer.zoo.loading import fetch
from explorer.zoo.text_encoder import TextEncoder

DESCRIPTION = (
    "what a guard adds to a request (p50, p95) and requests a second, beside scikit-learn over sentence-transformers "
    "(count=NUMBER requests)"
)
PEER = Peer(
    "scikit-learn over sentence-transformers", "sentence_transformers", "pip install sentence-transformers scikit-learn"
)
PAIRS, ROWS = 56, 32
Judge = Callable[[Sequence[str]], np.ndarray]


def run(report: Report, count: int = 96) -> None:
    """Add latencies, speeds, how far the two guards' verdicts agree, and whether the targets are kept."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        encoder, learnt = companion("minilm-l6"), texts("request", PAIRS)
        assert isinstance(encoder, TextEncoder)
        minilm = guards.minilm(encoder, learnt)
        asked = [each.forbidden for each in requests().test][:count]
        judges: dict[str, Judge] = {"explorer": lambda some: minilm.guard.score(encoder.embed(some, ROWS)).numpy()}
        if (package := report.peer(PEER)) is not None:
            judges[PEER.name] = _peer(package, fetch(encoder.card), learnt, minilm.l2)
            gap = np.abs(judges["explorer"](asked) - judges[PEER.name](asked)).max()
            report.add("largest difference of a verdict", "explorer", float(gap), "log-odds")
        _one_by_one(report, judges, asked)
        _together(report, judges, asked)
        _stream(report, encoder, learnt, minilm, count)
    finally:
        torch.set_num_threads(threads)


def _peer(package: Any, folder: Path, learnt: Texts, l2: float) -> Judge:
    """The same training texts, vectors from the same weights, the same penalty."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = package.SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = READ

    def vectors(some: Sequence[str]) -> np.ndarray:
        return model.encode(list(some), batch_size=ROWS, normalize_embeddings=True, show_progress_bar=False)

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1 / (l2 * len(learnt.train)), max_iter=1000))
    pipeline.fit(vectors([each.judged for each in learnt.train]), labels(learnt.train).numpy())
    return lambda some: pipeline.decision_function(vectors(some))


def _one_by_one(report: Report, judges: dict[str, Judge], asked: Sequence[str]) -> None:
    taken: dict[str, list[float]] = {name: [] for name in judges}
    names = list(judges)
    for act in judges.values():
        act(asked[:1])
    for at, text in enumerate(asked):
        for turn in range(len(names)):
            name = names[(at + turn) % len(names)]
            start = time.perf_counter()
            judges[name]([text])
            taken[name].append(1e3 * (time.perf_counter() - start))
    p95 = {}
    for name, each in taken.items():
        p50, p95[name] = (float(np.quantile(each, q)) for q in (0.5, 0.95))
        report.add("a request at a time, p50", name, p50, "ms")
        report.add("a request at a time, p95", name, p95[name], "ms")
        report.add("a request at a time, requests a second", name, 1e3 * len(each) / sum(each), "1/s")
    if PEER.name in p95:
        ratio = p95["explorer"] / p95[PEER.name]
        report.judge("p95 of a request, of the peer's, at most", ratio, "1", ratio <= 1)


def _together(report: Report, judges: dict[str, Judge], asked: Sequence[str]) -> None:
    case = f"{len(asked)} requests, {ROWS} at a time"
    medians = report.time(case, {name: lambda act=act: act(asked) for name, act in judges.items()}, rounds=5)
    for name, milliseconds in medians.items():
        report.add(f"{case}: requests a second", name, 1e3 * len(asked) / milliseconds, "1/s")
    if PEER.name in medians:
        speed = medians[PEER.name] / medians["explorer"]
        report.judge("requests a second, of the peer's, at least", speed, "1", speed >= 1)


def _stream(report: Report, encoder: TextEncoder, learnt: Texts, minilm: guards.Trained, count: int) -> None:
    model = zoo.load(zoo.DEFAULT)
    stream = guards.stream(model, learnt)
    *_, made = costs(model, encoder, minilm, stream, min(count, 32))
    for each in made.cases:
        for name, q in (("p50", 0.5), ("p95", 0.95)):
            report.add(f"{each.case}, {name}", "explorer", 1e3 * each.quantile(q), "ms")
    added = 1e3 * float(np.median(made.added))
    report.add("added to the first token by the stream's guard, median", "explorer", added, "ms")
    share = made.cases[CASES.index("MiniLM’s guard")].quantile(0.5) / made.cases[0].quantile(0.5)
    report.add("MiniLM's guard, of the model's first token", "explorer", share, "times")
