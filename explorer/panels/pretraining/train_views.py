"""Train: the run that the controls describe, and the range test of its rate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from explorer.errors import BadRequestError
from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.pretraining import rate_finder, run_peers, run_states
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.rate_finder import Found
from explorer.experiments.pretraining.run_texts import RunTexts
from explorer.experiments.pretraining.run_training import Trained, trained
from explorer.experiments.pretraining.small_run import INITIAL, Change, Shape, SmallRun, changes_of
from explorer.figures.pretraining import train as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

NONE = "none"
NAMES = {"adamw": "torch’s Adam", "sgd": "torch’s SGD", "muon": "torch’s Muon and AdamW", "lion": "the paper’s program"}
#: Of what weights have moved by; Muon iterates in bfloat16. Of losses, relative, and of the held-out loss.
STEPPED, ROUNDED, LOSSES, HELD = 1e-3, 3e-2, 5e-3, 1e-4


def described(scene: Scene) -> SmallRun:
    """The run of the controls that both views have. Raises BadRequestError for changes that cannot be read."""
    heads = scene.whole("heads")
    shape = Shape(
        layers=scene.whole("layers"),
        width=scene.whole("width"),
        heads=heads,
        kv_heads=math.gcd(heads, scene.whole("kv_heads")),
        experts=scene.whole("experts"),
        vocabulary=scene.one_of("vocabulary", ("bytes", "bpe")),
    )
    return SmallRun(
        shape=shape,
        text=scene.text("text") or SmallRun.text,
        optimizer=scene.one_of("optimizer"),
        rows=scene.whole("rows"),
        context=scene.whole("context"),
        seed=scene.whole("seed"),
    )


def _run(scene: Scene) -> SmallRun:
    made = replace(
        described(scene),
        rate=scene.real("rate"),
        schedule=scene.one_of("schedule"),
        warmup=scene.real("warmup"),
        decay=scene.real("decay"),
        weight_decay=scene.real("weight_decay"),
        clip=scene.real("clip"),
        steps=scene.whole("steps"),
    )
    said = scene.text("changes")
    return made if said in ("", NONE) else replace(made, changes=tuple(_read(scene, each) for each in changes_of(said)))


def _read(scene: Scene, change: Change) -> Change:
    """The change with the nearest value that the control takes."""
    control = scene.declared_control(change.what)
    value = control.read(str(change.value))
    if control.kind == "choice" and str(value) != str(change.value):
        raise BadRequestError(f"“{change.text[:60]}” is no change of a run.", f"It takes {control.takes}.")
    assert value is not None
    return replace(change, value=value)


def run(scene: Scene) -> Iterator[Rendered[figure.TrainedRun]]:
    live, keeper = _live(scene, _run(scene)), Keeper(scene.recipe)
    trainings = Trainings([live], live, live.texts.tokenizer)
    for made in trained(live, scene.progress):
        if not made.seconds:  # what it has gone on from
            keeper.find(live)
        kept = keeper.keep(trainings)
        yield Rendered(figure.run(made, kept), _checks(made) if made.done else ())


def run_trainings(scene: Scene) -> Trainings:
    live = _live(scene, _run(scene))
    return Trainings([live], live, live.texts.tokenizer, lambda most: run_states.go_on(live, most))


def _live(scene: Scene, run: SmallRun) -> LiveRun:
    return LiveRun(run, RunTexts(run, scene.texts, scene.progress))


def _checks(made: Trained) -> tuple[Check, ...]:
    live, first = made.run, made.run.described.at(0)
    found: list[Check] = []
    if live.losses:
        spread = INITIAL * math.sqrt(first.shape.width)
        found = [
            Check(
                f"Before the first step the loss is ln {live.texts.d_vocab}, within the spread of the first logits",
                abs(live.losses[0] - math.log(live.texts.d_vocab)), spread, "nats",
            ),
            Check(
                f"The first {run_peers.STEPS} steps = those of {NAMES[first.optimizer]} on the same windows",
                run_peers.first_steps(live.described, live), ROUNDED if first.optimizer == "muon" else STEPPED,
                "of what the weights moved by",
            ),
            Check(
                "The tokens of each step, counted in its windows = what the curve adds",
                run_peers.tokens_counted(live), 0.0, "tokens",
            ),
        ]  # fmt: skip
    if live.steps_measured[-1:] == [live.progress.step] and made.stopped is None:
        ours, theirs = live.progress.evaluations[-1].mean, run_peers.held_by_transformers(live)
        kind = "Mixtral" if first.shape.experts else "Llama"
        statement = f"The held-out loss at the end = that of transformers’ {kind} with the same weights"
        found.append(Check(statement, abs(ours - theirs), HELD, "nats"))
    return tuple(found)


def finder(scene: Scene) -> Iterator[Rendered[figure.RateRange]]:
    asked = rate_finder.described(described(scene))
    for found in rate_finder.rates_tried(asked, RunTexts(asked, scene.texts, scene.progress), scene.progress):
        yield Rendered(figure.finder(found), _finder_checks(found) if found.ended else ())


def _finder_checks(found: Found) -> tuple[Check, ...]:
    steps = min(rate_finder.COMPARED, len(found.losses))
    return (
        Check(
            f"The losses of the first {steps} steps = those of {NAMES[found.run.described.optimizer]}, whose rates "
            "torch’s scheduler multiplies",
            rate_finder.peer_error(found), LOSSES, "largest relative difference",
        ),
    )  # fmt: skip
