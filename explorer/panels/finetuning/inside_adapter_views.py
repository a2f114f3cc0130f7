"""Inside the adapter: one matrix, all of them in depth, ranks taken out, heads moved."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.finetuning import inside_adapter as experiment
from explorer.experiments.finetuning.worn import Worn, held_out, offered, worn
from explorer.figures.finetuning import inside_adapter as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.finetuning.spectrum import BOUND
from explorer.stack.worst import worst

#: Relative, in float32.
NEAR = 1e-3


def matrix(scene: Scene) -> Rendered[figure.AdapterMatrix]:
    found, blocks = _worn(scene), scene.decoder.config.n_layers
    layer = experiment.named(found, scene.whole("block", high=blocks - 1), scene.one_of("role"))
    made = experiment.matrix(scene.decoder, found, layer)
    off = (made.values - made.dense).abs() / made.dense.max().clamp_min(1e-12)
    check = Check(
        "Singular values from A’s and B’s own factors = those of the product s B A", worst(off.tolist()), NEAR,
        "of the largest",
    )  # fmt: skip
    return Rendered(figure.matrix(made, found, _offered(scene), layer, blocks, BOUND), (check,))


def depth(scene: Scene) -> Rendered[figure.AdapterDepth]:
    found = _worn(scene)
    sizes = experiment.depth(scene.decoder, found, scene.progress)
    off = worst(abs(each.update - each.merged) / max(each.merged, 1e-12) for each in sizes)
    check = Check("Norms of the updates from A and B alone = merged matrices less W", off, NEAR, "relative difference")
    shown = figure.depth(sizes, found, _offered(scene), scene.decoder.config.n_layers)
    return Rendered(shown, (check,))


def ranks(scene: Scene) -> Iterator[Rendered[figure.AdapterRanks]]:
    found = _worn(scene)
    task = _task(scene, found)
    items = held_out(scene.model, task, scene.whole("items"))
    made = None
    for made in experiment.ranks(scene.decoder, found, items, scene.progress):
        yield Rendered(figure.ranks(made, found, _offered(scene), task))
    assert made is not None
    off = worst(abs(one - other) for one, other in zip(made.first[-1].losses, made.whole, strict=True))
    check = Check("Loss with all directions kept = loss with the adapter as it is", off, NEAR, "nats")
    yield Rendered(figure.ranks(made, found, _offered(scene), task), (check,))


def heads(scene: Scene) -> Rendered[figure.AdapterHeads]:
    found = _worn(scene)
    task = _task(scene, found)
    (item,) = held_out(scene.model, task, 1)
    made = experiment.heads(scene.decoder, found, item)
    check = Check("Changes of all heads of a block = change of what attention writes", made.apart, NEAR, "of it")
    return Rendered(figure.heads(made, found, _offered(scene), task, len(item.ids)), (check,))


def _offered(scene: Scene) -> tuple[str, ...]:
    # Where a visitor may bring nothing, the server is not his own.
    return offered(scene.model, scene.files is not None)


def _worn(scene: Scene) -> Worn:
    there = _offered(scene)
    return worn(scene.decoder, scene.one_of("adapter", there, there[0]))


def _task(scene: Scene, of: Worn) -> str:
    said = scene.one_of("task")
    return (of.learnt or "json") if said == "own" else said
