"""Is it real: trained dictionaries against placebos with random directions, and against features that are known."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inside import is_it_real as experiment
from explorer.figures.inside import is_it_real as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.sparse_autoencoders.chance import expected_best_cosine
from explorer.stack.frontier.sparse_autoencoders.synthetic import Truth
from explorer.stack.frontier.sparse_autoencoders.training import Settings
from explorer.stack.worst import worst
from explorer.zoo import autoencoders

#: How much rarer the second feature is than the first, and so on: 1 / i.
SLOPE = 1.0
#: Nats; a cosine.
NATS, COSINE = 1e-3, 0.01


def bought(scene: Scene) -> Iterator[Rendered[figure.IsItRealBought]]:
    model, block = scene.model, autoencoders.nearest(scene.model.name, scene.layer)
    scene.decoder  # noqa: B018  refuses a model that the decoder does not know
    note = "" if block == scene.layer else f"Block {scene.layer} has no dictionary: block {block} is the nearest."
    several = [each for each in autoencoders.blocks_of(model.name) if autoencoders.seeds_of(model.name, each) > 1]
    if several and block not in several:
        note = f"{note} Several seeds were trained behind block {several[0]}: select it to see their spread.".strip()
    about = autoencoders.about(model.name)
    for made in experiment.bought(model, block, scene.progress):
        data = figure.is_it_real_bought(made, about)
        checks = (_loss_check(scene, made),) if data.done == data.of else ()
        yield Rendered(data, checks, note=note)


def _loss_check(scene: Scene, made: experiment.Bought) -> Check:
    off = abs(experiment.loss_elsewhere(scene.model, made.carried) - made.worth[0].fidelity.clean.loss)
    what = f"The loss of {made.carried[:, 2:].numel():,} tokens with the stream as it is = what transformers computes"
    return Check(what, off, NATS, "difference, nats")


def truth(scene: Scene) -> Iterator[Rendered[figure.IsItRealTruth]]:
    on = float(scene.whole("on"))
    described = Truth(features=scene.whole("features"), on=on, slope=SLOPE)
    width = scene.whole("width")
    settings = Settings(width=width, k=scene.whole("k"), steps=scene.whole("steps"), batch=512, lr=1e-2)
    for made in experiment.against_truth(described, settings, scene.progress):
        data = figure.is_it_real_truth(made)
        yield Rendered(data, (_chance_check(made),) if len(data.runs) == data.of else ())


def _chance_check(made: experiment.AgainstTruth) -> Check:
    expected = expected_best_cosine(made.made.truth.d_model, made.settings.width)
    off = worst(abs(each.recovery.mean - expected) for each in made.runs if each.role == "placebo")
    what = "The placebos’ mean best cosine = that of random directions, from the Beta distribution"
    return Check(what, off, COSINE, "largest difference")
