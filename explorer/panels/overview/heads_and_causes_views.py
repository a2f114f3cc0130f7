"""Heads and causes: direct attribution of every head against the measured effect of removing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.overview.heads_and_causes import Removals, removals, some_removed, whole_run
from explorer.figures.overview import heads_and_causes as figure
from explorer.figures.overview.measured import Kind, Measured
from explorer.figures.overview.why import Contrast
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.tracing import induction_scores
from explorer.tracing.derived.baseline import explained

#: Heads whose way from the unchanged run is drawn.
MOVED = 10
#: What a removal moves, by what shares are measured over.
MOVES: dict[Kind, str] = {
    "others": "the target’s log odds",
    "mean": "the lead",
    "rival": "the lead",
    "raw": "the logit",
}


def scatter(scene: Scene) -> Iterator[Rendered[figure.HeadsAndCauses]]:
    trace, at, target = scene.trace, scene.position, scene.target
    found = trace.attribution(at, target, scene.over)
    scores = trace.head_scores()
    base, also = _before(scene, found.heads)
    kinds = figure.KindsOfHeads(
        previous=scores.previous, sink=scores.sink, entropy=scores.entropy_bits, induction=induction_scores(scene.model)
    )
    p = float(trace.logits[at].double().softmax(-1)[target])
    about = (
        f"Across: how far each head pushes “{scene.model.vocabulary.label(target)}” directly. Up: what its removal "
        "changes. On the dashed line a removal takes away exactly the direct push. The removal of a head far from it "
        "also acts through later blocks that read it, through earlier positions, or through the final norm's divisor."
    )
    contrast = Contrast.of(trace, at, target)
    for step in removals(scene.model, trace, at, target, scene.over, scene.ticks("Heads removed")):
        data = figure.HeadsAndCauses(
            position=at, target=target, p=p, measured=Measured.of(found), direct=found.heads, contrast=contrast,
            effect=step.change, kl=step.kl, p_ablated=step.probability, scores=kinds, base=base,
        )  # fmt: skip
        made = Rendered(data, token_ids=[target], about=about)
        yield made if step.redone is None else replace(made, checks=(*_checks(scene, step), *also))


def _before(scene: Scene, now: Float[Tensor, "layer head"]) -> tuple[figure.HeadsBefore | None, tuple[Check, ...]]:
    """The run beside this one: every direct share, and the removal of the heads whose share moved most."""
    if scene.beside is None:  # measuring every removal there too would take as long again
        return None, ()
    (other, there), target = scene.beside, scene.target
    before, model = other.attribution(there, target, scene.over).heads, scene.against_model
    moved = figure.most_moved(now, before, MOVED)
    places = [divmod(head, other.dims.n_heads) for head in moved]
    ticks = scene.ticks("Heads removed in the other run")
    effect, kl = some_removed(model, other, there, target, places, scene.over, ticks)
    p = float(other.logits[there].double().softmax(-1)[target])
    base = figure.HeadsBefore(direct=before, moved=moved, effect=effect, kl=kl, p=p)
    if not moved:
        return base, ()
    (layer, head), here = places[0], float(effect[0])
    now, then = whole_run(model, other, there, layer, head), other.logits[there]
    whole = float(explained(now, target, scene.over) - explained(then, target, scene.over))
    name = head_name(layer, head)
    told = f"In the other run, {name} off in a whole run moves {MOVES[_kind(scene)]} by {whole:+.3f}, as here"
    return base, (Check(told.replace("-", "−"), abs(here - whole), 2e-3, "difference"),)


def _kind(scene: Scene) -> Kind:
    over = scene.over
    return over if isinstance(over, str) else "rival"


def _checks(scene: Scene, measured: Removals) -> tuple[Check, ...]:
    dims, found, redone = (
        scene.trace.dims,
        scene.trace.attribution(scene.position, scene.target, scene.over),
        measured.redone,
    )
    assert redone is not None
    effect = float(measured.change[redone.layer, redone.head])
    n = dims.n_layers * dims.n_heads
    return (
        Check(
            f"{n} head shares add up to the {dims.n_layers} attention shares",
            figure.shares_error(found.heads, found.attn_bias, found.attn),
            1e-3,
            "largest error",
        ),
        Check(
            f"{head_name(redone.layer, redone.head)} off in a whole run of the model moves {MOVES[_kind(scene)]} by "
            f"{redone.change:+.3f}, as here".replace("-", "−"),
            abs(effect - redone.change),
            2e-3,
            "difference",
        ),
    )
