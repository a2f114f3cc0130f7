"""Fine-grained and shared experts: the same work a token, cut into more and narrower experts."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.architectures import expert_granularity as trained
from explorer.experiments.shelf_course import KINDS
from explorer.figures.architectures import expert_granularity as figure
from explorer.figures.transformer.seed_differences import ENOUGH
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def _asked(scene: Scene) -> trained.Asked:
    return trained.Asked(
        n_experts=int(scene.choice("experts", "8", ("4", "8"))),
        k=scene.number("k", 2, 1, 2),
        m=int(scene.choice("cut", "4", ("2", "4", "8"))),
        n_shared=1,
        steps=scene.number("steps", 120, 2, 480),
        seeds=scene.number("seeds", ENOUGH, 1, 8),
        texts=scene.choice("texts", "texts", KINDS),
        seed=scene.number("seed", 0, 0, 2**31 - 9),
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
