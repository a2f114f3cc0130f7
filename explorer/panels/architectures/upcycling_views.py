"""Upcycling: a trained dense model becomes a mixture of experts and is trained on."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.architectures import upcycling as trained
from explorer.experiments.shelf_course import KINDS
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
    for made in trained.upcycling(_asked(scene), scene.progress):
        yield Rendered(figure.shown(made), _checks(made) if made.done else ())  # what has its checks is whole


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
