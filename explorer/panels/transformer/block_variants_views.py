"""Blocks compared: small decoders trained here that differ in one part of the block alone."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.shelf_course import KINDS, Bytes
from explorer.experiments.side_by_side import windows
from explorer.experiments.transformer import block_variants as trained
from explorer.experiments.transformer import library_blocks as library
from explorer.experiments.transformer.block_variants import Asked
from explorer.figures.transformer import block_variants as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: The share by which the kinds' parameters may differ.
EQUAL = 0.01


def _residual_asked(scene: Scene) -> Asked:
    return Asked(
        blocks=scene.whole("blocks"),
        steps=scene.whole("steps"),
        texts=scene.one_of("texts", KINDS),
        seed=scene.whole("seed"),
    )


def residual_path(scene: Scene) -> Iterator[Rendered[figure.ResidualCompared]]:
    keeper = Keeper(scene.recipe)
    for made in trained.residual_path(_residual_asked(scene), scene.progress):
        kept = keeper.keep(_trainings(made))
        yield Rendered(figure.residual(made, kept), _residual_checks(made) if made.done else ())


def residual_path_trainings(scene: Scene) -> Trainings:
    return _trainings(trained.residual_beginning(_residual_asked(scene), scene.progress))


def _trainings(made: trained.ResidualPath) -> Trainings:
    return Trainings(made.arms, made.course, Bytes.tokenizer)


def _residual_checks(made: trained.ResidualPath) -> tuple[Check, ...]:
    read = windows(made.course)
    apart = [library.compared(arm.model, read, arm.flows[-1].weights) for arm in made.arms]
    return (
        Check(
            "Both trained decoders = transformers’ Llama layers, with and without the addition",
            worst(each.logits for each in apart), 1e-3, "largest difference of logits",
        ),
        Check(
            f"The gradients of all {2 * made.asked.blocks} blocks have the same length through those layers in float64",
            worst(each.gradients for each in apart), 1e-2, "largest relative difference",
        ),
    )  # fmt: skip


def _feed_forwards_asked(scene: Scene) -> Asked:
    return Asked(
        blocks=scene.whole("layers"),
        steps=scene.whole("rounds"),
        texts=scene.one_of("texts", KINDS),
        seed=scene.whole("seed"),
        seeds=scene.whole("seeds"),
        plain=scene.one_of("plain", ("gelu", "relu")),
    )


def feed_forwards(scene: Scene) -> Iterator[Rendered[figure.FeedForwardsCompared]]:
    keeper = Keeper(scene.recipe)
    for made in trained.feed_forwards(_feed_forwards_asked(scene), scene.progress):
        kept = keeper.keep(_first_seeds(made))
        yield Rendered(figure.feed_forwards(made, kept), _feed_forward_checks(made) if made.done else ())


def feed_forwards_trainings(scene: Scene) -> Trainings:
    return _first_seeds(trained.feed_forwards_beginning(_feed_forwards_asked(scene), scene.progress))


def _first_seeds(made: trained.FeedForwards) -> Trainings:
    return Trainings(made.rounds[0], made.course, Bytes.tokenizer)


def _feed_forward_checks(made: trained.FeedForwards) -> tuple[Check, ...]:
    read = windows(made.course)[:, :-1]
    last = made.rounds[-1]
    counts = [arm.parameters for arm in last]
    blocks = sum(len(arm.model.blocks) for arm in last)
    return (
        Check(
            f"The three kinds have equally many parameters, within 1 %: {counts[0]:,}, counted in the models",
            max(counts) / min(counts) - 1, EQUAL, "largest share apart",
        ),
        Check(
            f"{blocks} trained feed-forward layers write what transformers’ LlamaMLP and Starcoder2MLP write",
            worst(library.feed_forward_error(arm.model, read) for arm in last), 1e-5, "largest relative difference",
        ),
    )  # fmt: skip
