"""Counterfactuals: what the run would have said with an expert forbidden, forced, or more or fewer of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from explorer.errors import NotApplicableError
from explorer.experiments.architectures import counterfactuals as experiment
from explorer.experiments.architectures import forbidden_experts as corpus
from explorer.experiments.architectures.held_out import unknown
from explorer.figures.architectures import continuations as texts
from explorer.figures.architectures import counterfactuals as figure
from explorer.figures.architectures import forbidden_experts as forbidden
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import FocusField
from explorer.stack.worst import worst
from explorer.tracing.changes.routing_edits import ForbidExpert, RoutingEdit, UseExperts
from explorer.tracing.probes.counterfactuals import Continuation, Counterfactual

#: Tokens named for each changed run.
NAMED = 3
#: Logits are sums of some hundred float32 products, in another order where rows are many.
TOLERANCE = 1e-4
DOS: tuple[figure.Do, ...] = ("forbid", "force")


def _asked(scene: Scene) -> figure.Asked:
    """The run, and the expert: with nothing chosen, the one that weighs most for this token."""
    trace, dims, weights = scene.trace, scene.trace.dims, scene.trace.expert_weights
    if weights is None:
        raise NotApplicableError(
            "The experts of this model cannot be read: its router has no known hook.",
            "Open a mixture of experts from the shelf.",
        )
    trace.readout.require("routing")
    strongest = int(weights[scene.layer, scene.position].argmax())
    return figure.Asked(
        expert=strongest if scene.expert is None else scene.expert,
        position=scene.position, layer=scene.layer, target=scene.target,
        tokens=len(trace.tokens), prompt=trace.n_prompt,
        experts=dims.n_experts, layers=dims.n_layers, trained=dims.experts_per_token,
        stack=[each.text for each in trace.key.interventions],
    )  # fmt: skip


def _opened(scene: Scene) -> tuple[Scene, int | None]:
    """Where nobody has chosen an expert or a block, the scene of the expert that this token needs most, and the
    selected block where that is another: an expert that changes nothing shows nothing."""
    if scene.expert is not None or scene.one_of("block") == "selected":
        return scene, None
    cells, _ = _needed(scene)
    most = max(cells, key=lambda cell: cell.kl)
    focus = replace(scene.focus, layer=most.layer, expert=most.expert)
    return replace(scene, focus=focus), None if most.layer == scene.layer else scene.layer


def _changed(scene: Scene, edits: list[RoutingEdit]) -> list[Counterfactual]:
    return experiment.changed(scene.model, scene.trace, scene.position, edits, scene.ticks("Runs"))


def _agreement(scene: Scene, made: Counterfactual, what: str) -> Check:
    error = experiment.stack_error(scene.model, scene.trace, scene.position, made)
    return Check(f"{what}, put on the intervention stack, gives the same logits", error, TOLERANCE)


def _untouched(made: Counterfactual) -> Check:
    return Check("The untouched row changes no logit", made.moved, TOLERANCE, "largest change")


def table(scene: Scene) -> Rendered[figure.CounterfactualTable]:
    scene, selected = _opened(scene)
    trace, asked = scene.trace, _asked(scene)
    do, scope, at = scene.one_of("do", DOS), scene.one_of("scope", figure.SCOPES), scene.layer
    assert trace.router_logits is not None
    experts = figure.tried(trace.router_logits, scope, at, scene.position)
    rows, made, moved, idle = _tried(scene, do, scope, at, experts)
    before = trace.logits[scene.position]
    strongest = max(made[1:], key=lambda one: figure.divergence(before, one.logits))
    rest = f" and {idle} forbidden expert{'s' * (idle != 1)} that no token here uses" if idle else ""
    probability = float(before.double().log_softmax(-1)[scene.target].exp())
    checks = (
        Check(f"The untouched row{rest} change{'' if idle else 's'} no logit", moved, TOLERANCE,
              "largest change"),
        _agreement(scene, strongest, "The row that changes most"),
    )  # fmt: skip
    return Rendered(
        figure.CounterfactualTable(**vars(asked), do=do, scope=scope, rows=rows, before=probability, selected=selected),
        checks,
        token_ids={scene.target, trace.tokens[scene.position].id, *_named(rows)},
        title=f"{'Forbid' if do == 'forbid' else 'Force'} one expert {_place(scene, scope)}",
        about=_rule(do),
        focus=_aimed(asked),
    )


def _tried(
    scene: Scene, do: figure.Do, scope: str, at: int, experts: list[int]
) -> tuple[list[figure.ExpertRow], list[Counterfactual], float, int]:
    """Each of these experts changed as is asked, the untouched row first; the runs; how far the rows that must change
    nothing move a logit, and how many experts are among them."""
    pos, weights = scene.position, scene.trace.expert_weights
    assert weights is not None
    before, used = scene.trace.logits[pos], figure.uses(weights, scope, at, pos)
    made = _changed(scene, [figure.edit(do, scope, at, pos, expert) for expert in experts])
    rows = [figure.ExpertRow(**vars(figure.numbers(made[0], before, scene.target, NAMED)))]
    for one, expert in zip(made[1:], experts, strict=True):
        found = figure.numbers(one, before, scene.target, NAMED)
        rows.append(figure.ExpertRow(**vars(found), expert=expert, **vars(used[expert])))
    pairs = zip(made[1:], experts, strict=True)
    idle = [one.moved for one, expert in pairs if do == "forbid" and not used[expert].in_places]
    return rows, made, worst(made[0].moved, *idle), len(idle)


def _aimed(asked: figure.Asked) -> dict[FocusField, int]:
    """The block and the expert that the view has opened on, for the other run."""
    return {"layer": asked.layer, "expert": asked.expert}


def _named(rows: Sequence[figure.ChangedRun]) -> set[int]:
    """The tokens that are named."""
    return {i for row in rows for i in row.ids}


def _place(scene: Scene, scope: str) -> str:
    token = f"for “{scene.model.vocabulary.label(scene.trace.tokens[scene.position].id)}”"
    return {
        "here": f"{token} in block {scene.layer}",
        "layer": f"in block {scene.layer}",
        "token": f"{token} in all blocks",
        "all": "everywhere",
    }[scope]


def _rule(do: figure.Do) -> str:
    rule = (
        "The router’s score of the expert is set to −∞ and the next best takes its place"
        if do == "forbid"
        else "All other scores of the router are set to −∞ and the expert alone does the block’s work"
    )
    return f"{rule}. The model runs again for each expert; each row shows how the next token and the loss change."


def depth(scene: Scene) -> Rendered[figure.NeededExperts]:
    trace, asked, pos = scene.trace, _asked(scene), scene.position
    cells, made = _needed(scene)
    before = trace.logits[pos]
    strongest = max(made[1:], key=lambda run: figure.divergence(before, run.logits))
    checks = (_untouched(made[0]), _agreement(scene, strongest, "Forbidding the expert with the largest effect"))
    token, top = scene.model.vocabulary.label(trace.tokens[pos].id), int(before.argmax())
    return Rendered(
        figure.NeededExperts(**vars(asked), cells=cells, top=top),
        checks,
        token_ids={trace.tokens[pos].id, top, *(cell.ids[0] for cell in cells)},
        title=f"The experts that “{token}” needs",
    )


def _needed(scene: Scene) -> tuple[list[figure.NeededExpert], list[Counterfactual]]:
    """Each of the token's experts, forbidden to it; and the runs that say so, the untouched one first."""
    trace, pos = scene.trace, scene.position
    assert trace.expert_weights is not None
    taken, before = figure.taken(trace.expert_weights, pos), trace.logits[pos]
    made = _changed(scene, [ForbidExpert(one.layer, pos, one.expert) for one in taken])
    cells = [
        figure.NeededExpert(**vars(figure.numbers(run, before, scene.target, 1)), **vars(one))
        for run, one in zip(made[1:], taken, strict=True)
    ]
    return cells, made


