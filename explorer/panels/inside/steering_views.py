"""Steering: any direction of the stream added to a run, at several strengths, beside placebos of the same length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.inside import steering as experiment
from explorer.experiments.inside.one_token import one_token
from explorer.experiments.inside.steering import Steered
from explorer.figures.inside import steering as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.tracing import AddToken, TraceKey, capture, parse_intervention
from explorer.tracing.capturing.capture import vector_of
from explorer.tracing.changes.direction_edits import Contrast, Steer
from explorer.zoo.directions import RANDOM

#: Nats of a surprise; of the logits as a part of the largest.
NATS, RELATIVE = 1e-3, 1e-4


def curve(scene: Scene) -> Iterator[Rendered[figure.Steering]]:
    trace = scene.trace
    ids = trace.ids[: trace.n_prompt]
    if not 1 < len(ids) <= experiment.MOST:
        raise NotApplicableError(
            f"The prompt has {len(ids)} tokens; 2 to {experiment.MOST} are continued here.", "Write another prompt."
        )
    edit, on_stack = _direction(scene)
    try:
        vector = vector_of(scene.model, edit, trace.key.chat)
    except BadRequestError as error:
        raise NotApplicableError(error.message, error.hint) from error
    source = edit.label if on_stack else f"from “{scene.text('less')}” to “{scene.text('more')}”"
    shares, made = experiment.SHARES, None
    for done, made in enumerate(experiment.steered(scene.decoder, ids, edit.layer, vector, shares), 1):
        scene.progress("Strengths tried", done, len(shares))
        watched, note = one_token(scene.model, scene.text("watch"), experiment.raised(made))
        data = figure.steering(made, source, on_stack, watched, _changes(edit, vector))
        checks = _checks(scene, made, data) if done == len(shares) else ()
        named = [watched, *(each for row in data.rows for each in row.ids.tolist())]
        yield Rendered(data, checks, named, note=" ".join(each for each in (note, _note(scene, on_stack)) if each))


def _direction(scene: Scene) -> tuple[AddToken | Steer | Contrast, bool]:
    """The last one that the page's interventions add, or the one between the two texts."""
    added = [each for each in scene.trace.key.interventions if isinstance(each, AddToken | Steer | Contrast)]
    if added:
        return added[-1], True
    return Contrast(scene.layer, None, 1.0, scene.text("more"), scene.text("less")), False


def _note(scene: Scene, on_stack: bool) -> str:
    if on_stack:
        return "The last direction among the interventions is measured, by itself; without one, that between two texts."
    return scene.left_out


def _changes(edit: AddToken | Steer | Contrast, vector: Tensor) -> Callable[[str, float], str | None]:
    """The intervention that adds the direction, or a placebo, in that length at every token.

    None for the mixture, which has no name."""
    per = edit.amount / float(vector.norm())

    def change(name: str, length: float) -> str | None:
        if name == "direction":
            return replace(edit, position=None, amount=float(f"{per * length:.6g}")).text
        return Steer(name, edit.layer, None, float(f"{length:.6g}")).text if RANDOM.fullmatch(name) else None

    return change


def _checks(scene: Scene, made: Steered, data: figure.Steering) -> tuple[Check, ...]:
    """transformers' surprise of every text, and the run of the page's engine with the same change."""
    trace, errors = scene.trace, []
    ids = trace.ids[: trace.n_prompt].tolist()
    for row in data.rows:
        whole = torch.tensor([[*ids, *row.ids.tolist()]])
        labels = whole.clone()
        labels[:, : len(ids)] = -100
        with torch.inference_mode():
            errors.append(abs(float(scene.model.hf(whole, labels=labels, use_cache=False).loss) - row.surprise))
    row = next(each for each in data.rows if each.name == "direction" and each.share == 0.25)
    assert row.change is not None
    key = TraceKey(trace.key.model, trace.key.text, trace.key.chat, interventions=(parse_intervention(row.change),))
    theirs = capture(scene.model, key).logits[-1].log_softmax(-1)
    ours = made.by_share[0.25][0].first
    return (
        Check("The surprise of every text = what transformers computes of it", worst(errors), NATS, "difference, nats"),
        Check(
            "The direction among the page’s interventions gives the same next token, all log-probabilities",
            float((theirs - ours).abs().max() / ours.abs().max()), RELATIVE * 10, "as a part of the largest",
        ),
    )  # fmt: skip
