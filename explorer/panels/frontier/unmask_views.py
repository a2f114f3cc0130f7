"""Unmask: a masked diffusion model fills the holes of a text, in an order that it chooses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from explorer.experiments.frontier import unmask_twins as twins
from explorer.experiments.frontier import unmasking as experiment
from explorer.experiments.shelf_course import DENSE
from explorer.figures.frontier import unmask as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.masked_diffusion.sampler import Format, Order, Unmasking, largest_gumbel
from explorer.stack.worst import worst


def replay(scene: Scene) -> Rendered[figure.UnmaskReplay]:
    how = Unmasking(
        steps=scene.whole("steps"),
        order=scene.one_of("order", get_args(Order)),
        blocks=scene.whole("blocks"),
        temperature=scene.real("temperature"),
    )
    asked = experiment.Asked(scene.text("text"), scene.whole("holes"), how, scene.whole("seed"))
    made = experiment.replay(asked, scene.progress)
    statement = "Probabilities of what was said = transformers’ Llama on these weights under an open mask"
    check = Check(statement, worst(experiment.confidence_error(made)), 1e-4, "difference")
    return Rendered(figure.replay(made, twins.words), (check,))


def quality(scene: Scene) -> Iterator[Rendered[figure.UnmaskQuality]]:
    from explorer import zoo

    judge = zoo.load(DENSE, scene.progress)
    numbers: Format = scene.one_of("numbers", get_args(Format))
    steps = tuple(each for each in experiment.STEPS if each <= scene.whole("most"))
    asked = experiment.Compared(scene.real("sampled"), scene.whole("each"), scene.whole("draws"), numbers, steps)
    made = list[experiment.Written]()
    for made in experiment.compare(asked, judge.decoder, scene.progress):
        yield Rendered(_quality(made, numbers))
    apart = worst(abs(experiment.judged_again(each, judge.hf) - float(each.nats[0])) for each in (made[0], made[-1]))
    statement = "The judge’s loss of the first text = transformers’ own loss on the judge’s weights"
    yield Rendered(_quality(made, numbers), (Check(statement, apart, 1e-4, "nats"),))


def _quality(made: list[experiment.Written], numbers: Format) -> figure.UnmaskQuality:
    return figure.quality(made, twins.tokenizer().decode, largest_gumbel(numbers))
