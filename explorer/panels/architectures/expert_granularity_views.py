"""Fine-grained and shared experts: the same work a token, cut into more and narrower experts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.experiments.architectures import expert_granularity as trained
from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.shelf_course import KINDS, Bytes
from explorer.figures.architectures import expert_granularity as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.batches import WindowCourse


def _asked(scene: Scene) -> trained.Asked:
    return trained.Asked(
        n_experts=scene.whole("experts"),
        k=scene.whole("k"),
        m=scene.whole("cut"),
        n_shared=1,
        steps=scene.whole("steps"),
        seeds=scene.whole("seeds"),
        texts=scene.one_of("texts", KINDS),
        seed=scene.whole("seed"),
    )


def training(scene: Scene) -> Iterator[Rendered[figure.GranularityTraining]]:
    keeper = Keeper(scene.recipe)
    for made in trained.granularity(_asked(scene), scene.progress):
        kept = keeper.keep(_trainings(made.arms[: len(trained.ARMS)], made.course))
        yield Rendered(figure.shown(made, kept), _checks(made) if made.done else ())  # what has its checks is whole


def training_trainings(scene: Scene) -> Trainings:
    return _trainings(*trained.beginning(_asked(scene), scene.progress))


def _trainings(arms: Sequence[trained.Arm], course: WindowCourse) -> Trainings:
    return Trainings(arms, course, Bytes.tokenizer)


def _checks(made: trained.Granularity) -> tuple[Check, ...]:
    counted = [figure.counts(arm) for arm in made.arms[: len(trained.ARMS)]]
    work = {active - router for _, active, router in counted}
    same = Check(
        "All four have the same active parameters, but for the routers",
        float(max(work) - min(work)),
        0.0,
        "difference",
    )
    shared = made.arms[len(trained.ARMS) - 1]
    read = made.sample.numel()
    theirs = Check(
        f"Shared and routed experts = HunYuan’s layer in transformers, {read:,} bytes",
        trained.library_error(shared.model, made.sample), 1e-4, "largest difference",
    )  # fmt: skip
    return (same, theirs)
