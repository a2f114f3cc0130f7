"""Contrastive search: confidence against likeness to what is already there, step by step, and the trade with greedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inference.decoding import contrastive_search as experiment
from explorer.figures.inference.decoding import contrastive_search as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.tracing.capturing.capture import stop_ids

#: Tokens of a prompt that are read, its last: each candidate keeps a cache of its own.
READ = 512
COSINE, NATS = 1e-4, 1e-3


@dataclass(frozen=True)
class _Asked:
    prompt: tuple[int, ...]
    k: int
    alpha: float
    new: int


def _asked(scene: Scene, new: int) -> _Asked:
    prompt = [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]][-READ:]
    config = scene.decoder.config
    if len(prompt) + new > config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {new} new ones pass the model's {config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    alpha = round(scene.real("alpha"), 2)
    return _Asked(tuple(prompt), min(scene.whole("k"), config.d_vocab), alpha, new)


def _note(scene: Scene) -> str:
    if scene.trace.n_prompt <= READ:
        return ""
    return f"The model reads the last {READ} of the prompt’s {scene.trace.n_prompt:,} tokens."


def _searched(scene: Scene) -> Iterator[tuple[_Asked, experiment.Searched]]:
    asked = _asked(scene, scene.whole("steps"))
    stops, tell = stop_ids(scene.model), scene.ticks("Tokens")
    for made in experiment.searched(scene.decoder, asked.prompt, asked.new, asked.alpha, asked.k, stops, tell):
        yield asked, made


def steps(scene: Scene) -> Iterator[Rendered[figure.ContrastiveSteps]]:
    changed = bool(scene.trace.key.interventions)
    for asked, made in _searched(scene):
        data = figure.steps(made, asked.prompt, asked.k, asked.alpha, asked.new, changed)
        ids = {*asked.prompt, *data.ids.ravel().tolist(), *(data.greedy or ())}
        yield Rendered(data, _checks(scene, asked, made) if made.whole else (), token_ids=ids, note=_note(scene))


def _checks(scene: Scene, asked: _Asked, made: experiment.Searched) -> tuple[Check, ...]:
    """The chosen tokens' penalties: cached, candidate by candidate, against transformers' own states of the text."""
    return (
        Check("Penalties from cached steps = those from one uncached pass",
              made.gap(len(asked.prompt)), COSINE, "largest error"),
        Check("Penalties from cached steps = those from the hidden states that transformers computes",
              _unlike_states(scene, asked, made), COSINE, "largest error"),
    )  # fmt: skip


def _unlike_states(scene: Scene, asked: _Asked, made: experiment.Searched) -> float:
    ids = torch.tensor([[*asked.prompt, *made.found.ids]])
    with torch.inference_mode():
        states = scene.model.hf(ids, output_hidden_states=True).hidden_states[-1][0].double()
    states = states / states.norm(dim=-1, keepdim=True)
    off = 0.0
    for at, step in enumerate(made.found.steps, len(asked.prompt)):
        theirs = float((states[:at] @ states[at]).max())
        off = worst(off, abs(theirs - float(step.choice.likeness[step.choice.chosen])))
    return off


def likeness(scene: Scene) -> Iterator[Rendered[figure.ContrastiveLikeness]]:
    for asked, made in _searched(scene):
        data = figure.likeness(made, asked.prompt, asked.k, asked.alpha, asked.new)
        ids = {*asked.prompt, *made.found.ids, *(made.greedy or ())}
        what = "The largest cosine of each token = the penalty that the search gave it"
        checks = (Check(what, made.gap(len(asked.prompt)), COSINE, "largest error"),) if made.whole else ()
        yield Rendered(data, checks, token_ids=ids, note=_note(scene))


def _traded(scene: Scene) -> Iterator[tuple[_Asked, experiment.Trade]]:
    asked = _asked(scene, scene.whole("length"))
    for made in experiment.trade(scene.decoder, asked.prompt, asked.new, asked.k, scene.ticks("Tokens")):
        yield asked, made


def trade(scene: Scene) -> Iterator[Rendered[figure.ContrastiveTrade]]:
    for asked, made in _traded(scene):
        data, checks = figure.trade(made, asked.k, asked.new), ()
        if made.greedy is not None:
            checks = (
                Check("At alpha 0 the search writes the engine’s greedy text",
                      _unlike(made.texts[0].ids, made.greedy), 0.0, "tokens that differ"),
                Check("Log-probabilities from cached steps = those from one pass over each text",
                      worst(abs(each.logprob - each.again) for each in made.texts), NATS, "largest error, nats"),
            )  # fmt: skip
        yield Rendered(data, checks, token_ids={i for each in made.texts for i in each.ids}, note=_note(scene))


def _unlike(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return float(sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other)))
