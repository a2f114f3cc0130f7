"""Two runs: tensors of one seed, losses of several."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.pretraining import twin_runs as trained
from explorer.experiments.pretraining.small_run import Shape, SmallRun
from explorer.experiments.shelf_course import KINDS
from explorer.figures.pretraining import twin_runs as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Of both decoders.
WIDTH, HEADS = 64, 4


def bands(scene: Scene) -> Iterator[Rendered[figure.TwinRunsBands]]:
    keeper = Keeper(scene.recipe)
    for made in trained.twin_runs(_asked(scene, 1), scene.progress, watch=True):
        kept = keeper.keep(_trainings(made))
        checks = (_numpy(made), *_checks(made)) if made.done else ()
        yield Rendered(figure.bands(made, kept), checks)


def difference(scene: Scene) -> Iterator[Rendered[figure.TwinRunsDifference]]:
    keeper = Keeper(scene.recipe)
    for made in trained.twin_runs(_asked(scene, scene.whole("seeds")), scene.progress):
        kept = keeper.keep(_trainings(made))
        yield Rendered(figure.difference(made, kept), _checks(made) if made.done else ())


def bands_trainings(scene: Scene) -> Trainings:
    return _trainings(trained.beginning(_asked(scene, 1), scene.progress))


def difference_trainings(scene: Scene) -> Trainings:
    return bands_trainings(scene)


def _trainings(made: trained.TwinRuns) -> Trainings:
    """The first seed's."""
    first, second = (side.run for side in made.pairs[0])
    return Trainings((first, second), first, made.texts.tokenizer)


def _asked(scene: Scene, seeds: int) -> trained.Asked:
    steps, what = scene.whole("steps"), scene.one_of("change")
    first = SmallRun(
        shape=Shape(layers=scene.whole("layers"), width=WIDTH, heads=HEADS, kv_heads=HEADS),
        text=scene.one_of("texts", KINDS),
        optimizer=scene.one_of("optimizer"),
        rate=scene.real("rate"),
        schedule=scene.one_of("schedule"),
        warmup=scene.real("warmup"),
        weight_decay=scene.real("weight_decay"),
        clip=scene.real("clip"),
        rows=scene.whole("rows"),
        seed=scene.whole("seed"),
        steps=steps,
    )
    name = f"to_{what}"
    kind = type(getattr(first, what))
    value = scene.one_of(name) if kind is str else scene.whole(name) if kind is int else scene.real(name)
    return trained.Asked(
        first=first, what=what, value=value, fork=scene.whole("fork", high=steps - 1), seeds=seeds
    )  # fmt: skip


def _numpy(made: trained.TwinRuns) -> Check:
    what = "The quantiles of all last weights = numpy’s"
    return Check(what, trained.numpy_error(made), 1e-6, "of the weights’ spread")


def _checks(made: trained.TwinRuns) -> tuple[Check, ...]:
    what = f"The second run by itself, its first {made.asked.fork + trained.AGAIN} steps: the same losses"
    return (
        Check(what, trained.again_error(made), 1e-6, "largest difference"),
        Check("Both trained decoders = transformers’ Llama", trained.library_error(made), 1e-3, "largest difference"),
    )
