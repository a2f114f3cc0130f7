"""What a hidden token weighs in training: 1 over the share that is hidden, or the same for all. Three seeds of each.

With weights 1/t the training follows the bound of -ln p: each number of hidden tokens counts alike. With uniform
weights a row counts by how many tokens it hides, so that texts of few words count most; that bounds nothing, and some
found that it writes better. Here both are trained from one start, on the same windows with the same tokens hidden.

    python -m explorer.experiments.frontier.mask_weights

writes `assets/sweeps/mask_weights/runs.json` run after run, those that are there left out, and the weights of the first
seed to `models/six-kinds-unmask/uniform.safetensors`. Its twin of the same seed is the masked model of that folder,
which is measured and not trained anew: the start must have the losses of its recording.

The bound of a text of L tokens is the mean over k = 1 .. L of what a hidden token costs where k are hidden
(`stack.frontier.masked_diffusion.bound`). So each window is measured once in each of so many parts of 1 .. L, and the
mean of the parts is the bound a token.
"""

from __future__ import annotations

import csv
import json
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import torch
from jaxtyping import Float, Int
from pydantic import TypeAdapter
from torch import Tensor

from explorer import places
from explorer.experiments.frontier import unmask_twins as twins
from explorer.experiments.frontier.unmasking import LENGTH, filled, judged, prompts
from explorer.experiments.shelf_course import DENSE
from explorer.fetching.cache import sha256_of
from explorer.stack.frontier.masked_diffusion.model import Unmasker
from explorer.stack.frontier.masked_diffusion.noise import Weighing, by_count
from explorer.stack.frontier.masked_diffusion.sampler import Order, Unmasking
from explorer.stack.pretraining.batches import held_out_windows
from explorer.stack.pretraining.train import Progress
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.training import unmask

FILE = places.assets() / "sweeps" / "mask_weights" / "runs.json"
WEIGHINGS: tuple[Weighing, ...] = ("inverse", "uniform")
#: The first is the seed of the folder's recipe.
SEEDS = (4, 5, 6)
#: Parts of the share that is hidden, each measured once a window; windows of each kind.
PARTS, WINDOWS = 8, 12
#: What is written for the judge: texts of each kind, in so many steps, in two orders.
EACH, TEMPERATURE = 4, 0.7
ORDERS: tuple[Order, ...] = ("confident", "random")
#: Of the passage that is measured again where the page is opened.
PROBE, PROBE_TOKENS = "scripture", 48


@dataclass(frozen=True)
class Weighed:
    """One training, in numbers."""

    weighing: str
    seed: int
    nats: dict[str, list[list[float]]]
    """Of each kind, of each window, of each part of the share that is hidden, the fewest first: of a hidden token."""
    written: dict[str, float]
    """By order, what a written token costs the judge, the mean of all texts; nats."""
    distinct: dict[str, float]
    """By order, the share of different tokens among those written."""
    curve: list[list[float]]
    """Step, and the bound then: the mean of the kinds, nats a token."""
    probe: float
    """The passage's bound by the same parts, nats a token."""
    steps: int
    seconds: float
    """Of the processor, in its own steps; of the committed model, in those of its recording."""
    sha256: str
    """Of the weights, where they are kept."""


@dataclass(frozen=True)
class Recording:
    """All runs."""

    runs: tuple[Weighed, ...]
    machine: str
    start: float
    """Processor seconds of the steps that all began with."""
    start_apart: float
    """The largest difference of the start's losses from those that the folder recorded; nats."""

    def of(self, weighing: str) -> list[Weighed]:
        """By seed."""
        return sorted((each for each in self.runs if each.weighing == weighing), key=lambda each: each.seed)


def parted(model: Unmasker, windows: Int[Tensor, "row pos"], seed: int) -> Float[Tensor, "row part"]:
    """Of each window, nats of a hidden token with so many hidden as each part of 1 .. L has: one draw a part."""
    n, generator = windows.shape[1] - 1, torch.Generator().manual_seed(seed)
    found = []
    for row in windows:
        u = torch.rand(PARTS, generator=generator)
        counts = 1 + ((torch.arange(PARTS) + u) * n / PARTS).long()
        made = by_count(row.expand(PARTS, -1), counts, model.mask, generator)
        found.append(model.nats(made).sum(1) / counts)
    return torch.stack(found)


def probe() -> Int[Tensor, "1 pos"]:
    """A passage that lies beside the code."""
    return twins.encoded(twins.excerpt(PROBE), PROBE_TOKENS)[0][None]


def probed(model: Unmasker) -> float:
    """What the passage costs, by parts; nats a token."""
    return float(parted(model, probe(), 0).mean())


