"""Judge: the model asked which of two answers is better, in both orders, on pairs with known truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from explorer.experiments.evaluation import judge as experiment
from explorer.figures.evaluation import judge as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Pairs whose log-odds transformers computes as well.
AGAIN, NATS = 4, 1e-3


def orders(scene: Scene) -> Iterator[Rendered[figure.JudgeOrders]]:
    model, marks = scene.model, cast("experiment.Marks", scene.one_of("marks"))
    asked = experiment.questions(scene.whole("pairs"))
    example = experiment.prompt(asked[0], asked[0].right, asked[0].wrong, marks)
    done = list[experiment.Judged]()
    for each in experiment.judged(model, asked, marks, scene.ticks("Pairs judged")):
        done.append(each)
        if len(done) < len(asked) and len(done) % AGAIN == 0:
            yield Rendered(figure.orders(model.card.title, done, len(asked), example))
    off = list[float]()
    for each in done[:: max(1, len(done) // AGAIN)][:AGAIN]:
        question, made = each.question, each.verdict
        for first, second, found in (
            (question.right, question.wrong, made.x_first),
            (question.wrong, question.right, made.y_first),
        ):
            theirs = experiment.elsewhere(model, experiment.prompt(question, first, second, marks), marks)
            off.append(abs(theirs - found))
    what = f"The log-odds of {AGAIN} pairs in both orders = those that transformers computes"
    data = figure.orders(model.card.title, done, len(asked), example)
    yield Rendered(data, (Check(what, worst(off), NATS, "largest error, nats"),))
