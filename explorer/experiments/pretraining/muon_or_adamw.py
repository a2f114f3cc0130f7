"""Muon or AdamW: how many tokens each needs until the same decoder has the same held-out loss.

AdamW is trained to the end with each seed: its last loss is the target. Muon is trained from the same weights on the
same windows, to the end and as far as some shares of it, each with a schedule of its own: a run that is broken off on
its plateau has not yet decayed, and would lose by that alone. Between two shares the tokens are read off a line, log
tokens against loss::

    ratio = tokens of Muon at AdamW's last loss / tokens of AdamW           one for each seed

and the mean log ratio has Student's interval of 95 %: three seeds, two degrees of freedom. Each rule's learning rate is
the best of its own grid, on seeds that are none of those compared. Muon steps the blocks' matrices, AdamW at its own
best rate all else.

Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks. Both grids have the same length here.

>>> [round(reached(points, 4.0), 6) for points in ([(100, 5.0), (200, 4.0), (400, 3.0)], [(100, 5.0), (400, 3.0)])]
[200.0, 200.0]
>>> reached([(100, 5.0), (200, 4.5)], 4.0)  # never
nan
"""

from __future__ import annotations

import json
import math
import multiprocessing
import time
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from statistics import fmean
from typing import Annotated

import torch
from pydantic import Field, PositiveFloat, PositiveInt

from explorer import places
from explorer.experiments import shelf_course
from explorer.experiments.side_by_side import held_loss
from explorer.stack.architectures.paired_interval import paired_interval
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.training.recipe import Table

FOLDER = places.assets() / "sweeps" / "muon-or-adamw"
RULES = ("adamw", "muon")
#: Of a list in TOML.
Rates = Annotated[tuple[PositiveFloat, ...], Field(strict=False, min_length=2)]
Seeds = Annotated[tuple[int, ...], Field(strict=False, min_length=3)]


class Data(Table):
    """What is read."""

    characters: PositiveInt
    n_ctx: PositiveInt
    rows: PositiveInt
    measured: PositiveInt


class Sizes(Table):
    """A Llama with tied embeddings."""

    n_layers: PositiveInt
    d_model: PositiveInt
    n_heads: PositiveInt
    d_mlp: PositiveInt


class Steps(Table):
    """How a run goes."""

    steps: PositiveInt
    warmup: PositiveFloat
    decay: PositiveFloat
    clip: PositiveFloat
    weight_decay: PositiveFloat
    betas: Annotated[tuple[float, float], Field(strict=False)]


class Grid(Table):
    """The learning rates that are tried."""

    seeds: Seeds
    adamw: Rates
    muon: Rates


class Compared(Table):
    """The runs that are compared."""

    seeds: Seeds
    shares: Rates


class Recipe(Table):
    """All of it."""

    name: str
    data: Data
    model: Sizes
    schedule: Steps
    grid: Grid
    compared: Compared


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One run."""

    rule: str
    rate: float
    seed: int
    steps: int
    tokens: int
    held: float
    """At its end, nats a token, every kind with an equal say."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """All runs, and what they took."""

    grid: tuple[Trained, ...]
    runs: tuple[Trained, ...]
    machine: str
    seconds: float
    """Of processor time, one thread."""

    def best(self, rule: str) -> float:
        """The grid's best rate of that rule."""
        return best_of([each for each in self.grid if each.rule == rule])

    def of(self, rule: str, seed: int) -> list[Trained]:
        """Its runs with that seed, the shortest first."""
        found = [each for each in self.runs if (each.rule, each.seed) == (rule, seed)]
        return sorted(found, key=lambda each: each.steps)

    @property
    def seeds(self) -> list[int]:
        return sorted({each.seed for each in self.runs})


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Muon's tokens by AdamW's, until AdamW's last loss."""

    ratios: tuple[float, ...]
    """Of each seed; NaN where Muon did not get there."""
    mean: float
    """The geometric one."""
    low: float
    high: float


def recipe() -> Recipe:
    return Recipe(**tomllib.loads((FOLDER / "recipe.toml").read_text(encoding="utf-8")))


def stored() -> Study:
    """What was trained once and is committed."""
    read = json.loads((FOLDER / "result.json").read_text(encoding="utf-8"))
    grid, runs = (tuple(Trained(**each) for each in read[name]) for name in ("grid", "runs"))
    return Study(grid=grid, runs=runs, machine=read["machine"], seconds=read["seconds"])


def store(study: Study, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(asdict(study), indent=1) + "\n", encoding="utf-8")


def best_of(tried: Sequence[Trained]) -> float:
    """The rate whose runs end with the least mean loss."""
    rates = {each.rate for each in tried}
    return min(rates, key=lambda rate: fmean(each.held for each in tried if each.rate == rate))


def saving(study: Study) -> Saving:
    """See the module."""
    ratios = []
    for seed in study.seeds:
        (target,) = study.of("adamw", seed)
        points = [(each.tokens, each.held) for each in study.of("muon", seed)]
        ratios.append(reached(points, target.held) / target.tokens)
    made = paired_interval(torch.tensor(ratios).log())
    mean, low, high = (float(each.exp()) for each in (made.mean, made.low, made.high))
    return Saving(ratios=tuple(ratios), mean=mean, low=low, high=high)


