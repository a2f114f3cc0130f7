"""One set of vectors, indexed in four ways: every vector, a graph, cells, codes. Recall, bytes, distances, time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.experiments.context import embedding
from explorer.experiments.context.walking import K, graph_of
from explorer.experiments.timing import Timing, interleaved, one_thread
from explorer.fetching.progress import Progress, silent
from explorer.stack.context import hnsw
from explorer.stack.context.hnsw import Graph
from explorer.stack.context.inverted_file import InvertedFile
from explorer.stack.context.product_quantization import Quantizer, reranked

#: Lengths of HNSW's list, cells that are read, bytes of a code, and the vectors that are compared once more.
EFS, PROBES, PARTS, AGAIN = (16, 64), (1, 8), 48, 100
ROUNDS, QUERIES, TRAINED, TURNS = 4, 64, 2000, 5


@dataclass(frozen=True, eq=False)
class Kind:
    """One index with one setting."""

    name: str
    setting: int
    """ef, cells read, or vectors compared once more; 0 where there is none."""
    recalls: Float[np.ndarray, " query"]
    """Of the true ten nearest."""
    distances: float
    """A question: those computed from whole vectors, centres included, and none that is read from a table of codes."""
    nbytes: int
    """In memory while it searches."""
    seconds: Timing | None = None
    """A question; None until all is timed."""


@dataclass(frozen=True, eq=False)
class Kinds:
    count: int
    queries: int
    cells: int
    m: int
    kinds: tuple[Kind, ...]
    links: int
    """Bytes of all links of the graph."""
    exact_at_all: float
    """The inverted file with every cell read: the share of the true nearest that it lacks."""


def kinds(count: int, m: int, build: int, progress: Progress = silent) -> Iterator[Kinds]:
    """The same questions to each index; times last."""
    graph = graph_of(count, m, build, progress)
    vectors = graph.links.vectors
    asked = embedding.kept(embedding.OF_QUESTIONS).vectors().numpy()[:QUERIES]
    true = hnsw.exact(vectors, asked, K)
    cells = max(1, round(count**0.5))
    inverted = InvertedFile.built(vectors, cells, rounds=ROUNDS)
    some = vectors[np.random.default_rng(0).permutation(count)[: min(count, TRAINED)]]
    quantizer = Quantizer.trained(some, PARTS, min(256, len(some)), rounds=ROUNDS)
    codes = quantizer.codes(vectors)
    links = hnsw.structure(graph).bytes
    acts = _acts(graph, inverted, quantizer, codes, asked)
    whole, coded = vectors.nbytes, codes.nbytes + quantizer.centres.nbytes
    lists = whole + inverted.clustered.centres.nbytes + 8 * count
    held = {"exact": whole, "hnsw": whole + links, "ivf": lists, "pq": coded, "pq again": coded + whole}
    work = _work(graph, inverted, asked)
    else_ = {"exact": float(count), "pq": 0.0, "pq again": float(AGAIN)}
    found = tuple(
        Kind(name, at, hnsw.recall(act(), true), work[name, at] if (name, at) in work else else_[name], held[name])
        for (name, at), act in acts.items()
    )
    lacks = 1 - float(hnsw.recall(_inverted(inverted, asked, cells), true).mean())
    made = Kinds(count, len(asked), cells, m, found, links, lacks)
    yield made
    seconds: dict[str, list[float]] = {}
    with one_thread():
        for seconds in interleaved({f"{name} {at}": act for (name, at), act in acts.items()}, TURNS):
            progress("Rounds timed", len(seconds["exact 0"]), TURNS)
    timed = {name: Timing.of([each / len(asked) for each in taken]) for name, taken in seconds.items()}
    timings = [timed[f"{each.name} {each.setting}"] for each in found]
    done = (Kind(k.name, k.setting, k.recalls, k.distances, k.nbytes, t) for k, t in zip(found, timings, strict=True))
    yield Kinds(count, len(asked), cells, m, tuple(done), links, lacks)


Asked = Float[np.ndarray, "query d"]
Act = Callable[[], np.ndarray]


def _acts(graph: Graph, inverted: InvertedFile, quantizer: Quantizer, codes: np.ndarray, asked: Asked) -> dict[
    tuple[str, int], Act
]:  # fmt: skip
    vectors = graph.links.vectors

    def again() -> np.ndarray:
        return np.stack([reranked(q, vectors, quantizer.search(q, codes, AGAIN), K) for q in asked])

    return {
        ("exact", 0): lambda: np.stack([hnsw.exact(vectors, q[None], K)[0] for q in asked]),
        **{("hnsw", ef): lambda ef=ef: hnsw.search_all(graph, asked, K, ef) for ef in EFS},
        **{("ivf", n): lambda n=n: _inverted(inverted, asked, n) for n in PROBES},
        ("pq", 0): lambda: np.stack([quantizer.search(q, codes, K) for q in asked]),
        ("pq again", AGAIN): again,
    }


def _inverted(index: InvertedFile, asked: Asked, cells: int) -> Int[np.ndarray, "query k"]:
    """-1 where the cells hold fewer than k."""
    found = np.full((len(asked), K), -1)
    for row, query in zip(found, asked, strict=True):
        ids = index.search(query, K, cells).ids
        row[: len(ids)] = ids
    return found


def _work(graph: Graph, inverted: InvertedFile, asked: Asked) -> dict[tuple[str, int], float]:
    few = asked[:16]
    by_graph = {("hnsw", ef): float(np.mean([len(hnsw.search(graph, q, K, ef).steps) for q in few])) for ef in EFS}
    by_cell = {("ivf", n): float(np.mean([inverted.search(q, K, n).calculated for q in few])) for n in PROBES}
    return by_graph | by_cell
