"""SFT: the conversation by tokens, and the model before and after one step on it."""

from __future__ import annotations

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import sft as experiment
from explorer.figures.finetuning import sft as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Nats.
NEAR = 2e-4
#: How far the loss is from a plane over so short a way.
FLAT = 0.05


def conversation(scene: Scene) -> Rendered[figure.SftConversation]:
    made = _conversation(scene)
    ids = torch.tensor(made.example.ids)
    loss = experiment.losses(scene.decoder, ids)
    mean = float(loss[torch.tensor(made.example.learnt)].mean())
    checks = (
        Check(
            "First token of the answer by its place = first at which prompt and whole text differ in tokens",
            float(abs(made.first - made.by_prefix)),
            0.0,
            "tokens",
        ),
        Check(
            "Mean loss of the answer = transformers’ own, with labels of −100 elsewhere",
            abs(mean - experiment.of_transformers(scene.model, made)),
            NEAR,
            "nats",
        ),
    )
    shown = figure.conversation(made, loss, scene.text("request"), scene.text("answer"))
    return Rendered(shown, checks, list(made.example.ids))


def step(scene: Scene) -> Rendered[figure.SftStep]:
    made, other = _conversation(scene), scene.text("other")
    ids = scene.model.vocabulary.encode(other)[: experiment.LONGEST]
    if len(ids) < 2:
        raise NotApplicableError("The text that is not trained on has no token to predict.", "Write a sentence.")
    found = experiment.stepped(scene.decoder, made, torch.tensor(ids), scene.real("length"), scene.whole("seed"))
    check = Check(
        f"Loss falls by the gradient’s norm for each unit of length, over the first {experiment.NUDGE}",
        abs(found.slope / found.gradient - 1),
        FLAT,
        "of the norm",
    )
    shown = figure.step(found, scene.text("request"), scene.text("answer"), other)
    return Rendered(shown, (check,), [*made.example.ids, *ids])


def _conversation(scene: Scene) -> experiment.Conversation:
    request, answer = scene.text("request"), scene.text("answer")
    if not answer.strip():
        raise NotApplicableError("There is no answer to learn.", "Write one.")
    return experiment.conversation(scene.model, request, answer)
