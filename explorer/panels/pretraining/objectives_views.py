"""Objectives: one text under each, and the model's own loss on it."""

from __future__ import annotations

from typing import get_args

from torch import Tensor

from explorer.experiments.pretraining import objective_twins as twins
from explorer.experiments.pretraining import objectives as experiment
from explorer.figures.pretraining import objectives as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.objectives import infilling, masked, spans
from explorer.stack.worst import worst

#: Nats.
NEAR = 2e-4
SAID = {
    "causal": "Mean loss of our decoder = transformers’ own loss",
    "prefix": "Mean loss behind the prefix = transformers’ own, with labels of −100 on the prefix",
    "middle last": "Mean loss with the middle last = transformers’ own on that order",
    "shifted twice": "Mean loss against the token after the next = transformers’ own on shifted labels",
}


def examples(scene: Scene) -> Rendered[figure.ObjectivesShown]:
    text, settings = _text(scene), _settings(scene)
    made = experiment.examples(text, scene.model.dims.d_vocab, settings)
    named = [*text.ids.tolist(), *_strange(made)]
    return Rendered(figure.shown(made, _written(scene, text), settings), _together(made), named)


def losses(scene: Scene) -> Rendered[figure.ObjectiveLosses]:
    text = _text(scene)
    made = experiment.lost(scene.decoder, text, experiment.Settings(seed=scene.whole("seed")))
    peers = experiment.of_transformers(scene.model, made, scene.progress)
    checks = tuple(Check(SAID[each.name], abs(each.ours - each.theirs), NEAR, "nats") for each in peers)
    ids = [*text.lead, *text.ids.tolist()]
    return Rendered(figure.losses(made, _written(scene, text)), checks, ids, note=scene.left_out)


def trained(scene: Scene) -> Rendered[figure.TwinsShown]:
    text = scene.text("text")
    if not text.strip():
        text = str(scene.model.tokenizer.decode(scene.trace.ids.tolist()))
    ids, left_out = twins.encode(text)
    made = twins.read(ids, scene.whole("seed"))
    apart = worst(abs(twins.of_transformers(each) - each.heads[0]) for each in made if each.example.counted.any())
    what = "Losses of the models trained here = transformers’ Llama on their weights, under their masks"
    check = Check(what, apart, NEAR, "nats")
    tokens = [twins.tokenizer().decode([each], skip_special_tokens=False) for each in ids]
    seed = twins.parts().recipe.run.seed
    return Rendered(figure.twins(made, twins.runs(), text, ids, tokens, left_out, seed), (check,))


def _settings(scene: Scene) -> experiment.Settings:
    return experiment.Settings(
        seed=scene.whole("seed"),
        rate=scene.real("rate"),
        mean_span=scene.whole("span"),
        order=scene.one_of("order", get_args(infilling.Order)),
        heads=scene.whole("heads"),
    )


def _text(scene: Scene) -> experiment.Text:
    return experiment.taken(scene.model, scene.text("text"), scene.trace.ids)


def _written(scene: Scene, text: experiment.Text) -> str:
    """The text as it is edited: what was typed, or the run's."""
    typed = scene.text("text")
    return typed if typed.strip() else str(scene.model.tokenizer.decode(text.ids.tolist()))


def _strange(made: experiment.Made) -> list[int]:
    """Tokens that no text has: those that MLM puts at random."""
    return [each for each in made.examples["mlm"].inputs.tolist() if each < made.new.d_vocab]


def _together(made: experiment.Made) -> tuple[Check, ...]:
    """Each by its own marks, which know nothing of where the tokens came from."""

    def check(statement: str, again: Tensor) -> Check:
        text = made.text.ids
        wrong = int((again != text).sum()) if len(again) == len(text) else max(len(again), len(text))
        return Check(statement, float(wrong), 0.0, "tokens that differ")

    found = [
        check("Masked: targets, and inputs elsewhere = the text", masked.unmasked(made.examples["mlm"])),
        check(
            "Fill in the middle: its parts put together by the marks = the text",
            infilling.put_together(made.examples["fim"].inputs, made.new.fim),
        ),
    ]
    if "spans" in made.examples:
        again = spans.put_together(made.examples["spans"], made.new.extra)
        found.append(check("Span corruption: source and target put together by the sentinels = the text", again))
    return tuple(found)
