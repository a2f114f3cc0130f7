"""Batching: requests served pass by pass, a long prompt read in chunks, and throughput against the arrival rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import TypeVar

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inference.serving import batching as experiment
from explorer.experiments.inference.serving import chunked_prefill
from explorer.experiments.inference.serving import load_curve as curves
from explorer.experiments.timing import in_turns
from explorer.figures.inference.serving import batching as figure
from explorer.figures.inference.serving import chunked_prefill as chunk_figure
from explorer.figures.inference.serving import load_curve as curve_figure
from explorer.panels.protocol import Check, Rendered, in_both
from explorer.panels.scene import Scene

Made = TypeVar("Made")
#: Two answers are the same while no token lies further below the likeliest one than rounding does.
LOGITS = 1e-3
#: From this spread of its timings on, a curve says little of the machine at rest.
UNCLEAR = 0.5
BUSY = "The machine was busy while the calls were timed. Measure again when it is quiet."


def timeline(scene: Scene) -> Iterator[Rendered[figure.BatchingContest]]:
    how = experiment.Setting(
        n=scene.whole("requests"),
        slots=scene.whole("slots"),
        gap=scene.real("gap"),
        blocks=scene.whole("blocks", low=experiment.most_blocks(experiment.BLOCK)),
        seed=scene.whole("seed"),
    )
    rounds, threads, there = experiment.ROUNDS, torch.get_num_threads(), scene.there
    note = scene.left_out
    step = None
    if there is not None and there.decoder is scene.decoder:
        if torch.equal(there.trace.ids, scene.trace.ids):
            raise NotApplicableError(
                "Both runs have the same text and the same model: their requests would be the same."
            )
        step = experiment.step_seconds(scene.decoder, scene.trace.ids[: experiment.PROMPT])  # one clock for both
    others = there and _contest(there, how, step, "The other run")
    for made, theirs in _both(_contest(scene, how, step), others, _rounds):
        checks, base = _checks(made), None
        if there is not None:
            base = None if theirs is None else figure.contest_beside(made, theirs, how, there.model.card.title)
            checks = _of_both(checks, _checks(theirs))
        data = figure.contest(made, how, rounds, threads, base)
        named = {i for r in data.requests for i in (*r.prompt, *r.answer)}
        named |= {
            token for way in (data.static, data.continuous) for _, _, _, token, _ in way.cells if token is not None
        }
        yield Rendered(data, checks, token_ids=named, note=note)


def _contest(
    scene: Scene, how: experiment.Setting, step: float | None, whose: str = "The run"
) -> Iterator[experiment.Contest]:
    ids = scene.trace.ids
    if len(ids) + experiment.ANSWER > scene.decoder.config.n_ctx:
        raise NotApplicableError(f"{whose} fills the model's whole context.", "Shorten the prompt.")
    return experiment.contest(scene.decoder, ids, how, scene.ticks("Tokens"), experiment.ROUNDS, step)


def _rounds(made: experiment.Contest | chunked_prefill.Stalls) -> int:
    return made.rounds


def _both(
    ours: Iterator[Made], theirs: Iterator[Made] | None, rounds: Callable[[Made], int]
) -> Iterator[tuple[Made, Made | None]]:
    """In turns with the other run's, where one is chosen."""
    return zip(ours, repeat(None)) if theirs is None else in_turns(ours, theirs, rounds)


def _of_both(ours: tuple[Check, ...], theirs: tuple[Check, ...]) -> tuple[Check, ...]:
    """None until those of the other run are there too."""
    return in_both(ours, theirs) if theirs else ()


def _checks(made: experiment.Contest | None) -> tuple[Check, ...]:
    if made is None or made.proof is None:
        return ()
    wanted = sum(a.request.max_new_tokens for a in made.arrivals)
    return (
        Check(
            f"Static and continuous batching give the same {wanted} tokens in {made.rounds} rounds",
            float(made.proof.different),
            0.0,
            "differing answers",
        ),
        Check(
            "Each answer is what the model writes for its request alone, in one uncached forward pass",
            made.proof.gap,
            LOGITS,
            "largest gap",
        ),
    )


