"""What experts do: which kinds of text and which tokens go to each, and how much of it is more than chance."""

from __future__ import annotations

from explorer.errors import NotApplicableError
from explorer.experiments.architectures import experts as measuring
from explorer.experiments.architectures import own_text as bringing
from explorer.experiments.architectures.held_out import unknown
from explorer.figures.architectures import experts as figure
from explorer.figures.architectures import own_text as own_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.specialisation import Counting
from explorer.tracing.probes import corpus

COUNTINGS: tuple[Counting, ...] = ("pairs", "weight", "first")
#: Contexts and lists of more experts than these would weigh more than the page should carry.
MOST = 1024
#: Texts of none of the six kinds, or of one of them by another hand; the first stands there until a visitor writes.
EXAMPLES = (
    own_figure.Example(
        name="A recipe",
        text="Slice two onions and let them turn golden in a little butter. Add the rice, stir until it shines, then "
        "pour in hot stock, one ladle at a time, and wait until each is gone before you add the next. After twenty "
        "minutes "
        "taste it; fold in the cheese, salt and pepper, and serve at once.",
    ),
    own_figure.Example(
        name="German",
        text="Am Morgen lag Nebel über dem Fluss, und die Brücke war kaum zu sehen. Eine Frau stellte ihr Fahrrad ab, "
        "wartete eine Weile und ging dann zu Fuß hinüber, weil das Geländer nass und die Bohlen glatt waren.",
    ),
    own_figure.Example(
        name="A log",
        text="2024-03-01 12:00:07 INFO worker-3 started, queue=high, retries=0\n"
        "2024-03-01 12:00:09 WARN worker-3 slow answer: 1842 ms (limit 1500)\n"
        "2024-03-01 12:00:12 ERROR worker-3 connection reset by peer, retry 1 of 5\n",
    ),
    own_figure.Example(
        name="JavaScript",
        text="export function mean(values) {\n  if (values.length === 0) return NaN;\n  let sum = 0;\n"
        "  for (const value of values) {\n    sum += value;\n  }\n  return sum / values.length;\n}\n",
    ),
)


def _analysis(scene: Scene) -> measuring.Analysis:
    counting = scene.one_of("count", COUNTINGS)
    return measuring.over_passages(scene.model, counting, scene.ticks("Passages read and labels shuffled"))


def _note(scene: Scene) -> str:
    return unknown(scene.model.name, "these passages") or "The model was not trained on these passages."


def kinds(scene: Scene) -> Rendered[figure.ExpertsByKind]:
    made = _analysis(scene)
    n = len(made.routing.ids) * made.routing.indices.shape[-1]
    alone = corpus.alone_error(scene.model, made.routing)
    checks = (
        Check(f"Shares shown = {n:,} choices a block, counted again", figure.shares_error(made), 1e-9, "largest error"),
        Check("A passage read alone is routed as in the batch", alone, 1e-4, "largest difference"),
    )
    return Rendered(figure.by_kind(made), checks, note=_note(scene))


def expert(scene: Scene) -> Rendered[figure.OneExpert]:
    made = _analysis(scene)
    if made.share.numel() > MOST:
        raise NotApplicableError(
            f"{made.share.numel():,} experts are too many to list the tokens of each.", "Open a smaller mixture."
        )
    data = figure.one_expert(made, corpus.over_passages(scene.model).documents)
    listed = int((made.by_lift.ids >= 0).sum() + (made.by_count.ids >= 0).sum())
    statement = f"{listed:,} tokens in the experts’ lists have the same shares when counted again"
    checks = [Check(statement, figure.listed_error(made), 1e-9, "largest error")]
    if scene.model.dims.experts_renormalised:
        error = made.routing.weight_error
        checks.append(Check("Weights of a token’s experts add up to 1", error, 1e-5, "largest error"))
    return Rendered(data, tuple(checks), token_ids=set(made.routing.ids.tolist()), note=_note(scene))


def information(scene: Scene) -> Rendered[figure.ExpertsInformation]:
    found = _analysis(scene)
    statement = "Bits shown = H(expert) + H(label) − H(both) of tables counted again, all blocks and labels"
    check = Check(statement, figure.information_error(found), 1e-9, "largest error")
    return Rendered(figure.information(found), (check,), note=_note(scene))


def own_text(scene: Scene) -> Rendered[own_figure.OwnText]:
    made, model = _analysis(scene), scene.model
    text = scene.text("text", EXAMPLES[0].text)
    own = bringing.read_own(model, text, made)
    data = own_figure.own_text(text, EXAMPLES, made, own)
    if own is None:
        return Rendered(data)
    try:
        decoder, how = scene.decoder, "the explorer’s own decoder"
    except NotApplicableError:
        decoder, how = None, "the text read in a batch with another"
    apart = bringing.otherwise(model, decoder, own.routing) - bringing.dense(own.routing)
    check = Check(f"Weights of {len(own.routing.ids)} tokens’ experts = {how}", float(apart.abs().max()), 1e-4)
    return Rendered(data, (check,), token_ids=set(own.routing.ids.tolist()))
