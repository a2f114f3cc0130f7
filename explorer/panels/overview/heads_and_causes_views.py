"""Heads and causes: direct attribution of every head against the measured effect of removing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.overview.heads_and_causes import Removals, removals, some_removed, whole_run
from explorer.figures.overview import heads_and_causes as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.tracing import induction_scores

#: Heads whose way from the unmodified run is drawn.
MOVED = 10


def scatter(scene: Scene) -> Iterator[Rendered[figure.HeadsAndCauses]]:
    trace, at, target = scene.trace, scene.position, scene.target
    found = trace.attribution(at, target)
    scores = trace.head_scores()
    base, also = _before(scene, found.heads)
    kinds = figure.KindsOfHeads(scores.previous, scores.sink, scores.entropy_bits, induction_scores(scene.model))
    p = float(trace.logits[at].double().softmax(-1)[target])
    about = (
        f"What each head writes toward “{scene.model.vocabulary.label(target)}” (across) and how that logit moves when "
        "the head is removed (up). The distance from the dashed line is all that moves with it: parts that read the "
        "head later, earlier positions that it fed, and the final norm's divisor, which a direct share holds fixed."
    )
    for step in removals(scene.model, trace, at, target, scene.ticks("Heads removed")):
        data = figure.HeadsAndCauses(
            at, target, p, found.heads, step.logit_change, step.kl, step.probability, kinds, base
        )
        made = Rendered(data, token_ids=[target], about=about)
        yield made if step.redone is None else replace(made, checks=(*_checks(scene, step), *also))


def _before(scene: Scene, now: Float[Tensor, "layer head"]) -> tuple[figure.HeadsBefore | None, tuple[Check, ...]]:
    """The run beside this one: every direct share, and the removal of the heads whose share moved most."""
    if scene.beside is None:  # measuring every removal there too would take as long again
        return None, ()
    (other, there), target = scene.beside, scene.target
    before, model = other.attribution(there, target).heads, scene.against_model
    moved = figure.most_moved(now, before, MOVED)
    places = [divmod(head, other.dims.n_heads) for head in moved]
    effect, kl = some_removed(model, other, there, target, places, scene.ticks("Heads removed in the other run"))
    p = float(other.logits[there].double().softmax(-1)[target])
    base = figure.HeadsBefore(before, moved, effect, kl, p)
    if not moved:
        return base, ()
    (layer, head), here = places[0], float(effect[0])
    whole = float(whole_run(model, other, there, layer, head)[target] - other.logits[there, target])
    told = f"In the run beside it, {head_name(layer, head)} off in a whole run moves the logit by {whole:+.3f}, as here"
    return base, (Check(told.replace("-", "−"), abs(here - whole), 2e-3, "difference"),)


def _checks(scene: Scene, measured: Removals) -> tuple[Check, ...]:
    dims, found, redone = scene.trace.dims, scene.trace.attribution(scene.position, scene.target), measured.redone
    assert redone is not None
    effect = float(measured.logit_change[redone.layer, redone.head])
    n = dims.n_layers * dims.n_heads
    return (
        Check(
            f"{n} head shares add up to the {dims.n_layers} attention shares",
            figure.shares_error(found.heads, found.attn_bias, found.attn),
            1e-3,
            "largest error",
        ),
        Check(
            f"Head {head_name(redone.layer, redone.head)} off in a whole run of the model moves the logit by "
            f"{redone.logit_change:+.3f}, as here".replace("-", "−"),
            abs(effect - redone.logit_change),
            2e-3,
            "difference",
        ),
    )
