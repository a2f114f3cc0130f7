"""Head card: what one attention head is, writes and changes, and where in a corpus it writes most."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.overview import head_card as experiment
from explorer.figures.overview import head_card as figure
from explorer.figures.overview.compared import other_heads
from explorer.figures.overview.measured import Measured, MovedNumber
from explorer.figures.overview.why import Contrast, StrongestHead
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.stack.worst import worst
from explorer.tracing import induction_scores
from explorer.tracing.derived.head_writing import pushes, pushes_of, written
from explorer.tracing.probes.causes import kl
from explorer.tracing.vetting.heads_alone import heads_alone, shares_error

if TYPE_CHECKING:
    from explorer.tracing.derived.attribution import Attribution
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

#: Tokens pushed up, and down; places of the corpus.
PUSHED, PLACES = 8, 8


def _scores(model: Model, trace: Trace) -> dict[str, Float[Tensor, "layer head"]]:
    found = trace.head_scores()
    return {
        "previous": found.previous,
        "sink": found.sink,
        "induction": induction_scores(model),
        "entropy": found.entropy_bits,
    }


def _known(score: Float[Tensor, ""]) -> float | None:
    return None if score.isnan() else float(score)


def roles(scene: Scene) -> Rendered[figure.HeadRoles]:
    trace, layer, head, here, target = scene.trace, scene.layer, scene.head, scene.position, scene.target
    dims, scores = trace.dims, _scores(scene.model, trace)
    was = {} if scene.beside is None else _scores(scene.against_model, scene.beside[0])
    off = figure.ablation(trace.key.interventions, layer, head)
    pushed = shown = pushes(trace, layer, head, here, target, scene.over)
    share = trace.attribution(here, target, scene.over)
    shares = among = share.heads
    told = [(trace, share, pushed)]
    theirs = None
    if scene.beside is not None:
        other, there = scene.beside
        was_share = other.attribution(there, target, scene.over)
        theirs = (pushes(other, layer, head, there, target, scene.over), was_share.heads)
        told.append((other, was_share, theirs[0]))
        if off == "zero":  # it writes nothing here: what it would do is what it does in the other run
            shown, among = theirs
    up, down = shown.topk(PUSHED).indices, (-shown).topk(PUSHED).indices
    before = None if theirs is None else _before(scene, theirs[0], float(theirs[1][layer, head]), up, down)
    data = figure.HeadRoles(
        layer=layer,
        head=head,
        off=off,
        n_layers=dims.n_layers,
        n_heads=dims.n_heads,
        n_kv_heads=dims.n_kv_heads,
        kv=head // (dims.n_heads // dims.n_kv_heads),
        position=here,
        target=target,
        share=float(shares[layer, head]),
        measured=Measured.of(share),
        direct=StrongestHead.of(share),
        contrast=Contrast.of(trace, here, target),
        more=figure.larger(among.abs(), layer, head),
        roles=[
            figure.Role(
                name=name,
                value=float(each[layer, head]),
                larger=figure.larger(each, layer, head),
                all=each.flatten(),
                before=_known(was[name][layer, head]) if was else None,
            )
            for name, each in scores.items()
        ],
        up_ids=up,
        up=pushed[up],
        down_ids=down,
        down=pushed[down],
        read=trace.pattern[layer, head, here, : here + 1],
        size=float(written(trace, layer, head, here).norm()),
        stream=float(trace.stream(layer)[here].double().norm()),
        base=before,
    )
    label = scene.model.vocabulary.label(target)
    both = "" if before is None else ", in both runs"
    all_heads = f"Each of block {layer}’s {dims.n_heads} heads alone through the model’s own output projection"
    one = f"{head_name(layer, head)} alone through the model’s own output projection and the unembedding"
    errors = [_pushes_error(*each, layer, head) for each in told]
    return Rendered(
        data,
        (
            Check(
                f"{all_heads} = its share of “{label}”{both}",
                worst(shares_error(run, of, layer) for run, of, _ in told),
                1e-3,
                "largest error",
            ),
            Check(f"{one} = what it adds to each token here{both}", worst(errors), 1e-3, "largest error"),
        ),
        token_ids=[target, *up.tolist(), *down.tolist(), *trace.ids[: here + 1].tolist()],
        title=f"{head_name(layer, head)}: how it reads and what it writes",
    )


def _pushes_error(run: Trace, share: Attribution, pushed: Float[Tensor, " d_vocab"], layer: int, head: int) -> float:
    """How far the head's pushes are from those of what the model's own projection makes of it."""
    try:
        own = heads_alone(run, layer, share.pos)[head]
    except ValueError:
        return math.inf
    return float((pushes_of(run, own, share.pos, share.token, share.over) - pushed).abs().max())


def _before(
    scene: Scene, pushed: Float[Tensor, " d_vocab"], share: float, up: Int[Tensor, " k"], down: Int[Tensor, " k"]
) -> figure.HeadBefore:
    """The head in the other run, where it pushes and shares so much."""
    assert scene.beside is not None
    (other, there), layer, head = scene.beside, scene.layer, scene.head
    read = None if scene.comparable is None else other.pattern[layer, head, there, : there + 1]
    size = float(written(other, layer, head, there).norm())
    return figure.HeadBefore(share=share, size=size, up=pushed[up], down=pushed[down], read=read)


def removed(scene: Scene) -> Iterator[Rendered[figure.HeadRemoved]]:
    trace, layer, head, here, target = scene.trace, scene.layer, scene.head, scene.position, scene.target
    runs = 1 if scene.beside is None else 2
    scene.progress("Run without the head", 0, runs)
    off = figure.ablation(trace.key.interventions, layer, head)
    found, before = experiment.removed(scene.model, trace, layer, head, here), trace.logits[here]
    if off:
        before = experiment.switched_on(scene.model, trace, layer, head, here)
    ids = figure.likeliest_of_both(before, found.carried, target)
    p, q = before.double().softmax(-1), found.carried.double().softmax(-1)
    errors, base = [figure.apart(found)], None
    if scene.beside is not None:
        scene.progress("Run without the head", 1, runs)
        other, there = scene.beside
        also, was = experiment.removed(scene.against_model, other, layer, head, there), other.logits[there]
        if figure.ablation(other.key.interventions, layer, head):
            was = experiment.switched_on(scene.against_model, other, layer, head, there)
        errors.append(figure.apart(also))
        base = figure.RemovedBefore(
            kl=float(kl(was, also.carried)),
            moved=MovedNumber.of(was, also.carried, target, scene.over),
            before=was.double().softmax(-1)[ids],
            after=also.carried.double().softmax(-1)[ids],
        )
    data = figure.HeadRemoved(
        layer=layer, head=head, off=off, position=here, target=target, kl=float(kl(before, found.carried)),
        moved=MovedNumber.of(before, found.carried, target, scene.over),
        ids=ids, before=p[ids], after=q[ids], base=base,
    )  # fmt: skip
    both = "" if base is None else ", in both runs"
    same = f"Block {layer}’s stream carried on without the head = a whole run with it off, all probabilities{both}"
    yield Rendered(
        data,
        (Check(same, worst(errors), 1e-4, "largest difference"),),
        token_ids=ids.tolist(),
        title=f"The answer without {head_name(layer, head)}",
    )


def places(scene: Scene) -> Iterator[Rendered[figure.HeadPlaces]]:
    layer, head, there = scene.layer, scene.head, scene.there
    if there is not None and (lack := other_heads(scene.model.dims, there.model.dims)):
        raise NotApplicableError(lack, "Compare with a model of the same shape.")
    of = len(experiment.corpus(scene.model))
    read: tuple[experiment.Reading, ...] = ()
    for read in experiment.readings(scene.model, layer, scene.progress):
        if len(read) < of:
            yield _placed(read, of, layer, head)
    error, base, both = _alone(scene.model, read, layer, head), None, ""
    if there is not None:
        *_, theirs = experiment.readings(there.model, layer, there.progress)
        base = figure.places_beside((scene.model, read), (there.model, theirs), head, PLACES)
        error, both = worst(error, _alone(there.model, theirs, layer, head)), ", in both models"
    same = f"The first passage run alone: the same weight and length as in a batch{both}"
    yield _placed(read, of, layer, head, (Check(same, error, 1e-3, "largest difference"),), base)


def _alone(model: Model, read: tuple[experiment.Reading, ...], layer: int, head: int) -> float:
    """How far the first place lies from the same in its passage run by itself."""
    (first, *_) = experiment.strongest(read, head, 1)
    again = experiment.alone(model, layer, head, first)
    return worst(abs(again.weight - first.weight), abs(again.size / first.size - 1))


def _placed(
    read: tuple[experiment.Reading, ...],
    of: int,
    layer: int,
    head: int,
    checks: tuple[Check, ...] = (),
    base: figure.PlacesBeside | None = None,
) -> Rendered[figure.HeadPlaces]:
    found = [figure.place(each) for each in experiment.strongest(read, head, PLACES)]
    tokens = sum(len(each.passage.ids) for each in read)
    shown = torch.tensor([i for each in found for i in [*each.ids, each.key_id]]).unique().tolist()
    data = figure.HeadPlaces(layer=layer, head=head, passages=len(read), of=of, tokens=tokens, places=found, base=base)
    return Rendered(data, checks, token_ids=shown, title=f"Where {head_name(layer, head)} writes most")
