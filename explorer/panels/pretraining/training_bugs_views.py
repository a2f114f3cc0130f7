"""Gallery of bugs: a step opened, and trainings in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.pretraining import bug_evidence as opened
from explorer.experiments.pretraining import bug_peers as peers
from explorer.experiments.pretraining import training_bugs as trained
from explorer.experiments.pretraining.bug_evidence import Evidence
from explorer.experiments.shelf_course import Bytes
from explorer.figures.pretraining import training_bugs as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Of the largest step: torch's sums are in another order, and a first step is small beside its weight.
STEPPED = 1e-3
#: By bug: what is claimed besides, how it is measured, and how far it may be off.
OWN: dict[str, tuple[str, Callable[[Evidence], float], float, str]] = {
    "accumulation": (
        "Gradients accumulated row by row over tokens = transformers’ Llama on all rows at once",
        peers.rows_error, 1e-4, "largest relative difference",
    ),
    "warmup": (
        "The right rates = torch’s LinearLR, the wrong ones = transformers’ constant schedule with warm-up",
        peers.rates_error, 1e-9, "of the peak",
    ),
    "shift": (
        "The wrong loss = transformers’ own, given labels that are shifted already",
        peers.shifted_error, 1e-4, "nats",
    ),
    "packing": (
        "With the mask each document costs what it costs in a row of its own",
        peers.alone_error, 1e-3, "largest difference of a loss",
    ),
}  # fmt: skip


def evidence(scene: Scene) -> Rendered[figure.BugEvidence]:
    made = opened.evidence(_asked(scene), scene.progress)
    checks = [
        Check(
            "Both steps of all weights = torch’s Adam or AdamW",
            peers.torch_error(made),
            STEPPED,
            "of the largest step",
        )
    ]
    if made.asked.bug in OWN:
        what, measure, tolerance, word = OWN[made.asked.bug]
        checks.append(Check(what, measure(made), tolerance, word))
    return Rendered(figure.evidence(made), tuple(checks))


def curves(scene: Scene) -> Iterator[Rendered[figure.BugCurves]]:
    keeper = Keeper(scene.recipe)
    for made in trained.bugged(_asked(scene, scene.whole("seeds")), scene.progress):
        kept = keeper.keep(_trainings(made))
        yield Rendered(figure.curves(made, kept), _checks(made) if made.done else ())


def curves_trainings(scene: Scene) -> Trainings:
    return _trainings(trained.beginning(_asked(scene, scene.whole("seeds"))))


def _trainings(made: trained.Bugged) -> Trainings:
    """The first seed's."""
    return Trainings(made.arms[: len(trained.ARMS)], made.course, Bytes.tokenizer)


def _asked(scene: Scene, seeds: int = 1) -> trained.Asked:
    return trained.Asked(
        bug=scene.one_of("bug", tuple(trained.BUGS)),
        steps=scene.whole("steps"),
        seeds=seeds,
        seed=scene.whole("seed"),
        weight_decay=scene.real("decay"),
    )


def _checks(made: trained.Bugged) -> tuple[Check, ...]:
    return (
        Check(
            f"The first {min(trained.AGAIN, made.asked.steps)} steps of both trained again are the same",
            trained.repeat_error(made), 1e-6, "largest difference of a loss",
        ),
        Check(
            "The held-out loss of both = transformers’ Llama on the same documents",
            peers.held_error(made.arms[: len(trained.ARMS)]), 1e-4, "nats a byte",
        ),
    )  # fmt: skip