def measured(model: Unmasker, held: dict[str, Tensor], judge: Decoder, n: int) -> dict[str, object]:
    """All that is measured of one model. The draws are the same for each."""
    parts = {
        kind: parted(model, held_out_windows(stream, n, WINDOWS), 1 + at)
        for at, (kind, stream) in enumerate(held.items())
    }
    real = prompts(EACH)
    written, distinct = {}, {}
    for order in ORDERS:
        made = judged(order, LENGTH, filled(model, real, Unmasking(LENGTH, order, temperature=TEMPERATURE), 0), judge)
        written[order], distinct[order] = float(made.nats.mean()), float(made.distinct.mean())
    return {
        "nats": {kind: [[round(each, 3) for each in row] for row in found.tolist()] for kind, found in parts.items()},
        "written": {order: round(each, 4) for order, each in written.items()},
        "distinct": {order: round(each, 4) for order, each in distinct.items()},
        "probe": round(probed(model), 5),
    }


def start_apart(progress: Progress) -> float:
    """How far the losses of the start are from those that the causal twin's training recorded, which began alike."""
    with (twins.folder() / "loss-causal.csv").open(encoding="utf-8") as file:
        kept = [float(row["loss"]) for row in csv.DictReader(file)]
    return worst(abs(one.losses["lm"] - other) for one, other in zip(progress.curve, kept, strict=False))


def record(announce: Callable[[str], None]) -> None:
    """Train what is missing, and write all."""
    from explorer import zoo

    torch.set_num_threads(1)
    judge, shared = zoo.load(DENSE).decoder, twins.parts()
    read = unmask.reading(shared)
    said = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    runs = {(each["weighing"], each["seed"]): each for each in said.get("runs", ())}
    start, course = unmask.begun(shared, read, announce)
    machine = f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}"
    about = {"machine": machine, "start": round(course.seconds, 1), "start_apart": round(start_apart(course), 5)}
    announce(f"the start: {about}")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    wanted: list[tuple[Weighing, int]] = [(weighing, seed) for seed in SEEDS for weighing in WEIGHINGS]
    for weighing, seed in wanted:
        if (weighing, seed) in runs:
            continue
        began = time.process_time()
        runs[weighing, seed] = asdict(_one(shared, read, start, weighing, seed, judge, announce))
        announce(f"{weighing}, seed {seed}: {time.process_time() - began:.0f} s in all")
        kept = [runs[each] for each in wanted if each in runs]
        FILE.write_text(json.dumps(about | {"runs": kept}) + "\n", encoding="utf-8")


def _one(
    shared: unmask.Parts, read: unmask.Reading, start: Decoder, weighing: Weighing, seed: int, judge: Decoder,
    announce: Callable[[str], None],
) -> Weighed:  # fmt: skip
    committed = weighing == shared.said.weights and seed == shared.recipe.run.seed
    if committed:
        course = twins.courses()[0]
        model, steps, seconds, sha256 = twins.masked(), course.steps, float(course.processor_seconds), course.sha256
        curve = [[float(step), nats] for step, nats in course.curve]
    else:
        other = replace(shared, said=shared.said.model_copy(update={"weights": weighing}))
        windows = replace(read, batches=replace(read.batches, seed=seed))
        name = f"{shared.recipe.name}-{weighing}-{seed}"
        model, progress = unmask.unmasked(other, windows, start, name, announce)
        steps, seconds = progress.step, round(progress.seconds, 1)
        curve = [[float(each.step), round(each.mean, 4)] for each in progress.evaluations]
        with tempfile.TemporaryDirectory() as unkept:  # each is measured as it would be kept, in bfloat16
            folder = twins.folder() if seed == SEEDS[0] else Path(unkept)
            unmask.save(model.decoder, folder / "uniform.safetensors")
            model = shared.masked(folder, "uniform")
            sha256 = sha256_of(folder / "uniform.safetensors") if seed == SEEDS[0] else ""
    return Weighed(
        weighing=weighing, seed=seed, steps=steps, seconds=seconds, sha256=sha256, curve=curve,
        **TypeAdapter(dict).validate_python(measured(model.eval(), read.held, judge, shared.n)),
    )  # fmt: skip


@cache
def stored() -> Recording:
    """What was trained once and is committed."""
    return TypeAdapter(Recording).validate_json(FILE.read_text(encoding="utf-8"))


def strange_files(kept: Recording) -> int:
    """Of the files of weights, those that are not what was measured."""
    files = {"inverse": "masked", "uniform": "uniform"}
    return sum(
        sha256_of(twins.folder() / f"{files[run.weighing]}.safetensors") != run.sha256
        for run in kept.runs
        if run.sha256
    )


if __name__ == "__main__":
    record(lambda line: print(line, flush=True))
