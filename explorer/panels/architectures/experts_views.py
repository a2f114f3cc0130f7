"""What experts do: which kinds of text and which tokens go to each, and how much of it is more than chance."""

from __future__ import annotations

from typing import cast

from explorer.errors import NotApplicableError
from explorer.experiments.architectures import experts as measuring
from explorer.experiments.architectures.held_out import held_out
from explorer.figures.architectures import experts as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.architectures.specialisation import Counting
from explorer.tracing import corpus

COUNTINGS = ("pairs", "weight", "first")
#: Contexts and lists of more experts than these would weigh more than the page should carry.
MOST = 1024


def _analysis(scene: Scene) -> measuring.Analysis:
    counting = cast("Counting", scene.choice("count", "pairs", COUNTINGS))
    return measuring.over_passages(scene.model, counting, scene.ticks("Passages read and labels shuffled"))


def _note(scene: Scene) -> str:
    if held_out(scene.model.name):
        return "This model was not trained on these passages."
    return "Whether this model was trained on these passages is not known."


def kinds(scene: Scene) -> Rendered[figure.ExpertsByKind]:
    made = _analysis(scene)
    n = len(made.routing.ids) * made.routing.indices.shape[-1]
    alone = corpus.alone_error(scene.model, made.routing)
    checks = (
        Check(f"Shares shown = {n:,} choices a block, counted anew", figure.shares_error(made), 1e-9, "largest error"),
        Check("A passage read alone is routed as beside the others", alone, 1e-4, "largest difference"),
    )
    return Rendered(figure.by_kind(made), checks, note=_note(scene))


def expert(scene: Scene) -> Rendered[figure.OneExpert]:
    made = _analysis(scene)
    if made.share.numel() > MOST:
        raise NotApplicableError(
            f"{made.share.numel():,} experts are too many to list all their tokens.", "Open a smaller mixture."
        )
    data = figure.one_expert(made, corpus.over_passages(scene.model).documents)
    listed = int((made.by_lift.ids >= 0).sum() + (made.by_count.ids >= 0).sum())
    statement = f"{listed:,} tokens in the lists of all experts go there as often when counted anew"
    checks = [Check(statement, figure.listed_error(made), 1e-9, "largest error")]
    if scene.model.dims.experts_renormalised:
        error = made.routing.weight_error
        checks.append(Check("Weights of a token’s experts add up to 1", error, 1e-5, "largest error"))
    return Rendered(data, tuple(checks), token_ids=set(made.routing.ids.tolist()), note=_note(scene))


def information(scene: Scene) -> Rendered[figure.ExpertsInformation]:
    made = _analysis(scene)
    above = max(float((one.bits - one.available).max()) for one in made.measured)
    statement = "Bits shown = H(expert) + H(label) − H(both) of tables counted anew, all blocks and labels"
    checks = (
        Check(statement, figure.information_error(made), 1e-9, "largest error"),
        Check("No label tells more than the routing carries", max(0.0, above), 1e-9, "excess"),
    )
    return Rendered(figure.information(made), checks, note=_note(scene))
