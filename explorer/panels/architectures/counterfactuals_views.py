"""Counterfactuals: what the run would have said with an expert forbidden, forced, or more or fewer of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from explorer.errors import BadRequestError, NotApplicableError
from explorer.figures.architectures import counterfactuals as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.tracing import Trace, capture
from explorer.tracing import counterfactuals as runs
from explorer.tracing.routing_edits import ForbidExpert, RoutingEdit, UseExperts

#: Tokens named for each changed run.
NAMED = 3
#: Logits are sums of some hundred float32 products, in another order where rows are many.
TOLERANCE = 1e-4


def _said(scene: Scene) -> dict[str, Any]:
    """The controls, and what they say with nothing chosen: the expert that carries most of this token."""
    dims, here, weights = scene.trace.dims, scene.layer, scene.trace.expert_weights
    if weights is None:
        raise NotApplicableError(
            "This model's experts cannot be seen: its router has no hook that is known here.",
            "Open the mixture of experts on the shelf.",
        )
    scene.trace.readout.require("routing")
    strongest = int(weights[here, scene.position].argmax())
    expert = strongest if scene.expert is None else scene.expert
    return {
        "do": scene.choice("do", "forbid", ("forbid", "force")),
        "scope": scene.choice("scope", "here", figure.SCOPES),
        "where": scene.choice("where", "all", ("all", "layer")),
        "strongest": strongest,
        "pick": scene.choice("pick", f"e{expert}", [f"k{k}" for k in range(1, dims.n_experts + 1)]),
        "new": scene.number("new", 24, 4, 96),
    }


def _edit(scene: Scene, said: dict[str, Any], pick: str) -> RoutingEdit:
    if pick[0] == "k":
        return UseExperts(None if said["where"] == "all" else scene.layer, int(pick[1:]))
    return figure.edit(said["do"], said["scope"], scene.layer, scene.position, int(pick[1:]))


def _shared(scene: Scene, said: dict[str, Any]) -> dict[str, Any]:
    trace = scene.trace
    return {
        **said,
        "position": scene.position,
        "layer": scene.layer,
        "target": scene.target,
        "tokens": len(trace.tokens),
        "prompt": trace.n_prompt,
        "experts": trace.dims.n_experts,
        "layers": trace.dims.n_layers,
        "trained": trace.dims.experts_per_token,
        "stack": [each.text for each in trace.key.interventions],
    }


def _changed(scene: Scene, edits: list[RoutingEdit]) -> list[runs.Counterfactual]:
    """The control and all changes. Raises NotApplicableError where the router cannot be edited."""
    try:
        return runs.changed_runs(scene.model, scene.trace, scene.position, [None, *edits], scene.ticks("Runs"))
    except BadRequestError as error:
        raise NotApplicableError(error.message, error.hint) from error


def stack_error(scene: Scene, made: runs.Counterfactual) -> float:
    """The same change put on the intervention stack: largest difference of the logits at the position."""
    trace, edit = scene.trace, made.edit
    assert edit is not None
    key = replace(
        trace.key,
        interventions=(*trace.key.interventions, edit),
        forced=tuple((step, taken.chosen) for step, taken in enumerate(trace.steps)),
    )
    again: Trace = capture(scene.model, key)
    return float((again.logits[scene.position] - made.logits).abs().max())


def _agreement(scene: Scene, made: runs.Counterfactual, what: str) -> Check:
    return Check(f"{what}, put on the intervention stack, gives the same logits", stack_error(scene, made), TOLERANCE)


def table(scene: Scene) -> Rendered:
    trace, said, at, pos = scene.trace, _said(scene), scene.layer, scene.position
    assert trace.expert_weights is not None
    assert trace.router_logits is not None
    do, scope, before = said["do"], said["scope"], trace.logits[pos]
    experts = figure.tried(trace.router_logits, scope, at, pos)
    used = figure.uses(trace.expert_weights, scope, at, pos)
    made = _changed(scene, [figure.edit(do, scope, at, pos, x) for x in experts])
    rows = [figure.numbers(one, before, scene.target, NAMED) for one in made]
    for row, expert in zip(rows[1:], experts, strict=True):
        use = used[expert]
        row |= {"expert": expert, "weight": use.weight, "in_layers": use.layers, "in_places": use.places}
    strongest = max(made[1:], key=lambda one: figure.divergence(before, one.logits))
    idle = [one for one, x in zip(made[1:], experts, strict=True) if do == "forbid" and not used[x].places]
    same = max(one.moved for one in [made[0], *idle])
    rest = f" and {len(idle)} forbidden expert{'s' * (len(idle) != 1)} that nothing here takes" if idle else ""
    data = {**_shared(scene, said), "rows": rows, "before": float(before.double().log_softmax(-1)[scene.target].exp())}
    token = f"for “{scene.model.vocabulary.label(trace.tokens[pos].id)}”"
    where = {
        "here": f"{token} in layer {at}",
        "layer": f"in layer {at}",
        "token": f"{token} in all layers",
        "all": "everywhere",
    }[scope]
    rule = (
        "Its score is set to −∞ and the next best takes its place"
        if do == "forbid"
        else "All other scores are set to −∞ and it alone does the block’s work"
    )
    return Rendered(
        data,
        (
            Check(f"The untouched row{rest} change{'' if idle else 's'} no logit", same, TOLERANCE, "largest change"),
            _agreement(scene, strongest, "The row that changes most"),
            Check(f"No KL of {len(made)} below zero", figure.below_zero(made, before), 1e-9, "largest shortfall"),
        ),
        token_ids={scene.target, trace.tokens[pos].id, *(i for row in rows for i in row["ids"])},
        title=f"{'Forbid' if do == 'forbid' else 'Force'} one expert {where}",
        about=f"{rule}; the model runs again for each expert, and the row says what becomes of the next token "
        "and of the text.",
    )


def depth(scene: Scene) -> Rendered:
    trace, said, pos = scene.trace, _said(scene), scene.position
    assert trace.expert_weights is not None
    taken = figure.taken(trace.expert_weights, pos)
    made = _changed(scene, [ForbidExpert(one.layer, pos, one.expert) for one in taken])
    before = trace.logits[pos]
    cells = [
        {**figure.numbers(run, before, scene.target, 1), **vars(one)} for run, one in zip(made[1:], taken, strict=True)
    ]
    strongest = max(made[1:], key=lambda run: figure.divergence(before, run.logits))
    checks = (
        Check("The untouched row changes no logit", made[0].moved, TOLERANCE, "largest change"),
        _agreement(scene, strongest, "The one that matters most, forbidden"),
    )
    token = scene.model.vocabulary.label(trace.tokens[pos].id)
    data = {**_shared(scene, said), "cells": cells, "top": int(before.argmax())}
    return Rendered(
        data,
        checks,
        token_ids={trace.tokens[pos].id, data["top"], *(cell["ids"][0] for cell in cells)},
        title=f"The experts that “{token}” needs",
    )


def counts(scene: Scene) -> Rendered:
    trace, said, pos = scene.trace, _said(scene), scene.position
    assert trace.router_logits is not None
    layer = None if said["where"] == "all" else scene.layer
    before, trained = trace.logits[pos], trace.dims.experts_per_token
    numbers = figure.counts(trace.dims.n_experts, trained)
    made = _changed(scene, [figure.count_edit(layer, k) for k in numbers])
    rows = [figure.numbers(one, before, scene.target, NAMED) for one in made]
    logits = trace.router_logits if layer is None else trace.router_logits[layer : layer + 1]
    for row, k in zip(rows[1:], numbers, strict=True):
        row |= {"k": k, "kept": figure.kept_share(logits, k)}
    checks, own = [], figure.experts_used(trace, layer)
    if own in numbers:
        statement = f"{own} expert{'s' * (own != 1)} a token, as in the run, changes no logit"
        checks.append(Check(statement, made[1 + numbers.index(own)].moved, TOLERANCE, "largest change"))
    else:
        checks.append(Check("The untouched row changes no logit", made[0].moved, TOLERANCE, "largest change"))
    other = max(made[1:], key=lambda one: one.moved)
    checks.append(_agreement(scene, other, f"{numbers[made.index(other) - 1]} a token"))
    data = {**_shared(scene, said), "rows": rows, "own": own}
    ids = {scene.target, *(i for row in rows for i in row["ids"])}
    return Rendered(data, tuple(checks), token_ids=ids)


def continuation(scene: Scene) -> Rendered:
    trace, said, pos = scene.trace, _said(scene), scene.position
    edit, new = _edit(scene, said, said["pick"]), said["new"]

    def tell(half: int) -> Any:
        return lambda done, _total: scene.progress("Runs", half * new + done, 2 * new)

    try:
        plain = runs.continue_greedily(scene.model, trace, pos, (), new, tell(0))
        other = runs.continue_greedily(scene.model, trace, pos, (edit,), new, tell(1))
    except BadRequestError as error:
        raise NotApplicableError(error.message, error.hint) from error
    part = figure.parting(plain.ids, other.ids)
    sides = {name: figure.written(one, NAMED + 2) for name, one in (("plain", plain), ("changed", other))}
    read = min(part + 1, len(plain.ids), len(other.ids))  # up to where they part both have read the same text
    data = {
        **_shared(scene, said),
        "edit": edit.text,
        "label": edit.label,
        "parting": part,
        "kl": [max(0.0, figure.divergence(plain.logits[i], other.logits[i])) for i in range(read)],
        "context": [token.id for token in trace.tokens[max(0, pos - 7) : pos + 1]],
        **sides,
    }
    ids = {i for side in sides.values() for step in side for i in (step["id"], *step["ids"])}
    error = max(plain.error, other.error)
    check = Check(
        f"Both texts read again in one pass give the {len(plain.ids) + len(other.ids)} steps’ logits", error, TOLERANCE
    )
    return Rendered(data, (check,), token_ids={*ids, *data["context"]})