def reached(points: Sequence[tuple[int, float]], target: float) -> float:
    """Tokens at which a loss that falls along (tokens, loss) is the target: between two points on a line in log tokens;
    before the first on the line through the first two; NaN where the last one is above it."""
    if points[-1][1] > target:
        return math.nan
    at = next(number for number in range(len(points)) if points[number][1] <= target)
    (t0, l0), (t1, l1) = points[max(at - 1, 0)], points[max(at, 1)]
    share = (l0 - target) / (l0 - l1)
    return math.exp(math.log(t0) + share * math.log(t1 / t0))


@dataclass(frozen=True)
class Job:
    """One run to be made."""

    rule: str
    rate: float
    seed: int
    steps: int
    tables: float
    """The rate of what AdamW steps where the rule is Muon."""


def study(asked: Recipe, machine: str, workers: int, told: Callable[[Trained], None]) -> Study:
    """Train all of it, `workers` processes of one thread each; `told` hears of each run. The runs are the same with any
    number of them."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=torch.set_num_threads, initargs=(1,)) as pool:

        def made(jobs: Sequence[Job]) -> list[Trained]:
            found = []
            for each, taken in pool.map(partial(_timed, asked), jobs):
                told(each)
                found.append(each)
                seconds.append(taken)
            return found

        seconds: list[float] = []
        whole, grid, best = asked.schedule.steps, list[Trained](), dict[str, float]()
        for rule, rates in (("adamw", asked.grid.adamw), ("muon", asked.grid.muon)):
            pairs = [(rate, seed) for rate in rates for seed in asked.grid.seeds]
            tried = made([Job(rule, rate, seed, whole, best.get("adamw", rate)) for rate, seed in pairs])
            best[rule] = best_of(tried)
            grid += tried
        shares = {"adamw": (1.0,), "muon": asked.compared.shares}
        runs = made(
            [
                Job(rule, best[rule], seed, round(share * whole), best["adamw"])
                for seed in asked.compared.seeds
                for rule in RULES
                for share in shares[rule]
            ]
        )
    return Study(grid=tuple(grid), runs=tuple(runs), machine=machine, seconds=sum(seconds))


def _timed(asked: Recipe, job: Job) -> tuple[Trained, float]:
    """A run, and the processor time that it took."""
    began = time.process_time()
    return train(asked, _course(asked, job.seed), job), time.process_time() - began


def train(asked: Recipe, course: WindowCourse, job: Job) -> Trained:
    """One run."""
    how, steps = asked.schedule, job.steps
    model = Decoder(_config(asked)).initialise(torch.Generator().manual_seed(job.seed))
    model.train().requires_grad_(True)
    optimizers = optimizers_of(model, job, how)
    schedule = Schedule("wsd", 1.0, 0.0, max(1, round(how.warmup * steps)), steps, decay=how.decay)
    for step in range(steps):
        loss = model.loss(course.batch(step)).parts["lm"]
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), how.clip)
        for optimizer, peak in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = peak * schedule(step)
            optimizer.step()
    tokens = steps * asked.data.n_ctx * asked.data.rows
    held = held_loss(model, course)
    return Trained(rule=job.rule, rate=job.rate, seed=job.seed, steps=steps, tokens=tokens, held=held)


def optimizers_of(model: Decoder, job: Job, how: Steps) -> list[tuple[torch.optim.Optimizer, float]]:
    """torch's own, and the peak rate of each: AdamW of all, or Muon of the blocks' matrices and AdamW of the rest.
    Vectors are not decayed."""
    inside = [each for each in model.blocks.parameters() if each.dim() == 2] if job.rule == "muon" else []
    taken = {id(each) for each in inside}
    rest = [each for each in model.parameters() if id(each) not in taken]
    groups = [
        {"params": [each for each in rest if each.dim() > 1], "weight_decay": how.weight_decay},
        {"params": [each for each in rest if each.dim() <= 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=job.tables, betas=how.betas, fused=True)
    if not inside:
        return [(adamw, job.rate)]
    return [(torch.optim.Muon(inside, lr=job.rate, weight_decay=how.weight_decay), job.rate), (adamw, job.tables)]


def _config(asked: Recipe) -> DecoderConfig:
    size = asked.model
    return DecoderConfig(
        n_layers=size.n_layers,
        d_model=size.d_model,
        n_heads=size.n_heads,
        n_kv_heads=size.n_heads,
        d_head=size.d_model // size.n_heads,
        d_mlp=size.d_mlp,
        d_vocab=shelf_course.Bytes.d_vocab,
        n_ctx=asked.data.n_ctx,
    )


def parameters(asked: Recipe) -> int:
    """Weights of the decoder."""
    with torch.device("meta"):
        return sum(each.numel() for each in Decoder(_config(asked)).parameters())


def _course(asked: Recipe, seed: int) -> WindowCourse:
    return _read(asked.data.rows, asked.data.measured, asked.data.characters, seed)


@cache
def _read(rows: int, measured: int, characters: int, seed: int) -> WindowCourse:
    vocabulary = shelf_course.Bytes()
    return shelf_course.course(vocabulary, "texts", seed, rows=rows, measured=measured, characters=characters)
