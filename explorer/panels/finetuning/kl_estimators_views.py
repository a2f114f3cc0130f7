"""Estimators of KL: a policy and its reference read the run's text."""

from __future__ import annotations

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import kl_estimators as experiment
from explorer.experiments.finetuning.qlora import fits
from explorer.experiments.finetuning.worn import offered, worn
from explorer.figures.finetuning import kl_estimators as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.finetuning import qlora
from explorer.stack.finetuning.adapter import adapted
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.zoo import adapters as shelf_of

#: The name of the model itself in NF4.
ROUNDED = "in NF4"
#: Tokens that are read.
MOST = 48
#: Nats; of gradients; standard errors of a mean.
VALUE, GRADIENT, ERRORS = 1e-9, 1e-9, 5.0


def estimators(scene: Scene) -> Rendered[figure.KlEstimators]:
    there = _offered(scene)
    name = scene.one_of("policy", there, there[0])
    scene.progress("Two policies read the text", 0, 1)
    ids = scene.trace.ids[:MOST]
    made = experiment.compared(_policy(scene, name), scene.decoder, ids, scene.whole("draws"), scene.whole("seed"))
    said = tuple(int(each) for each in ids)
    data = figure.estimators(made, name, scene.model.name, there, said)
    return Rendered(data, _checks(made), token_ids=said, chosen={"policy": name})


def _offered(scene: Scene) -> tuple[str, ...]:
    """The shelf's adapters of this model, the model in NF4, and those of the machine: these may not fit."""
    try:
        adapters = offered(scene.model, scene.files is not None)
    except NotApplicableError:
        return (ROUNDED,)
    shelf = shelf_of.committed(scene.model.name)
    return (*(each for each in adapters if each in shelf), ROUNDED, *(each for each in adapters if each not in shelf))


def _policy(scene: Scene, name: str) -> Decoder:
    if name == ROUNDED:
        fits(scene.decoder)
        return qlora.rounded(scene.decoder)
    return adapted(scene.decoder, (worn(scene.decoder, name).adapter, 1.0))


def _checks(made: experiment.Compared) -> tuple[Check, ...]:
    unbiased = [float((made.found.value[kind] - made.exact).abs().max()) for kind in ("k1", "k3")]
    means = [
        abs(float(each.means.mean() - made.found.value[kind].mean())) / max(each.spread / len(each.means) ** 0.5, 1e-30)
        for kind, each in made.samples.items()
    ]
    return (
        Check("Average of k1 and of k3 = KL(policy ‖ reference) by torch, at every position", worst(unbiased), VALUE,
              "largest difference, nats"),
        Check("Average gradients of all four = autograd’s", made.autograd, GRADIENT, "largest difference"),
        Check("Means of drawn samples lie where averages and variances say", worst(means), ERRORS,
              "standard errors, the farthest of four"),
    )  # fmt: skip
