"""Circuits of edges of a model too large to be searched while somebody waits, kept beside its card.

    python -m explorer.experiments.inside.circuit_edges_kept smollm2-135m ioi induction

writes `models/<name>/circuits/<task>-<example>.json`: each way's curve, and the edges of its opened circuit. A task
that the command is given as `ioi:2` is measured on that example. `ioi:0:needed` measures anew what the opened circuits
of a file need, and nothing else.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool
from torch import Tensor

from explorer import zoo
from explorer.corpora.prompt_pairs import TASKS
from explorer.experiments.inside.circuit_edges import Bench, Found, Way, found
from explorer.experiments.inside.prompt_pair import of_task, run_both
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from explorer.zoo.model import Model

FOLDER = "circuits"
#: What was searched by, how much of the lead an edge must move to stay, and of how many edges: of all it takes hours.
BY, THRESHOLD, SEED, AMONG = "lead", 0.005, 0, 2048


@dataclass(frozen=True, eq=False)
class Kept:
    """What a file holds."""

    task: str
    item: int
    tokens: list[int]
    """Of the clean prompt: a file of another tokenizer or wording is none."""
    seconds: float
    found: Found


def path_of(name: str, task: str, item: int) -> Path:
    return shelf_folder() / name / FOLDER / f"{task}-{item}.json"


def kept(model: Model, task: str, item: int) -> Kept | None:
    """What lies beside the model's card; None where nothing does."""
    path = path_of(model.name, task, item)
    return _read(path, path.stat().st_mtime_ns) if path.exists() else None


@cache
def _read(path: Path, _: int) -> Kept:
    held = json.loads(path.read_text(encoding="utf-8"))
    shape = held.pop("shape")
    ways = [
        Way(**{**way, "opened": None if way["opened"] is None else _mask(way["opened"], shape)})
        for way in held.pop("ways")
    ]
    scores = torch.zeros(shape)
    for reader, writer, score in held.pop("scores"):
        scores[reader, writer] = score
    return Kept(found=Found(ways, held.pop("opened"), scores, held.pop("among")), **held)


def _mask(edges: list[list[int]], shape: list[int]) -> Bool[Tensor, "reader writer"]:
    made = torch.zeros(shape, dtype=torch.bool)
    for reader, writer in edges:
        made[reader, writer] = True
    return made


def write(path: Path, made: Kept) -> None:
    """Edges as [reader, writer] in the order of `Wiring`; scores of edges that some opened circuit has."""
    ways = [{**vars(way), "opened": None if way.opened is None else way.opened.nonzero().tolist()} for way in
            made.found.ways]  # fmt: skip
    named = torch.stack([way.opened for way in made.found.ways if way.opened is not None]).any(0)
    scores = [[r, w, round(float(made.found.scores[r, w]), 6)] for r, w in named.nonzero().tolist()]
    held = {
        **{name: value for name, value in vars(made).items() if name != "found"},
        "shape": list(made.found.scores.shape),
        "opened": made.found.opened,
        "among": made.found.among,
        "ways": ways,
        "scores": scores,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held) + "\n", encoding="utf-8")


def run(name: str, task: str, item: int) -> None:
    """Measure one example with the search, and write its file."""
    model = zoo.load(name)
    pair = of_task(model, next(each for each in TASKS if each == task), item)
    runs = run_both(model.plain_decoder, pair)
    start = last = time.perf_counter()

    def tell(what: str, at: int, of: int) -> None:
        nonlocal last
        if time.perf_counter() - last > 10:
            last = time.perf_counter()
            print(f"{task} {item}: {what} {at:,} of {of:,}, {last - start:.0f} s", flush=True)

    made = None
    for made in found(model.plain_decoder, runs, BY, THRESHOLD, SEED, tell, among=AMONG):
        print(task, item, [(way.name, way.sizes[0], round(way.faithful[0], 3)) for way in made.ways], flush=True)
    assert made is not None
    kept = Kept(task, item, pair.clean.tolist(), round(time.perf_counter() - start), made)
    write(path_of(name, task, item), kept)


def needed(name: str, task: str, item: int) -> None:
    """Of the opened circuits of a file, measured anew."""
    model = zoo.load(name)
    runs = run_both(model.plain_decoder, of_task(model, next(each for each in TASKS if each == task), item))
    held = kept(model, task, item)
    assert held is not None
    bench = Bench(model.plain_decoder, runs, lambda what, at, of: print(what, at, of, flush=True))
    ways = [bench.minimal(way, held.found.scores) for way in held.found.ways]
    write(path_of(name, task, item), replace(held, found=replace(held.found, ways=ways)))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[2:]:
        which, number, what = f"{each}::".split(":")[:3]
        (needed if what else run)(sys.argv[1], which, int(number or 0))
