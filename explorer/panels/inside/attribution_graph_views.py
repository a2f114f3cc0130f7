"""Attribution graph: drawn at once, then with every node and edge taken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.inside import attribution_graph as experiment
from explorer.experiments.inside.attribution_graph import Tried
from explorer.figures.inside import attribution_graph as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.attribution_graph import normalised
from explorer.stack.frontier.local_replacement import replaced, worst_sum
from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder
from explorer.stack.worst import worst
from explorer.zoo import transcoders


def _opened(scene: Scene) -> tuple[tuple[Transcoder, ...], Int[Tensor, " pos"], int, str]:
    """The transcoders, the tokens that are read, the position of the last, and a note. Raises NotApplicableError."""
    coders = transcoders.opened(scene.model.name, scene.decoder.config.n_layers)
    at = scene.position or scene.trace.n_prompt - 1
    ids = scene.trace.ids[: min(at + 1, experiment.MOST)]
    if len(ids) < 2:
        raise NotApplicableError(
            "The text has one token, and the first token has no features: no transcoder has learned it.",
            "Write a longer text.",
        )
    first = "" if scene.position else "The first token has no features: the prompt’s last token is shown."
    return coders, ids, at, f"{first} {scene.left_out}".strip()


def graph(scene: Scene) -> Iterator[Rendered[figure.AttributionGraph]]:
    model, decoder = scene.model, scene.decoder
    coders, ids, at, note = _opened(scene)
    scene.progress("Edges", 0, 1)
    made = experiment.graph_of(decoder, coders, ids, scene.real("kept"))
    worth = transcoders.explained(model.name)
    corpora = experiment.over_passages(model, coders, scene.progress)

    def shown(made: Tried) -> Rendered[figure.AttributionGraph]:
        data = figure.attribution_graph(made, at + 1, worth, corpora)
        named = {*data.ids.tolist(), *made.found.logits.tolist(), *data.raises[data.raises >= 0].tolist()}
        named |= {int(token) for each in data.texts for one in each.contexts for token in one.ids}
        return Rendered(data, token_ids=sorted(named), note=note)

    yield shown(made)
    for more in experiment.tried(made, scene.progress):
        part = shown(more)
        yield replace(part, checks=_checks(scene, more)) if more.done else part


def _checks(scene: Scene, made: Tried) -> tuple[Check, ...]:
    found, whole = made.found, made.found.graph
    rows = [*range(whole.features), *range(whole.first_logit, len(whole.edges))]
    missed = (made.edge_frozen - made.edge_predicted).abs().max() / made.edge_predicted.abs().max()
    inverse = torch.linalg.solve((torch.eye(len(whole.edges)) - normalised(whole.edges)).double().T, whole.w.double())
    powers = (inverse - whole.w - whole.influence).abs().max() / whole.influence.max()
    checks = [
        Check(
            "The edges into each feature and logit, and the biases, add up to its pre-activation in the run",
            worst_sum(found, rows), 1e-4, "as a part of the largest",
        ),
        Check(
            "Every kept edge = its source taken out of a run forwards, with patterns, norms and features held",
            float(missed), 1e-3, "as a part of the largest",
        ),
        Check("The influence by powers of A = by one dense solution of (I − A)", float(powers), 1e-4,
              "as a part of the largest"),
    ]  # fmt: skip
    if not scene.left_out:
        own = scene.trace.logits[len(found.local.run.ids) - 1]
        error = (found.local.run.logits - own).abs().max() / own.abs().max()
        checks.append(Check("The run that is taken apart = the page’s own, all logits of the token", float(error), 1e-4,
                            "as a part of the largest"))  # fmt: skip
    return tuple(checks)


def looks(scene: Scene) -> Rendered[figure.HeadsThatMoved]:
    coders, ids, _, note = _opened(scene)
    local = replaced(scene.decoder, coders, ids)
    answer = int(local.run.logits.argmax())
    found = experiment.looked(local, answer)
    moved, errors = [], []
    for mover, pairs, scores in found:
        own = scores[mover.place.key]
        others = (scores.sum() - own) / max(1, len(scores) - 1)
        moved.append((mover, pairs, float(others)))
        errors.append(float((pairs.scores.sum() - own).abs() / scores.abs().max()))
    data = figure.heads_that_moved(local, answer, moved)
    check = Check(
        "All pairs of a head’s score add up to the score in the run, of every listed head",
        worst(errors), 1e-4, "as a part of the largest",
    )  # fmt: skip
    return Rendered(data, (check,), [answer, *ids.tolist()], note=note)
