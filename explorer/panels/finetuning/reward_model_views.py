"""Reward model: three heads on held-out pairs, and on answers of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.finetuning import rewarding
from explorer.figures.finetuning import reward_model as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Of the largest reward; and of the slope of a head of zeros.
NEAR, LEAST = 1e-3, 1e-6


def judged(scene: Scene) -> Iterator[Rendered[figure.RewardJudged]]:
    twins = len(rewarding.twins_of(()))
    made = None
    for made in rewarding.judged(scene.model, scene.decoder, _recipe(scene), scene.progress):
        if not made.done:
            yield Rendered(figure.judged(made, twins))
    assert made is not None
    check = Check(
        "The loss has no slope where the first head stands, by autograd", rewarding.slope(made), LEAST,
        "of the slope of a head of zeros",
    )  # fmt: skip
    yield Rendered(figure.judged(made, twins), (check,))


def scores(scene: Scene) -> Rendered[figure.RewardScores]:
    answers, request = rewarding.answers_of(scene.text("answers")), scene.text("request")
    made = rewarding.heads(scene.model, scene.decoder, _recipe(scene), scene.progress)
    found = rewarding.scored(scene.model, scene.decoder, made, request, answers, scene.progress)
    theirs = rewarding.of_transformers(scene.model, made, found.examples)
    size = float(theirs.abs().max().clamp_min(1e-9))
    off = float((found.rewards.rewards - theirs).abs().max()) / size
    check = Check("Rewards by our decoder = the same heads on transformers’ last hidden state", off, NEAR,
                  "of the largest reward")  # fmt: skip
    ids = [token for example in found.examples for token in example.ids]
    return Rendered(figure.scores(made, found, request), (check,), ids)


def _recipe(scene: Scene) -> rewarding.RewardRecipe:
    return rewarding.RewardRecipe(scene.one_of("rule"), scene.whole("pairs"), scene.real("ridge"), scene.real("centre"))
