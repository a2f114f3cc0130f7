"""Fine-grained and shared experts: the same work a token, cut into more and narrower experts."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.architectures import expert_granularity as trained
from explorer.experiments.shelf_course import KINDS
from explorer.figures.architectures import expert_granularity as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


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
    for made in trained.granularity(_asked(scene), scene.progress):
        yield Rendered(figure.shown(made), _checks(made) if made.done else ())  # what has its checks is whole


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