def chunked(scene: Scene) -> Iterator[Rendered[chunk_figure.ChunkedPrefill]]:
    rounds, threads, there = chunked_prefill.ROUNDS, torch.get_num_threads(), scene.there
    how, base = _stalled(scene), None
    for made, theirs in _both(_stalls(scene), there and _stalls(there), _rounds):
        checks = _chunk_checks(made, how)
        if there is not None:
            its = _stalled(there)
            base = None if theirs is None else chunk_figure.chunked_beside(made, theirs, its, there.model.card.title)
            checks = _of_both(checks, _chunk_checks(theirs, its))
        yield Rendered(chunk_figure.chunked(made, how, rounds, threads, base), checks)


def _stalled(scene: Scene) -> chunked_prefill.StallSetting:
    room = scene.decoder.config.n_ctx - chunked_prefill.ANSWER
    return chunked_prefill.StallSetting(
        decoding=scene.whole("decoding"), long=min(scene.whole("long"), room), seed=scene.whole("seed")
    )


def _stalls(scene: Scene) -> Iterator[chunked_prefill.Stalls]:
    return chunked_prefill.stalls(scene.decoder, _stalled(scene), scene.ticks("Runs"), chunked_prefill.ROUNDS)


def _chunk_checks(made: chunked_prefill.Stalls | None, how: chunked_prefill.StallSetting) -> tuple[Check, ...]:
    if made is None or made.gap is None:
        return ()
    runs = [run for each in made.runs.values() for run in each]
    wrong = sum(abs(run.long_read - how.long) for run in runs)
    over = max(0, *(run.most_read - run.chunk for run in runs if run.chunk))
    return (
        Check(
            "Every answer is what the model writes for its request alone, in every way of reading",
            made.gap,
            LOGITS,
            "largest gap",
        ),
        Check("The chunks of the long prompt add up to it, in every run", float(wrong), 0.0, "tokens"),
        Check("No pass reads more tokens than its budget", float(over), 0.0, "tokens"),
    )


def load_curve(scene: Scene) -> Iterator[Rendered[curve_figure.ThroughputByLoad]]:
    how = curves.LoadSetting(
        slots=scene.whole("batch"),
        chunk=scene.whole("budget"),
        long_share=scene.real("long_share"),
        seed=scene.whole("seed"),
        n=scene.whole("arrivals"),
    )
    rounds, threads, there = curves.ROUNDS, torch.get_num_threads(), scene.there
    others = there and _curve(there, how, "its model's")
    for made, theirs in _both(_curve(scene, how, "this model's"), others, lambda each: each.costs.rounds):
        spread = max(each.costs.spread for each in (made, theirs) if each is not None)
        base, checks = None, _curve_checks(made)
        if there is not None:
            base = curve_figure.load_beside(theirs, there.model.card.title)
            checks = _of_both(checks, _curve_checks(theirs))
        data = curve_figure.by_load(made, how, rounds, len(curves.LOADS), curves.QUEUE, threads, base)
        busy = BUSY if made.costs.rounds > 1 and spread > UNCLEAR else ""
        yield Rendered(data, checks, note=busy)


def _curve(scene: Scene, how: curves.LoadSetting, whose: str) -> Iterator[curves.LoadCurve]:
    if curves.LONG + curves.ANSWER[1] > scene.decoder.config.n_ctx:
        raise NotApplicableError(f"The long prompts do not fit {whose} context.", "Choose another model.")
    return curves.curve(scene.decoder, how, scene.ticks("Passes and loads"), curves.ROUNDS)


def _curve_checks(made: curves.LoadCurve | None) -> tuple[Check, ...]:
    """Of the simulation, which draws no time anew. What real passes take beside their price has a spread, no tick."""
    if made is None or made.queue is None:
        return ()
    queue = made.queue
    return (
        Check(
            "With one slot each wait = the wait by Lindley's recursion, same arrivals",
            queue.lindley,
            1e-6,
            "largest error",
        ),
        Check(
            "One slot's mean wait = an M/D/1 queue's (Pollaczek, Khinchine)", abs(queue.wait / queue.theory - 1), 0.1
        ),
        Check("An arrival finds rate × time requests in the system (Little)", abs(queue.found / queue.little - 1), 0.1),
    )
