"""Batching: requests served pass by pass, a long prompt read in chunks, and throughput against the arrival rate."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inference import batching as experiment
from explorer.experiments.inference import chunked_prefill
from explorer.experiments.inference import load_curve as curves
from explorer.figures.inference import batching as figure
from explorer.figures.inference import chunked_prefill as chunk_figure
from explorer.figures.inference import load_curve as curve_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Two answers are the same while no token lies further below the likeliest one than rounding does.
LOGITS = 1e-3
#: From this spread of its timings on, a curve says little of the machine at rest.
UNCLEAR = 0.5
BUSY = "The machine was busy while the calls were timed: measure again when it is quiet."


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


def chunked(scene: Scene) -> Iterator[Rendered[chunk_figure.ChunkedPrefill]]:
    room = scene.decoder.config.n_ctx - chunked_prefill.ANSWER
    how = chunked_prefill.StallSetting(
        decoding=scene.number("decoding", default=3, low=1, high=6),
        long=min(scene.number("long", default=128, low=32, high=512), room),
        seed=scene.number("seed", default=7, low=0, high=9999),
    )
    rounds, threads = chunked_prefill.ROUNDS, torch.get_num_threads()
    for made in chunked_prefill.stalls(scene.decoder, how, scene.ticks("Runs"), rounds):
        checks = () if made.gap is None else _chunk_checks(made, how, made.gap)
        yield Rendered(chunk_figure.chunked(made, how, rounds, threads), checks)


def _chunk_checks(made: chunked_prefill.Stalls, how: chunked_prefill.StallSetting, gap: float) -> tuple[Check, ...]:
    runs = [run for each in made.runs.values() for run in each]
    wrong = sum(abs(run.long_read - how.long) for run in runs)
    over = max(0, *(run.most_read - run.chunk for run in runs if run.chunk))
    return (
        Check("Every answer is that of its request alone, however its prompt was cut", gap, LOGITS, "largest gap"),
        Check("The chunks of the long prompt add up to it, in every run", float(wrong), 0.0, "tokens"),
        Check("No pass reads more tokens than its budget", float(over), 0.0, "tokens"),
    )


def load_curve(scene: Scene) -> Iterator[Rendered[curve_figure.ThroughputByLoad]]:
    how = curves.LoadSetting(
        slots=scene.number("batch", default=8, low=1, high=16),
        chunk=scene.number("budget", default=64, low=16, high=256),
        long_share=scene.number("long_share", default=0.2, low=0.0, high=1.0),
        seed=scene.number("seed", default=7, low=0, high=9999),
        n=scene.number("arrivals", default=curves.REQUESTS, low=50, high=500),
    )
    if curves.LONG + curves.ANSWER[1] > scene.decoder.config.n_ctx:
        raise NotApplicableError("The long prompts do not fit this model's context.", "Choose another model.")
    rounds, threads = curves.ROUNDS, torch.get_num_threads()
    for made in curves.curve(scene.decoder, how, scene.ticks("Passes and loads"), rounds):
        data = curve_figure.by_load(made, how, rounds, len(curves.LOADS), curves.QUEUE, threads)
        busy = BUSY if made.costs.rounds > 1 and made.costs.spread > UNCLEAR else ""
        yield Rendered(data, () if made.queue is None else _curve_checks(made, made.queue), note=busy)


def _curve_checks(made: curves.LoadCurve, queue: curves.QueueProof) -> tuple[Check, ...]:
    bound = curves.PASS_TOLERANCE + 2 * made.costs.spread
    return (
        Check("The middle pass of real runs takes what its calls were priced at", curves.pass_error(made.real), bound),
        Check("With one slot each wait is Lindley's, on the same arrivals", queue.lindley, 1e-6, "largest error"),
        Check("One slot waits as an M/D/1 queue (Pollaczek, Khinchine)", abs(queue.wait / queue.theory - 1), 0.1),
        Check("An arrival finds rate x time in the system (Little)", abs(queue.found / queue.little - 1), 0.1),
    )
