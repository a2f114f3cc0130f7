"""Training an SAE: a sparse autoencoder learns a model's stream live, with its placebo beside it."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inside import live_autoencoder as live_one
from explorer.experiments.inside.activations import Source
from explorer.figures.inside import training_sae as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.sparse_autoencoders.autoencoder import KINDS
from explorer.stack.frontier.sparse_autoencoders.losses import Weights
from explorer.stack.frontier.sparse_autoencoders.training import Settings
from explorer.stack.worst import worst

SOURCES: tuple[Source, ...] = ("texts", "passages")
#: Tokens of a step, and tokens without firing after which a feature counts as dead.
BATCH, DEAD_AFTER = 512, 10_000
#: Steps that are trained a second time.
AGAIN = 5


def live(scene: Scene) -> Iterator[Rendered[figure.TrainingSae]]:
    scene.decoder  # noqa: B018  refuses a model that the decoder does not know
    read = live_one.streams(scene.model, scene.layer, scene.one_of("text", SOURCES), scene.progress)
    title = f"A dictionary of {scene.whole('width'):,} learns the stream behind block {scene.layer}"
    for pair in live_one.trainings(read, _asked(scene), scene.progress):
        checks = _checks(pair) if pair.done else ()
        yield Rendered(figure.training_sae(pair, scene.layer), checks, title=title)


def _asked(scene: Scene) -> Settings:
    kind, on = scene.one_of("kind", KINDS), scene.one_of("auxk") == "on"
    weights = Weights(scene.real("sum_weight"), scene.real("count_weight"), Weights().auxk if on else 0.0)
    return Settings(
        kind=kind,
        width=scene.whole("width"),
        k=min(scene.whole("k"), scene.whole("width")),
        weights=weights,
        steps=scene.whole("steps"),
        batch=BATCH,
        lr=2e-3,
        dead_after=DEAD_AFTER,
        seed=scene.whole("seed"),
    )


def _checks(pair: live_one.Pair) -> tuple[Check, ...]:
    both, read = (pair.trained, pair.placebo), pair.streams
    return (
        Check(
            "Reconstructions = their features added one by one in float64, 64 held-out tokens of each",
            worst(live_one.sum_error(each, read) for each in both), 1e-4, "relative error",
        ),
        Check(
            "Autograd’s slope in the directions = (2/n) fᵀ(y − x), 64 held-out tokens of each",
            worst(live_one.gradient_error(each, read) for each in both), 1e-9, "relative error",
        ),
        Check(
            f"{AGAIN} steps trained again with the same seed are the same",
            live_one.repeat_error(pair.trained, read, AGAIN), 0.0, "difference",
        ),
    )  # fmt: skip
