"""Load balancing: a router trained on this model's own feed-forward layer, with and without a counterweight."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import torch

from explorer.corpora import passages
from explorer.figures.architectures import balancing as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.architectures.router_training import Run, Settings, Task, train_router
from explorer.stack.transformer.router import Routing
from explorer.zoo.card import shelf_folder

METHODS = ("loss", "noise", "bias", "choice")
#: Steps that are trained a second time, to see that they come out the same.
AGAIN = 10
KEPT_TASKS, KEPT_RUNS = 4, 24
#: Models trained here whose curves are stored: with the balancing loss, and its twin without.
TWINS = ("six-kinds-moe", "six-kinds-unbalanced")

_TASKS: WeakKeyDictionary[Any, OrderedDict[int, Task]] = WeakKeyDictionary()
_RUNS: WeakKeyDictionary[Any, OrderedDict[Any, Run]] = WeakKeyDictionary()
#: Two views show the same trainings, and visitors who ask the same share one.
_LOCK = threading.Lock()


def _task(scene: Scene) -> Task:
    """What the selected layer's feed-forward reads and writes over the passages. Raises NotApplicableError."""
    decoder, layer = scene.model.decoder, scene.layer
    known = _TASKS.setdefault(scene.model, OrderedDict())
    if layer not in known:
        texts = [one.text for each in passages.read() for one in each.excerpts]
        ids = [scene.model.vocabulary.encode(text) for text in texts]
        counted = sum(p.numel() for block in decoder.blocks[: layer + 1] for p in block.parameters())
        length = figure.length_of(counted, len(ids), most=min(96, scene.model.dims.n_ctx, *map(len, ids)))
        rows = torch.tensor([row[:length] for row in ids])
        known[layer] = figure.task_of(*figure.read_and_written(decoder, rows, layer, scene.ticks("Training steps")))
        while len(known) > KEPT_TASKS:
            known.popitem(last=False)
    return known[layer]


def _settings(scene: Scene) -> Settings:
    n = scene.number("experts", 8, 2, 32)
    return Settings(
        n_experts=n,
        k=min(n, scene.number("k", 1, 1, 4)),
        method=scene.choice("method", "loss", METHODS),  # pyright: ignore[reportArgumentType]
        alpha=scene.number("alpha", 0.01, 0.0, 1.0),
        z=scene.number("z", 0.0, 0.0, 0.1),
        rate=scene.number("rate", 0.01, 0.0, 0.1),
        steps=scene.number("steps", 300, 50, 600),
    )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Products as small as these take three times the processor's time when two threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train(scene: Scene, task: Task, settings: Settings, seed: int, done: int, total: int) -> Run:
    known = _RUNS.setdefault(scene.model, OrderedDict())
    key = (scene.layer, settings, seed)
    if key not in known:

        def tick(step: int, _: int) -> None:
            if step % 10 == 0:
                scene.progress("Training steps", done + step, total)

        with _one_thread():
            known[key] = train_router(task, settings, torch.Generator().manual_seed(seed), tick)
    known.move_to_end(key)
    while len(known) > KEPT_RUNS:
        known.popitem(last=False)
    return known[key]


def _pair(scene: Scene) -> tuple[Task, Run, Run, int]:
    """Task, the training without a counterweight, the chosen one, and their seed."""
    settings, seed = _settings(scene), scene.number("seed", 0, 0, 2**31 - 1)
    with _LOCK:
        task = _task(scene)
        bare = replace(settings, method="none", alpha=0.0, rate=0.0)
        plain = _train(scene, task, bare, seed, 0, 2 * settings.steps)
        unused = {"alpha": 0.0} if settings.method != "loss" else {}
        unused |= {"rate": 0.0} if settings.method != "bias" else {}
        chosen = _train(scene, task, replace(settings, **unused), seed, settings.steps, 2 * settings.steps)
    return task, plain, chosen, seed


def _common(scene: Scene, task: Task, seed: int) -> dict[str, Any]:
    s = _settings(scene)
    return {
        "layer": scene.layer, "tokens": len(task.x), "held": len(task.x_held), "d_model": task.x.shape[1],
        "method": s.method, "alpha": s.alpha, "z": s.z, "rate": s.rate, "experts": s.n_experts, "k": s.k,
        "steps": s.steps, "batch": s.batch, "d_expert": s.d_expert, "seed": seed,
    }  # fmt: skip


def training(scene: Scene) -> Rendered:
    task, plain, chosen, seed = _pair(scene)
    s, runs = chosen.settings, (plain, chosen)
    with _one_thread():
        again = train_router(task, s, torch.Generator().manual_seed(seed), stop=AGAIN)
    assert isinstance(plain.routing, Routing)
    checks = (
        Check(
            f"Balance loss = n Σ f P from the counts in float64, {2 * s.steps:,} steps",
            max(map(figure.balance_error, runs)),
            1e-5 * s.n_experts,
            "largest error",
        ),
        Check("f sums to k at each of them", max(map(figure.sum_error, runs)), 0.0, "largest difference"),
        Check(f"An even router scores k = {s.k}", figure.uniform_error(s.n_experts, s.k), 1e-12),
        Check(
            f"Autograd’s slope is (n/T) p (f − Σ f p), {len(task.x_held)} held-out tokens: it flows through P alone",
            figure.gradient_error(plain.routing.logits, s.k),
            1e-10,
            "relative error",
        ),
        Check(
            f"{AGAIN} steps trained anew with the same seed are the same",
            figure.repeat_error(chosen, again),
            0.0,
            "difference",
        ),
    )
    data = _common(scene, task, seed) | {"plain": figure.shown(plain), "chosen": figure.shown(chosen)}
    return Rendered(data, checks, title=f"{s.n_experts} experts learn layer {scene.layer}’s feed-forward")


def price(scene: Scene) -> Rendered:
    task, plain, chosen, seed = _pair(scene)
    rows, exact = {}, []
    for name, run in (("plain", plain), ("chosen", chosen)):
        rows[name] = {"loss": run.loss.float(), "end": figure.ending(run), "limits": None}
        if isinstance(run.routing, Routing):
            rows[name]["limits"] = [figure.with_capacity(run, task, factor) for factor in figure.FACTORS]
            exact += [figure.drop_error(run, factor) for factor in figure.FACTORS]
    check = Check(
        f"Pairs dropped from {len(task.x_held)} held-out tokens = what the counts exceed, {len(exact)} limits",
        max(exact),
        0.0,
        "largest difference",
    )
    return Rendered(_common(scene, task, seed) | rows | {"factors": list(figure.FACTORS)}, (check,))


def recorded(_scene: Scene) -> Rendered:
    found = {name: figure.recorded(shelf_folder() / name / "loss.csv") for name in TWINS}
    curves = {name: curve for name, curve in found.items() if curve is not None}
    data = {"models": [{"name": name, **curve} for name, curve in curves.items()], "missing": len(TWINS) - len(curves)}
    order = [
        not idlest <= busiest
        for curve in curves.values()
        for idlest, busiest in zip(curve["idlest"], curve["busiest"], strict=True)
    ]
    check = Check(f"Idlest at most busiest at {len(order):,} stored points", float(sum(order)), 0.0, "exceptions")
    return Rendered(data, (check,) if order else ())
