"""Data parallel: a model's step shared by real processes, from data parallelism to ZeRO 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from explorer.errors import NotApplicableError
from explorer.experiments.systems import bucket_overlap as timing
from explorer.experiments.systems import data_parallel as experiment
from explorer.experiments.systems.data_parallel import Compared
from explorer.experiments.systems.parallel_subject import Name, subject
from explorer.experiments.systems.zero_rank import GROUPING
from explorer.figures.systems import bucket_overlap as bucket_figure
from explorer.figures.systems import data_parallel as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.parallelism.zero_memory import Precision
from explorer.stack.worst import worst

#: Tokens of a row that are read.
LENGTH = 64
#: Of a unit's gradient, relative to its length; the second in bfloat16, which has three digits.
EQUAL: dict[Precision, float] = {"float32": 1e-6, "mixed": 3e-2}
#: Bytes on the socket beyond the payload: headers, and what a barrier leaves.
HEADERS = 0.03


def step(scene: Scene) -> Iterator[Rendered[figure.ParallelStep]]:
    ranks, rows = scene.whole("ranks"), scene.whole("rows")
    if rows < ranks:
        raise NotApplicableError(
            f"{rows} rows leave nothing for some of {ranks} ranks.", f"Choose at least {ranks} rows, or fewer ranks."
        )
    asked = subject(scene.one_of("model", get_args(Name)), rows, LENGTH)
    precision = scene.one_of("precision", get_args(Precision))
    for made in experiment.compared(asked, ranks, precision, scene.ticks("Stages")):
        yield Rendered(figure.step(made), _checks(made) if made.done else ())


def overlap(scene: Scene) -> Rendered[bucket_figure.OverlapStep]:
    ranks, rows = scene.whole("ranks"), scene.whole("rows")
    if rows < ranks:
        raise NotApplicableError(
            f"{rows} rows leave nothing for some of {ranks} ranks.", f"Choose at least {ranks} rows, or fewer ranks."
        )
    asked = subject(scene.one_of("model", get_args(Name)), rows, LENGTH)
    if asked.config.n_experts:
        raise NotApplicableError(
            "A mixture’s routers sum their loads in every block, so that sums are not of buckets alone.",
            "Choose another model.",
        )
    made = timing.timed(asked, ranks, scene.whole("bucket") * 1024, timing.ROUNDS, scene.ticks("Ranks"))
    processes = f"{ranks} processes"
    checks = (
        Check(f"Gradients of {processes}, bucket by bucket = one process’s", made.gradients, EQUAL["float32"],
              "relative error"),
        Check(f"The loss of {processes}, each by its rows = one process’s", abs(made.loss / made.alone - 1),
              EQUAL["float32"], "relative error"),
        Check("No sum begins before its last gradient is there, or ends before all ranks began it",
              float(timing.early(made.overlapped) + timing.early(made.after)), 0.0, "sums"),
    )  # fmt: skip
    return Rendered(bucket_figure.overlap(made), checks)


def _checks(made: Compared) -> tuple[Check, ...]:
    ran, processes = made.stages, f"{made.ranks} processes"
    tolerance = EQUAL[made.precision]
    unaccounted = worst(each.unaccounted / each.moments[0][0].held.total for each in ran)
    checks = [
        Check(
            f"Gradients of {processes} = one process’s, every stage and unit",
            worst(worst(each.gradients.values()) for each in ran), tolerance, "relative error",
        ),
        Check(
            f"Loss of {processes} = one process’s",
            worst(abs(each.loss / made.alone - 1) for each in ran), tolerance, "relative error",
        ),
        Check(
            "Weights, gradients and optimizer of each rank = the formula",
            worst(each.off for each in ran), 0.0, "bytes",
        ),
        Check(
            "All living tensors of each process = the parts that are drawn, at every moment",
            unaccounted, GROUPING if made.subject.config.n_experts else 0.0, "of what it holds",
        ),
        Check(
            "Bytes that each rank sends, collective by collective = the formula",
            worst(abs(sent - each.formula) for each in ran for sent in each.sent), 0.5, "bytes",
        ),
    ]  # fmt: skip
    if made.counted:
        checks.append(
            Check(
                "Bytes on the socket = the collectives’ formulas, all ranks",
                worst(_socket(each) for each in ran), HEADERS, "relative, headers too",
            )
        )  # fmt: skip
    return tuple(checks)


def _socket(ran: experiment.Ran) -> float:
    expected = ran.ranks * sum(each.formula for each in ran.records)
    return abs((ran.socket or 0) / expected - 1)