def counts(scene: Scene) -> Rendered[figure.CounterfactualCounts]:
    trace, asked, where = scene.trace, _asked(scene), scene.one_of("where")
    layer = None if where == "all" else asked.layer
    if layer is not None:
        scene.check_inside("layer")
    numbers = figure.counts(asked.experts, asked.trained)
    rows, made = _counted(scene, layer, numbers)
    own, checks = figure.experts_used(trace, layer), []
    if own in numbers:
        statement = f"{own} expert{'s' * (own != 1)} a token, as in the run, changes no logit"
        checks.append(Check(statement, made[1 + numbers.index(own)].moved, TOLERANCE, "largest change"))
    else:
        checks.append(_untouched(made[0]))
    other = max(made[1:], key=lambda one: one.moved)
    checks.append(_agreement(scene, other, f"{numbers[made.index(other) - 1]} a token"))
    data = figure.CounterfactualCounts(**vars(asked), where=where, rows=rows, own=own)
    return Rendered(data, tuple(checks), token_ids={scene.target, *_named(rows)})


def _counted(scene: Scene, layer: int | None, numbers: list[int]) -> tuple[list[figure.CountRow], list[Counterfactual]]:
    """So many experts a token, after the run as it is."""
    logits, before = scene.trace.router_logits, scene.trace.logits[scene.position]
    assert logits is not None
    logits = logits if layer is None else logits[layer : layer + 1]
    made = _changed(scene, [figure.count_edit(layer, k) for k in numbers])
    found = [figure.numbers(one, before, scene.target, NAMED) for one in made]
    rows = [
        figure.CountRow(**vars(row), k=k, kept=figure.kept_share(logits, k))
        for row, k in zip(found[1:], numbers, strict=True)
    ]
    return [figure.CountRow(**vars(found[0])), *rows], made


