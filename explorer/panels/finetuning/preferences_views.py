"""Preferences: the policy some steps on, one more step by its terms, and the model of one parameter."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.corpora.preferences import Preference
from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import pairs_drawn, preferring
from explorer.figures.finetuning import preferences as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.finetuning.preferences import one_parameter
from explorer.stack.finetuning.preferences.direct import dpo
from explorer.stack.finetuning.preferences.methods import NAMES, Settings
from explorer.stack.finetuning.preferences.pairs import Compared
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.worst import worst

#: Nats of a whole answer; of weights and slopes a share.
NEAR, SAME, FLAT = 2e-3, 1e-3, 0.05
STEPS, RATE = 40, 2.0


def pair(scene: Scene) -> Iterator[Rendered[figure.PreferencePair]]:
    made = None
    for made in _standing(scene):
        yield Rendered(figure.pair(made, scene.one_of("rule")))
    assert made is not None
    preferring.compared(made, scene.progress)
    yield Rendered(figure.pair(made, scene.one_of("rule")))
    theirs = pairs_drawn.of_transformers(scene.model, made.pairs[:1])
    ours = made.rows.reference.total[[0, len(made.pairs)]].tolist()
    off = worst(abs(one - other) for one, other in zip(ours, theirs, strict=True))
    checks = (
        Check("Log-probabilities of this pair’s answers by the reference = transformers’ own, labels of −100 elsewhere",
              off, NEAR, "nats"),
        Check("Weights of the gradient by formula = slopes of each loss, by differences of log-probabilities",
              preferring.weights_apart(made), SAME, "largest difference"),
    )  # fmt: skip
    yield Rendered(figure.pair(made, scene.one_of("rule")), checks, _named(made))


def falls(scene: Scene) -> Rendered[figure.PreferenceFall]:
    *_, made = _standing(scene)
    length = scene.real("length")
    found = preferring.fallen(made, length, alone=scene.one_of("scope") == "pair", progress=scene.progress)
    size = found.predicted.sum(1).abs().max()
    off = worst(((found.predicted.sum(1) - found.slope).abs() / size.clamp_min(1e-9)).tolist())
    checks = (
        Check("Change of both answers by inner products of gradients = measured over a short way", off, FLAT,
              "of the larger change"),
        Check("Answers’ gradients times their weights, summed = gradient of the loss", found.by_hand, SAME,
              "of its length"),
    )  # fmt: skip
    return Rendered(figure.fall(found, scene.one_of("rule"), length), checks, _named(made))


def smallest(scene: Scene) -> Rendered[figure.PreferenceSmallest]:
    start, beta = scene.real("start"), scene.real("beta")
    path = one_parameter.fallen(start, beta, RATE, STEPS)
    check = Check(
        "Steps by the formula = steps of autograd on DPO’s loss over all four answers", _by_autograd(path), 1e-9, "of t"
    )
    return Rendered(figure.smallest(path, start, RATE), (check,))


def _by_autograd(path: one_parameter.Path) -> float:
    t, first = path.t[0].clone(), path.t[0]
    off: list[float] = []
    for expected in path.t[1:]:
        leaf = t.clone().requires_grad_(True)
        with torch.enable_grad():
            a, b = torch.log_softmax(torch.stack([leaf, torch.zeros_like(leaf)]), 0)
            one, other = torch.log_softmax(torch.stack([first, torch.zeros_like(first)]), 0).detach()
            tokens = torch.tensor([2])
            pair = Compared((a + b)[None], (a + a)[None], (one + other)[None], (one + one)[None], tokens, tokens)
            dpo(pair, path.beta).total.backward()
        assert leaf.grad is not None
        t = t - RATE * leaf.grad
        off.append(abs(float(t - expected)))
    return worst(off)


def _standing(scene: Scene) -> Iterator[preferring.Standing]:
    own = Preference(scene.text("request"), scene.text("chosen"), scene.text("rejected"))
    pairs = pairs_drawn.in_tokens(scene.model, pairs_drawn.taken(scene.one_of("rule"), scene.whole("which"), own))
    recipe = preferring.Recipe(
        scene.one_of("method", NAMES), Settings(beta=scene.real("beta")), scene.real("rate"), scene.whole("steps"),
        scene.whole("seed"),
    )  # fmt: skip
    try:
        yield from preferring.standing(scene.decoder, pairs, recipe, scene.progress)
    except NotFiniteError as error:
        raise NotApplicableError(f"The training stopped: {error}.", "Choose a lower rate, or fewer steps.") from None


def _named(made: preferring.Standing) -> list[int]:
    first = made.pairs[0]
    return [*first.chosen.ids, *first.rejected.ids]
