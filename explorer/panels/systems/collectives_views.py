"""Collectives: ring and tree step by step on real processes, and their bytes against the formula."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.systems import collectives as experiment
from explorer.figures.systems import collectives as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.parallelism.collectives import ALGORITHMS
from explorer.stack.worst import worst

#: Bytes beyond the payload: headers of packets and of messages, in long vectors.
HEADERS = 0.03
#: From here on a vector is long.
LONG = 1 << 20


def steps(scene: Scene) -> Rendered[figure.CollectiveSteps]:
    made = experiment.walked(scene.whole("ranks"), scene.ticks("Collectives"))
    checks = (
        Check("Every rank ends with the sum, or the pieces, of all", worst(each.error for each in made), 0.0,
              "largest difference"),
        Check("Bytes that each rank handed over = the formula", float(sum(each.off for each in made)), 0.0, "bytes"),
    )  # fmt: skip
    return Rendered(figure.steps(made), checks)


def bytes(scene: Scene) -> Iterator[Rendered[figure.CollectiveBytes]]:  # noqa: A001 - the view's name
    sizes = [each for each in experiment.SIZES if each <= scene.whole("largest") << 20]
    for made in experiment.measured(scene.whole("ranks"), scene.ticks("Sizes"), sizes, experiment.ROUNDS):
        yield Rendered(figure.sizes(made), _checks(made) if made.whole else ())


def _checks(made: experiment.Measured) -> tuple[Check, ...]:
    off = sum(
        abs(sum(each.sent[name]) - figure.total_bytes(name, each.size, made.ranks))
        for each in made.sizes
        for name in ALGORITHMS
    )
    checks = [Check("Bytes that our collectives handed over = the formula, all sizes", float(off), 0.0, "bytes")]
    if made.counted:
        beyond = [
            abs((socket or 0) / figure.total_bytes(name, each.size, made.ranks) - 1)
            for each in made.sizes
            if each.size >= LONG
            for name, socket in each.sockets.items()
        ]
        checks.append(
            Check("Bytes on the socket = the formula, 1 MB and more", worst(beyond), HEADERS, "relative, headers too")
        )
    return tuple(checks)
