"""Contrastive search: confidence against likeness to what is already there, step by step, and the trade with greedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inference.decoding import contrastive_search as experiment
from explorer.figures.inference.decoding import contrastive_search as figure
from explorer.figures.inference.decoding.text_beside import TextBeside, text_beside
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.tracing.capturing.capture import stop_ids

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


Found = tuple[_Asked, experiment.Searched]
Made = TypeVar("Made")


def _note(scene: Scene) -> str:
    if scene.trace.n_prompt <= READ:
        return ""
    return f"The model reads the last {READ} of the prompt’s {scene.trace.n_prompt:,} tokens."


def _searched(scene: Scene) -> Iterator[tuple[_Asked, experiment.Searched]]:
    asked = _asked(scene, scene.number("steps", 16, 2, STEPS))
    stops, tell = stop_ids(scene.model), scene.ticks("Tokens")
    for made in experiment.searched(scene.decoder, asked.prompt, asked.new, asked.alpha, asked.k, stops, tell):
        yield asked, made


def steps(scene: Scene) -> Iterator[Rendered[figure.ContrastiveSteps]]:
    limits, changed = figure.ContrastiveLimits(k=K, steps=STEPS), bool(scene.trace.key.interventions)
    for mine, theirs in _both(scene, _searched):
        asked, made = mine
        base = None
        if theirs is not None and scene.there is not None:
            base = figure.steps_beside(theirs[1], _text(scene, made.found.ids, theirs[1].found.ids))
        data = figure.steps(made, asked.prompt, asked.k, asked.alpha, asked.new, limits, changed, base)
        ids = {*asked.prompt, *data.ids.ravel().tolist(), *(data.greedy or ())}
        whole = made.whole and (scene.there is None or theirs is not None)
        yield Rendered(data, _checks(scene, mine, theirs) if whole else (), token_ids=ids, note=_note(scene))


def _both(scene: Scene, of: Callable[[Scene], Iterator[Made]]) -> Iterator[tuple[Made, Made | None]]:
    """What is made of this run, part by part, and at the end with what is made of the one beside it."""
    made = None
    for made in of(scene):
        yield made, None
    if scene.there is not None and made is not None:
        *_, theirs = of(scene.there)
        yield made, theirs


def _text(scene: Scene, ids: tuple[int, ...], theirs: tuple[int, ...]) -> TextBeside:
    assert scene.there is not None
    return text_beside(scene.model, ids, scene.there.model, theirs)


def _checks(scene: Scene, mine: Found, theirs: Found | None) -> tuple[Check, ...]:
    """The chosen tokens' penalties: cached, candidate by candidate, against transformers' own states of the text."""
    both = [(scene, mine)]
    if theirs is not None and scene.there is not None:
        both.append((scene.there, theirs))
    return (
        Check("Penalties from cached steps = those from one uncached pass",
              worst(made.gap(len(asked.prompt)) for _, (asked, made) in both), COSINE, "largest error"),
        Check("Penalties from cached steps = those from the hidden states that transformers computes",
              worst(_unlike_states(of, *found) for of, found in both), COSINE, "largest error"),
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
    for (asked, made), theirs in _both(scene, _searched):
        base, gap = None, made.gap(len(asked.prompt)) if made.whole else 0.0
        if theirs is not None and scene.there is not None:
            base = figure.like_beside(theirs[1], theirs[0].prompt, scene.there.model.vocabulary.label)
            gap = worst(gap, theirs[1].gap(len(theirs[0].prompt)))
        data = figure.likeness(made, asked.prompt, asked.k, asked.alpha, asked.new, base)
        ids = {*asked.prompt, *made.found.ids, *(made.greedy or ())}
        checks = ()
        if made.whole and (scene.there is None or theirs is not None):
            what = "The largest cosine of each token = the penalty that the search gave it"
            checks = (Check(what, gap, COSINE, "largest error"),)
        yield Rendered(data, checks, token_ids=ids, note=_note(scene))


def _traded(scene: Scene) -> Iterator[tuple[_Asked, experiment.Trade]]:
    asked = _asked(scene, scene.number("length", 64, *LENGTHS))
    for made in experiment.trade(scene.decoder, asked.prompt, asked.new, asked.k, scene.ticks("Tokens")):
        yield asked, made


def trade(scene: Scene) -> Iterator[Rendered[figure.ContrastiveTrade]]:
    for (asked, made), theirs in _both(scene, _traded):
        base, both = (), [made]
        if theirs is not None:
            both.append(theirs[1])
            base = tuple(
                figure.traded_beside(each, _text(scene, own.ids, each.ids))
                for own, each in zip(made.texts, theirs[1].texts, strict=True)
            )
        data = figure.trade(made, asked.k, asked.new, LENGTHS, base)
        checks = ()
        if made.greedy is not None and (scene.there is None or theirs is not None):
            written = [each for one in both for each in one.texts]
            checks = (
                Check("At alpha 0 the search writes the engine’s greedy text",
                      sum(_unlike(one.texts[0].ids, one.greedy or ()) for one in both), 0.0, "tokens that differ"),
                Check("Log-probabilities from cached steps = those from one pass over each text",
                      worst(abs(each.logprob - each.again) for each in written), NATS, "largest error, nats"),
            )  # fmt: skip
        yield Rendered(data, checks, token_ids={i for each in made.texts for i in each.ids}, note=_note(scene))


def _unlike(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return float(sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other)))
