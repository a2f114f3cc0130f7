"""Upcycling: a trained dense model becomes a mixture of experts and is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from explorer.experiments.architectures import upcycling as trained
from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.shelf_course import DENSE, KINDS, tokenizer_of
from explorer.figures.architectures import upcycling as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def _asked(scene: Scene) -> trained.Asked:
    return trained.Asked(
        n_experts=scene.whole("experts"),
        k=scene.whole("k"),
        steps=scene.whole("steps"),
        texts=scene.one_of("texts", KINDS),
        rate=scene.real("rate"),
        seed=scene.whole("seed"),
    )


def training(scene: Scene) -> Iterator[Rendered[figure.UpcyclingTraining]]:
    keeper = Keeper(scene.recipe)
    for made in trained.upcycling(_asked(scene), scene.progress):
        kept = keeper.keep(_trainings(made))
        yield Rendered(figure.shown(made, kept), _checks(made) if made.done else ())  # what has its checks is whole


def training_trainings(scene: Scene) -> Trainings:
    return _trainings(trained.beginning(_asked(scene), scene.progress))


def _trainings(made: trained.Upcycling) -> Trainings:
    return Trainings(made.arms, made.course, partial(tokenizer_of, DENSE))


def _checks(made: trained.Upcycling) -> tuple[Check, ...]:
    same = Check(
        f"At the change the mixture’s logits are the dense model’s, {made.sample.numel()} held-out tokens",
        made.error, 1e-3, "largest difference",
    )  # fmt: skip
    error = trained.library_error(made.arms[1].model, made.sample)
    read = made.sample.numel()
    theirs = Check(
        f"The trained mixture in transformers’ Mixtral: the same logits, {read} tokens", error, 1e-3,
        "largest difference",
    )  # fmt: skip
    return (same, theirs)
