"""Batching: the same requests served by static and by continuous batching, pass by pass."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inference import batching as experiment
from explorer.figures.inference import batching as figure
from explorer.panels.protocol import Check, Rendered, Scene

#: Two answers are the same while no token lies further below the likeliest one than rounding does.
LOGITS = 1e-3


def timeline(scene: Scene) -> Iterator[Rendered[figure.BatchingContest]]:
    ids = scene.trace.ids
    if len(ids) + experiment.ANSWER > scene.decoder.config.n_ctx:
        raise NotApplicableError("The run fills the model's whole context.", "Shorten the prompt.")
    how = experiment.Setting(
        n=scene.number("requests", default=7, low=2, high=12),
        slots=scene.number("slots", default=3, low=1, high=6),
        gap=scene.number("gap", default=1.5, low=0.25, high=16.0),
        blocks=scene.number("blocks", default=16, low=experiment.most_blocks(experiment.BLOCK), high=32),
        seed=scene.number("seed", default=7, low=0, high=9999),
    )
    rounds, threads = experiment.ROUNDS, torch.get_num_threads()
    note = "The interventions of this run are not applied here." if scene.trace.key.interventions else ""
    for made in experiment.contest(scene.decoder, ids, how, scene.ticks("Tokens"), rounds):
        data = figure.contest(made, how, rounds, threads)
        named = {i for r in data.requests for i in (*r.prompt, *r.answer)}
        named |= {
            token for way in (data.static, data.continuous) for _, _, _, token, _ in way.cells if token is not None
        }
        yield Rendered(data, _checks(made), token_ids=named, note=note)


def _checks(made: experiment.Contest) -> tuple[Check, ...]:
    if made.proof is None:
        return ()
    wanted = sum(a.request.max_new_tokens for a in made.arrivals)
    return (
        Check(
            f"Static and continuous give the same {wanted} tokens in {made.rounds} rounds",
            float(made.proof.different),
            0.0,
            "differing answers",
        ),
        Check(
            "Each answer is that of its request alone, in one uncached forward", made.proof.gap, LOGITS, "largest gap"
        ),
    )
