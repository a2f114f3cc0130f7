"""What filtering buys: two trainings on as many bytes, with a filter and without."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.pretraining import filtering as trained
from explorer.experiments.shelf_course import Bytes
from explorer.figures.pretraining import filtering as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def _asked(scene: Scene) -> trained.Asked:
    return trained.Asked(
        filter=scene.one_of("filter", trained.FILTERS),
        steps=scene.whole("steps"),
        seeds=scene.whole("seeds"),
        seed=scene.whole("seed"),
    )


def training(scene: Scene) -> Iterator[Rendered[figure.FilteringTraining]]:
    keeper = Keeper(scene.recipe)
    for made in trained.filtering(_asked(scene), scene.progress):
        kept = keeper.keep(_trainings(made))
        yield Rendered(figure.shown(made, kept), _checks(made) if made.done else ())  # what has its checks is whole


def training_trainings(scene: Scene) -> Trainings:
    return _trainings(trained.beginning(_asked(scene)))


def _trainings(made: trained.Filtering) -> Trainings:
    """The first seed's: a checkpoint's name holds no other."""
    return Trainings(made.arms[: len(trained.ARMS)], made.course, Bytes.tokenizer)


def _checks(made: trained.Filtering) -> tuple[Check, ...]:
    read = made.sample.numel()
    return (
        Check(
            "No held-out document stands in the crawl, letter by letter",
            float(trained.held_out_again(made.asked.seed)), 0.0, "documents",
        ),
        Check(
            f"The first {min(trained.AGAIN, made.asked.steps)} steps trained again with the same seed are the same",
            trained.repeat_error(made), 1e-6, "largest difference of a loss",
        ),
        Check(
            f"The filtered side’s decoder in transformers’ Llama: the same logits, {read:,} bytes",
            trained.library_error(made.arms[1].model, made.sample), 1e-3, "largest difference",
        ),
    )  # fmt: skip
