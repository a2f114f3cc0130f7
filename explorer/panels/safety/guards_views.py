"""Guards: classifiers before and behind the model, what they catch, what they flag by mistake, what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.safety import guard_cost, guarded, own_text
from explorer.experiments.safety import guards as experiment
from explorer.experiments.safety.guard_texts import SIDES, Texts, labels, texts
from explorer.experiments.safety.guards import POOLS, Pool, Trained
from explorer.experiments.safety.states import asked, depths_of, of_transformers, states
from explorer.figures.safety import guarded as own_figure
from explorer.figures.safety import guards as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.zoo.model import Model
from explorer.zoo.text_encoder import TextEncoder

#: Texts whose states transformers computes as well.
AGAIN = 4


class _Setting(NamedTuple):
    model: Model
    encoder: TextEncoder
    pairs: int
    pool: Pool
    depth: int | None


def roc(scene: Scene) -> Iterator[Rendered[figure.GuardsRoc]]:
    each, side = _setting(scene), scene.one_of("side", SIDES)
    found = None
    for found in experiment.guards(
        each.model, each.encoder, side, each.pairs, each.pool, each.depth, scene.ticks("Texts read")
    ):
        data = figure.guards_roc(found, each.model.dims.n_layers)
        if not data.done:
            yield Rendered(data)
    assert found is not None
    data = figure.guards_roc(found, each.model.dims.n_layers)
    checks = tuple(
        _optimum(found.texts, tried.trained, figure.NAMES[kind], each) for kind, tried in found.tried.items()
    )
    yield Rendered(data, (*checks, *_same_states(each.model, found.texts)))


def own(scene: Scene) -> Iterator[Rendered[own_figure.GuardsOwn]]:
    each, text = _setting(scene), _text(scene)
    made = None
    for made in own_text.judged(
        each.model, each.encoder, text, each.pairs, each.pool, each.depth, scene.ticks("Texts read")
    ):
        if len(made.heard) == 1:
            yield Rendered(own_figure.guards_own(made))
    assert made is not None
    yield Rendered(own_figure.guards_own(made), _same_states(each.model, made.learnt))


def around(scene: Scene) -> Iterator[Rendered[own_figure.GuardsAround]]:
    each, text = _setting(scene), _text(scene)
    for made in guarded.guarded(
        each.model, each.encoder, text, each.pairs, each.pool, each.depth, scene.ticks("Texts read")
    ):
        yield Rendered(own_figure.guards_around(made))


def cost(scene: Scene) -> Iterator[Rendered[own_figure.GuardsCost]]:
    each = _setting(scene)
    learnt, tell = texts("request", each.pairs), scene.ticks("Texts read")
    minilm = experiment.minilm(each.encoder, learnt)
    stream = experiment.stream(each.model, learnt, each.pool, each.depth, tell)
    made = None
    for made in guard_cost.costs(each.model, each.encoder, minilm, stream, tell=scene.ticks("Requests timed")):
        yield Rendered(own_figure.guards_cost(made, stream.depth))
    assert made is not None
    what = f"The pass that is judged on its way chooses the same first token: {len(made.added)} requests"
    yield Rendered(
        own_figure.guards_cost(made, stream.depth), (Check(what, float(not made.agree), 0.0, "requests that differ"),)
    )


def _setting(scene: Scene) -> _Setting:
    scene.decoder  # noqa: B018  refuses a model that the decoder does not know
    n_layers = scene.model.dims.n_layers
    depth = scene.whole("layer", default=n_layers, high=n_layers) if scene.said("layer") else None
    pool = scene.one_of("pool", POOLS)
    return _Setting(scene.model, scene.companion("minilm-l6", TextEncoder), scene.whole("pairs"), pool, depth)


def _text(scene: Scene) -> str:
    text = scene.model.vocabulary.writable(scene.text("text"))
    if not text.strip():
        raise NotApplicableError("There is no text to judge.", "Write one above.")
    return text


def _optimum(made: Texts, of: Trained, name: str, each: _Setting) -> Check:
    """The gradient of the penalised loss at the guard, by autograd on the vectors as they are."""
    n = len(made.train)
    if of.kind == "minilm":
        x = experiment.vectors(each.encoder, made.train)
    else:
        x = experiment.read_once(each.model, made).at(of.depth, of.pool)[:n]
    x, y = x.double(), labels(made.train).double()
    scale = x.std(0, correction=0).clamp(min=1e-6)
    w, b = of.guard.w.clone().requires_grad_(), of.guard.b.clone().requires_grad_()
    score = x @ w + b
    value = torch.nn.functional.binary_cross_entropy_with_logits(score, y)
    (value + of.l2 / 2 * (w * scale).square().sum()).backward()
    assert w.grad is not None
    assert b.grad is not None
    off = worst(float((w.grad / scale).abs().max()), float(b.grad.abs()))
    return Check(f"{name}: the fit is at the least loss of its {n} texts", off, 1e-5, "largest gradient")


def _same_states(model: Model, made: Texts) -> tuple[Check, ...]:
    """Between two blocks: behind the last one transformers gives out what its norm has made of the state."""
    depth = max((each for each in depths_of(model.dims.n_layers) if each < model.dims.n_layers), default=0)
    if depth == 0:
        return ()
    some = [asked(model, each.request) for each in made.train[:: max(1, len(made.train) // AGAIN)][:AGAIN]]
    ours = states(model, some, [depth]).last[:, 0]
    theirs = torch.stack([of_transformers(model, each, depth) for each in some])
    off = worst(*(float((one - other).norm() / other.norm()) for one, other in zip(ours, theirs, strict=True)))
    what = f"The stream after block {depth}, read with a shared beginning = transformers’ own pass: {len(some)} texts"
    return (Check(what, off, 2e-3, "largest difference, of the length"),)
