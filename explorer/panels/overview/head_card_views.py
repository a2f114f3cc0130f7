"""Head card: what one attention head is, writes and changes, and where in a corpus it writes most."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.overview import head_card as experiment
from explorer.figures.overview import head_card as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing import induction_scores
from explorer.tracing.causes import kl
from explorer.tracing.head_writing import pushes, written

#: Tokens pushed up, and down; places of the corpus.
PUSHED, PLACES = 8, 8


def _role(name: str, scores: Float[Tensor, "layer head"], layer: int, head: int) -> figure.Role:
    return figure.Role(name, float(scores[layer, head]), figure.larger(scores, layer, head), scores.flatten())


def roles(scene: Scene) -> Rendered[figure.HeadRoles]:
    trace, layer, head, here, target = scene.trace, scene.layer, scene.head, scene.position, scene.target
    dims, scores = trace.dims, trace.head_scores()
    pushed = pushes(trace, layer, head, here)
    up, down = pushed.topk(PUSHED), (-pushed).topk(PUSHED)
    share = float(trace.attribution(here, target).heads[layer, head])
    data = figure.HeadRoles(
        layer=layer, head=head, n_layers=dims.n_layers, n_heads=dims.n_heads, n_kv_heads=dims.n_kv_heads,
        kv=head // (dims.n_heads // dims.n_kv_heads), position=here, target=target, share=share,
        roles=[
            _role("previous", scores.previous, layer, head), _role("sink", scores.sink, layer, head),
            _role("induction", induction_scores(scene.model), layer, head),
            _role("entropy", scores.entropy_bits, layer, head),
        ],
        up_ids=up.indices, up=up.values, down_ids=down.indices, down=-down.values,
        read=trace.pattern[layer, head, here, : here + 1],
        size=float(written(trace, layer, head, here).norm()),
        stream=float(trace.stream(layer)[here].double().norm()),
    )  # fmt: skip
    label = scene.model.vocabulary.label(target)
    error = abs(float(pushed[target]) - share)
    return Rendered(
        data,
        (Check(f"z W_O through the unembedding = the share of “{label}” in the attribution", error, 1e-3),),
        token_ids=[target, *up.indices.tolist(), *down.indices.tolist(), *trace.ids[: here + 1].tolist()],
        title=f"L{layer}.H{head}: how it reads and what it writes",
    )


def removed(scene: Scene) -> Iterator[Rendered[figure.HeadRemoved]]:
    trace, layer, head, here, target = scene.trace, scene.layer, scene.head, scene.position, scene.target
    scene.progress("Run without the head", 0, 1)
    found, before = experiment.removed(scene.model, trace, layer, head, here), trace.logits[here]
    ids = figure.likeliest_of_both(before, found.carried, target)
    p, q = before.double().softmax(-1), found.carried.double().softmax(-1)
    data = figure.HeadRemoved(
        layer=layer, head=head, position=here, target=target, kl=float(kl(before, found.carried)),
        logit_before=float(before[target]), logit_after=float(found.carried[target]),
        ids=ids, before=p[ids], after=q[ids],
    )  # fmt: skip
    error = float((q - found.whole.double().softmax(-1)).abs().max())
    same = f"Block {layer}'s stream carried on without the head = a whole run with it off, all probabilities"
    yield Rendered(
        data,
        (Check(same, error, 1e-4, "largest difference"),),
        token_ids=ids.tolist(),
        title=f"The answer without L{layer}.H{head}",
    )


def places(scene: Scene) -> Iterator[Rendered[figure.HeadPlaces]]:
    layer, head = scene.layer, scene.head
    of = len(experiment.corpus(scene.model))
    read: tuple[experiment.Reading, ...] = ()
    for read in experiment.readings(scene.model, layer, scene.progress):
        if len(read) < of:
            yield _placed(read, of, layer, head, ())
    (first, *_) = experiment.strongest(read, head, 1)
    again = experiment.alone(scene.model, layer, head, first)
    error = max(abs(again.weight - first.weight), abs(again.size / first.size - 1))
    same = "The first passage run by itself: the same weight and length as beside others"
    yield _placed(read, of, layer, head, (Check(same, error, 1e-3, "largest difference"),))


def _placed(
    read: tuple[experiment.Reading, ...], of: int, layer: int, head: int, checks: tuple[Check, ...]
) -> Rendered:
    found = [figure.place(each) for each in experiment.strongest(read, head, PLACES)]
    tokens = sum(len(each.passage.ids) for each in read)
    shown = torch.tensor([i for each in found for i in [*each.ids, each.key_id]]).unique().tolist()
    data = figure.HeadPlaces(layer, head, len(read), of, tokens, found)
    return Rendered(data, checks, token_ids=shown, title=f"Where L{layer}.H{head} writes most")
