"""Contrastive search: confidence against likeness to what is already there, step by step, and the trade with greedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inference import contrastive_search as experiment
from explorer.figures.inference import contrastive_search as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.capture import stop_ids

#: The most that a visitor may ask for.
K, STEPS = 10, 32
#: Tokens of a continuation whose repetition is measured.
LENGTHS = (32, 128)
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
    alpha = round(scene.number("alpha", 0.6, 0.0, 1.0), 2)
    return _Asked(tuple(prompt), scene.number("k", 4, 1, min(K, config.d_vocab)), alpha, new)


def _note(scene: Scene) -> str:
    if scene.trace.n_prompt <= READ:
        return ""
    return f"Of the prompt's {scene.trace.n_prompt:,} tokens the last {READ} are read."


def _searched(scene: Scene) -> Iterator[tuple[_Asked, experiment.Searched]]:
    asked = _asked(scene, scene.number("steps", 16, 2, STEPS))
    stops, tell = stop_ids(scene.model), scene.ticks("Tokens")
    for made in experiment.searched(scene.decoder, asked.prompt, asked.new, asked.alpha, asked.k, stops, tell):
        yield asked, made


def steps(scene: Scene) -> Iterator[Rendered[figure.ContrastiveSteps]]:
    limits, changed = figure.ContrastiveLimits(K, STEPS), bool(scene.trace.key.interventions)
    for asked, made in _searched(scene):
        data = figure.steps(made, asked.prompt, asked.k, asked.alpha, asked.new, limits, changed)
        ids = {*asked.prompt, *data.ids.ravel().tolist(), *(data.greedy or ())}
        checks = _checks(scene, asked, made) if made.whole else ()
        yield Rendered(data, checks, token_ids=ids, note=_note(scene))


def _checks(scene: Scene, asked: _Asked, made: experiment.Searched) -> tuple[Check, ...]:
    """The chosen tokens' penalties: cached, candidate by candidate, against transformers' own states of the text."""
    assert made.likeness is not None
    ids = torch.tensor([[*asked.prompt, *made.found.ids]])
    with torch.inference_mode():
        states = scene.model.hf(ids, output_hidden_states=True).hidden_states[-1][0].double()
    states = states / states.norm(dim=-1, keepdim=True)
    worst = 0.0
    for at, step in enumerate(made.found.steps, len(asked.prompt)):
        theirs = float((states[:at] @ states[at]).max())
        worst = max(worst, abs(theirs - float(step.choice.likeness[step.choice.chosen])))
    return (
        Check("Penalties from cached steps = from one uncached pass", made.gap(len(asked.prompt)), COSINE,
              "largest error"),
        Check("and from the hidden states that transformers computes", worst, COSINE, "largest error"),
    )  # fmt: skip


def likeness(scene: Scene) -> Iterator[Rendered[figure.ContrastiveLikeness]]:
    for asked, made in _searched(scene):
        data = figure.likeness(made, asked.prompt, asked.k, asked.alpha, asked.new)
        ids = {*asked.prompt, *made.found.ids, *(made.greedy or ())}
        checks = ()
        if made.whole:
            what = "Each text token's largest cosine = the penalty that the search paid for it"
            checks = (Check(what, made.gap(len(asked.prompt)), COSINE, "largest error"),)
        yield Rendered(data, checks, token_ids=ids, note=_note(scene))


def trade(scene: Scene) -> Iterator[Rendered[figure.ContrastiveTrade]]:
    asked = _asked(scene, scene.number("length", 64, *LENGTHS))
    tell = scene.ticks("Tokens")
    for made in experiment.trade(scene.decoder, asked.prompt, asked.new, asked.k, tell):
        data = figure.trade(made, asked.k, asked.new, LENGTHS)
        checks = ()
        if made.greedy is not None:
            checks = (
                Check("At alpha 0 it writes the engine's own greedy text", _unlike(made.texts[0].ids, made.greedy), 0.0,
                      "tokens that differ"),
                Check("Log-probabilities from cached steps = one pass over each text",
                      max(abs(each.logprob - each.again) for each in made.texts), NATS, "largest error, nats"),
            )  # fmt: skip
        yield Rendered(data, checks, token_ids={i for each in made.texts for i in each.ids}, note=_note(scene))


def _unlike(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return float(sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other)))