def _edit(scene: Scene, asked: figure.Asked) -> RoutingEdit:
    pick = scene.text("pick")
    if pick in [f"k{k}" for k in range(1, asked.experts + 1)]:
        return UseExperts(None if scene.one_of("where") == "all" else asked.layer, int(pick[1:]))
    return figure.edit(scene.one_of("do", DOS), scene.one_of("scope"), asked.layer, asked.position, asked.expert)


def continuation(scene: Scene) -> Iterator[Rendered[texts.CounterfactualContinuation]]:
    scene, _ = _opened(scene)
    asked, new = _asked(scene), scene.whole("new")
    edit = _edit(scene, asked)
    for plain, changed in experiment.both_continuations(
        scene.model, scene.trace, asked.position, edit, new, scene.progress
    ):
        yield _written(scene, asked, edit, new, plain, changed)


def _written(
    scene: Scene, asked: figure.Asked, edit: RoutingEdit, new: int, plain: Continuation, changed: Continuation | None
) -> Rendered:
    trace, pos, ids = scene.trace, asked.position, changed.ids if changed else ()
    part = texts.parting(plain.ids, ids)
    ended = changed is not None and changed.error is not None
    read = min(part + 1, len(plain.ids), len(ids))  # up to where they part both have read the same text
    kl = [max(figure.divergence(plain.logits[i], changed.logits[i]), 0.0) for i in range(read)] if changed else []
    sides = [texts.written(one, NAMED + 2) if one else [] for one in (plain, changed)]
    context = [token.id for token in trace.tokens[max(0, pos - 7) : pos + 1]]
    data = texts.CounterfactualContinuation(
        **vars(asked), new=new, edit=edit.text, label=edit.label, parting=part, kl=kl, context=context,
        plain=sides[0], changed=sides[1], ended=ended,
    )  # fmt: skip
    named = {*context, *(i for side in sides for step in side for i in (step.id, *step.ids))}
    if not ended or plain.error is None or changed is None or changed.error is None:
        return Rendered(data, token_ids=named, focus=_aimed(asked))
    statement = f"Both texts read again in one pass give the logits of all {len(plain.ids) + len(ids)} steps"
    check = Check(statement, worst(plain.error, changed.error), TOLERANCE)
    return Rendered(data, (check,), token_ids=named, focus=_aimed(asked))


def over_texts(scene: Scene) -> Iterator[Rendered[forbidden.ForbiddenExperts]]:
    model = scene.model
    count, width = scene.whole("texts"), scene.whole("tokens")
    made, data = None, None
    for made in corpus.forbid_each(model, count, width, scene.progress):
        data = forbidden.forbidden_experts(made, count, width, model.dims.experts_per_token)
        yield Rendered(data)
    assert made is not None
    assert data is not None
    yield Rendered(data, _otherwise(scene, made), note=unknown(model.name, "these texts"))


def _otherwise(scene: Scene, made: corpus.ForbiddenLosses) -> tuple[Check, Check]:
    """All texts again another way: as they are, and without the expert that is needed most."""
    try:
        decoder, how = scene.decoder, "the explorer’s own decoder"
    except NotApplicableError:
        decoder, how = None, "each text alone from its first token"
    place, expert = made.chosen
    layer = made.layers[place]

    def apart(of: list[float], shut: tuple[int, int] | None) -> float:
        again = [corpus.loss_otherwise(scene.model, decoder, ids, shut) for ids in made.texts]
        return worst(abs(one - other) for one, other in zip(of, again, strict=True))

    without = (made.loss + made.added[place, expert]).tolist()
    return (
        Check(f"Loss of {len(made.texts)} texts = {how}", apart(made.loss.tolist(), None), TOLERANCE),
        Check(f"Expert {expert} of block {layer} forbidden = {how}, that router’s logit −∞",
              apart(without, (layer, expert)), TOLERANCE),
    )  # fmt: skip
