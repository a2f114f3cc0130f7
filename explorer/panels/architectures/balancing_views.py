"""Load balancing: a router trained on this model's own feed-forward layer, with and without a counterweight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from explorer.experiments.architectures import balancing as trained
from explorer.experiments.architectures import stored_trainings
from explorer.figures.architectures import balancing as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.router_training import Method, Run, Settings, Steps, train_router
from explorer.stack.transformer.router import Routing
from explorer.stack.worst import worst
from explorer.zoo.card import shelf_folder

METHODS: tuple[Method, ...] = ("loss", "noise", "bias", "choice")
#: Steps that are trained a second time, to see that they come out the same.
AGAIN = 10
#: Models trained here whose curves are stored: with the balancing loss, and its twin without.
TWINS = ("six-kinds-moe", "six-kinds-unbalanced")


def _asked(scene: Scene) -> Settings:
    n = scene.whole("experts")
    return Settings(
        n_experts=n,
        k=min(n, scene.whole("k")),
        method=scene.one_of("method", METHODS),
        alpha=scene.real("alpha"),
        z=scene.real("z"),
        rate=scene.real("rate"),
        steps=scene.whole("steps"),
    )


def _pairs(scene: Scene) -> Iterator[tuple[figure.BalancingTask, trained.Pair]]:
    """The two trainings as they come."""
    asked, seed = _asked(scene), scene.whole("seed")
    unused = {"alpha": 0.0} if asked.method != "loss" else {}
    unused |= {"rate": 0.0} if asked.method != "bias" else {}
    for pair in trained.trainings(scene.model, scene.layer, replace(asked, **unused), seed, scene.progress):
        yield figure.task_shown(pair, asked, scene.layer, seed), pair


def training(scene: Scene) -> Iterator[Rendered[figure.BalancingTraining]]:
    for task, pair in _pairs(scene):
        data = figure.BalancingTraining(**vars(task), plain=figure.bands(pair.plain), chosen=figure.bands(pair.chosen))
        title = f"{task.experts} experts learn the feed-forward layer of block {task.layer}"
        yield Rendered(data, _training_checks(pair, task.seed), title=title)


def _training_checks(pair: trained.Pair, seed: int) -> tuple[Check, ...]:
    if pair.runs is None:
        return ()
    (plain, chosen), s = pair.runs, pair.chosen.settings
    assert isinstance(plain.routing, Routing)
    with trained.one_thread():
        again = train_router(pair.task, s, torch.Generator().manual_seed(seed), stop=AGAIN)
    return (
        Check(
            f"Balance loss = n Σ f P from the counts in float64, {2 * s.steps:,} steps",
            worst(map(trained.balance_error, pair.runs)), 1e-5 * s.n_experts, "largest error",
        ),
        Check(
            f"Autograd’s slope is (n/T) p (f − Σ f p), {len(pair.task.x_held)} held-out tokens: through P alone",
            trained.gradient_error(plain.routing.logits, s.k), 1e-10, "relative error",
        ),
        Check(
            f"{AGAIN} steps trained again with the same seed are the same",
            trained.repeat_error(chosen, again), 0.0, "difference",
        ),
    )  # fmt: skip


def price(scene: Scene) -> Iterator[Rendered[figure.BalancingPrice]]:
    for task, pair in _pairs(scene):
        plain, chosen = _cost(pair, pair.plain), _cost(pair, pair.chosen)
        data = figure.BalancingPrice(**vars(task), factors=list(figure.FACTORS), plain=plain, chosen=chosen)
        yield Rendered(data, _price_checks(pair))


def _limited(run: object) -> bool:
    """Under expert choice no expert has more than its capacity: nothing is ever dropped."""
    return isinstance(run, Run) and isinstance(run.routing, Routing)


def _cost(pair: trained.Pair, run: Steps) -> figure.BalancingCost:
    limits = None
    if isinstance(run, Run) and _limited(run):
        limits = [trained.with_capacity(run, pair.task, factor) for factor in figure.FACTORS]
    return figure.BalancingCost(loss=run.loss.float(), end=figure.ending(run), limits=limits)


def _price_checks(pair: trained.Pair) -> tuple[Check, ...]:
    runs = [run for run in pair.runs or () if _limited(run)]
    if not runs:
        return ()
    exact = [trained.drop_error(run, factor) for run in runs for factor in figure.FACTORS]
    held = len(pair.task.x_held)
    statement = f"Choices dropped of {held} held-out tokens = counts beyond the limit, {len(exact)} limits"
    return (Check(statement, worst(exact), 0.0, "largest difference"),)


def recorded(_scene: Scene) -> Rendered[figure.StoredTrainings]:
    folders = {name: shelf_folder() / name for name in TWINS}
    found = {name: rows for name, folder in folders.items() if (rows := stored_trainings.curve(folder))}
    models = [figure.stored(name, rows) for name, rows in found.items()]
    data = figure.StoredTrainings(models=models, missing=len(TWINS) - len(models))
    if not found:
        return Rendered(data)
    error = worst(stored_trainings.end_error(folders[name], rows) for name, rows in found.items())
    count = sum(map(len, found.values()))
    check = Check(
        f"{count:,} stored rows end where the trainings’ records say",
        error,
        0.0,
        "relative difference",
    )
    return Rendered(data, (check,))
