"""Which words mattered: the selected position’s answer shared out, and the way along which gradients are summed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from explorer.errors import NotApplicableError
from explorer.experiments.inside import which_words as experiment
from explorer.figures.inside import which_words as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.carried import Contrast
from explorer.stack.frontier.token_attribution import Integrated, integrated_gradients
from explorer.stack.frontier.units import Unit, units
from explorer.stack.worst import worst
from explorer.tracing.bridge.hooking import RUNNING

#: Tokens of a text that is shared out; numbers of steps whose sums are compared.
MOST = 256
COUNTS = (4, 8, 16, 32, 64)


def words(scene: Scene) -> Iterator[Rendered[figure.WhichWords]]:
    metric, game = _game(scene)
    ids, rival = game.ids, _rival(metric)
    unit = scene.one_of("unit", get_args(Unit))
    groups = units([scene.model.vocabulary.bytes(each) for each in ids.tolist()], unit)
    n = len(ids)
    patterns = [pattern[:, :n, :n] for pattern in scene.trace.pattern]
    steps = experiment.share_out(game, groups, patterns, scene.whole("steps"), scene.whole("orders"), scene.progress)
    made = None
    for made in steps:
        yield _shown(scene, figure.shared(made, scene.target, rival))
    assert made is not None
    made = experiment.again(scene.model, game, made, metric)
    yield replace(_shown(scene, figure.shared(made, scene.target, rival)), checks=_checks(scene, made))


def path(scene: Scene) -> Iterator[Rendered[figure.WordPath]]:
    metric, game = _game(scene)
    rival, found = _rival(metric), dict[int, Integrated]()
    named = [scene.target, *(() if rival is None else (rival,))]
    shown = None
    for count in COUNTS:
        with RUNNING:
            found[count] = integrated_gradients(
                game.score, game.x, game.baseline, count, told=scene.ticks(f"Gradients of {count} steps")
            )
        shown = Rendered(figure.path(found, scene.target, rival, game.nothing), token_ids=named, note=scene.left_out)
        if count < COUNTS[-1]:
            yield shown
    assert shown is not None
    error = experiment.slope_error(scene.model, game, found[COUNTS[-1]], metric)
    statement = "The gradients’ sum = the slope of the model’s own runs, at three points of the way"
    yield replace(shown, checks=(Check(statement, error, 5e-2, "largest relative error"),))


def _game(scene: Scene) -> tuple[Contrast, experiment.Game]:
    """Raises NotApplicableError for a text that is too long."""
    at, target = scene.position, scene.target
    if at + 1 > MOST:
        raise NotApplicableError(
            f"The {at + 1} tokens up to the selected one are too many: up to {MOST} are shared out.",
            "Choose an earlier token.",
        )
    score = scene.one_of("score")
    rival = None
    if score == "contrast":
        chosen = scene.over
        first, second = scene.trace.logits[at].topk(2).indices.tolist()
        rival = chosen if isinstance(chosen, int) else second if first == target else first
    metric = Contrast(target, rival, log=score == "log_prob")
    absent = scene.one_of("absent", get_args(experiment.Absent))
    with RUNNING:
        return metric, experiment.play(scene.decoder, scene.trace.ids[: at + 1], metric, absent)


def _rival(metric: Contrast) -> int | None:
    return metric.rival if isinstance(metric.rival, int) else None


def _shown(scene: Scene, data: figure.WhichWords) -> Rendered[figure.WhichWords]:
    named = {*data.ids.tolist(), data.target, *(() if data.rival is None else (data.rival,))}
    return Rendered(data, token_ids=named, note=scene.left_out)


def _checks(scene: Scene, made: experiment.Shared) -> tuple[Check, ...]:
    redone = made.redone
    assert redone is not None
    left, slope = (
        next(each.shares for each in made.methods if each.method == name) for name in ("left_out", "gradient")
    )
    ids = made.game.ids[made.groups[redone.unit]].tolist()
    name = "".join(scene.model.vocabulary.label(each) for each in ids)[:40]
    return (
        Check(
            f"Without “{name}”, the model’s own run loses as much as here",
            abs(float(left[redone.unit]) - redone.left_out), 2e-3, "difference",
        ),
        Check(
            "The gradients’ sum = the slope of two of the model’s own runs, 1 % of the way forth and back",
            abs(float(slope.double().sum()) - redone.slope) / worst(1.0, abs(redone.slope)), 2e-2, "relative error",
        ),
    )  # fmt: skip
