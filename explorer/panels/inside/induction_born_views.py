"""Induction is born: an attention-only model is trained until a head continues what repeats."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inside import induction_born as experiment
from explorer.experiments.inside import induction_kept
from explorer.figures.inside import induction_born as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Steps that are trained a second time.
AGAIN = 5
#: Of the induction head's score, what the recording may leave it without the two heads that its keys read most.
LEFT = 0.5


def recorded(_: Scene) -> Rendered[figure.InductionBorn]:
    kept = induction_kept.stored()
    steps = kept.curves[0].step[-1]
    statement = (
        "Without the two heads that its keys read most the induction head keeps under half of its score, each seed"
    )
    shares = worst(induction_kept.kept_without(each) for each in kept.of(experiment.TWO))
    data = figure.induction_born(kept.curves, kept.pictures, steps, kept.machine)
    return Rendered(data, (Check(statement, shares, LEFT, "share kept"),))


def live(scene: Scene) -> Iterator[Rendered[figure.InductionBorn]]:
    asked = experiment.Asked(scene.whole("steps"), scene.whole("seed"), scene.real("std"))
    for made in experiment.trainings(asked, scene.progress):
        curves = [induction_kept.curve(arm, asked.seed) for arm in made]
        data = figure.induction_born(curves, induction_kept.pictures(made[0]), asked.steps)
        yield Rendered(data, _checks(made, asked) if made[0].cause else ())


def _checks(made: list[experiment.Arm], asked: experiment.Asked) -> tuple[Check, ...]:
    return (
        Check(
            "The induction head’s scores, added up from what wrote its keys, give its attention",
            experiment.score_error(made[0]), 1e-5, "difference",
        ),
        Check(
            "Left out of the run, the previous-token head changes the logits as with W_O = 0",
            experiment.left_out_error(made[0]), 1e-5, "relative error",
        ),
        Check(
            f"The first {AGAIN} steps trained again with the same seed are the same",
            experiment.repeat_error(made, asked, AGAIN), 0.0, "difference",
        ),
    )  # fmt: skip
