"""Prefill and decode: time a token in each phase of a real generation, and what the machine allows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inference.serving import prefill_decode as experiment
from explorer.figures.inference.serving import prefill_decode as figure
from explorer.panels.protocol import Check, Rendered, in_both
from explorer.panels.scene import Scene
from explorer.tracing.capturing.capture import stop_ids

#: New tokens: those of the run, within these.
LEAST, MOST = 8, 48
#: Tokens of a prompt that a batch of sequences reads, at most: each keeps a cache of its own.
READ = 512
NATS, LOGITS = 1e-3, 1e-3


def phases(scene: Scene) -> Iterator[Rendered[figure.PhasesPicture]]:
    config, there = scene.decoder.config, scene.there
    said, threads = _said(scene), torch.get_num_threads()
    others = repeat(None) if there is None else _generated(there, "Its prompt", "its model's")
    note = ""
    if any(run.key.interventions or run.key.forced for run in (scene.trace, *([there.trace] if there else []))):
        note = f"The interventions and forced tokens of {'either' if there else 'this'} run are not applied here."
    for made, theirs in zip(_generated(scene), others, strict=False):  # in turns, round by round
        base, checks = None, _checks(made.proof, config.n_experts)
        if there is not None and theirs is not None:
            base = figure.phases_beside(made, theirs, there.model.card.title, _said(there))
            checks = in_both(checks, _checks(theirs.proof, there.decoder.config.n_experts))
        data = figure.phases(made, config, said, experiment.ROUNDS, threads, base)
        yield Rendered(data, checks, token_ids={*data.prompt, *data.new}, note=note)


def _said(scene: Scene) -> list[int]:
    """The run's new tokens."""
    return scene.trace.ids[scene.trace.n_prompt :].tolist()


def _generated(scene: Scene, its: str = "The prompt", whose: str = "the model's") -> Iterator[experiment.Phases]:
    """The run's prompt, read and continued, round after round. Raises NotApplicableError."""
    trace, key = scene.trace, scene.trace.key
    prompt = [t.id for t in trace.tokens[: trace.n_prompt]]
    new = min(max(len(trace) - trace.n_prompt, LEAST), MOST, scene.decoder.config.n_ctx - len(prompt))
    if new < 2:
        raise NotApplicableError(f"{its} fills {whose} whole context.", "Shorten the prompt.")
    stops = stop_ids(scene.model)
    return experiment.phases(scene.decoder, prompt, new, key.sampler, key.seed, stops, scene.ticks("Passes"))


def _checks(proof: experiment.Proof | None, n_experts: int) -> tuple[Check, ...]:
    if proof is None:
        return ()
    return (
        Check("The log-probabilities of all passes = those of one uncached pass over the whole text",
              proof.logprobs, NATS, "largest error, nats"),
        Check("FLOPs by formula = those that torch counts, in both phases", float(proof.flops), 0.0, "difference"),
        Check(
            f"Bytes of weights{', of one token,' if n_experts else ''} = those of the tensors",
            proof.weights,
            1e-3,  # the number of experts read is no whole one on the way
            "difference",
        ),
    )  # fmt: skip


def roof(scene: Scene) -> Iterator[Rendered[figure.RoofPicture]]:
    config, trace = scene.decoder.config, scene.trace
    prompt = [t.id for t in trace.tokens[: min(trace.n_prompt, READ)]]
    if len(prompt) >= config.n_ctx:
        raise NotApplicableError("The prompt fills the model's whole context.", "Shorten the prompt.")
    rounds, threads = experiment.ROUNDS, torch.get_num_threads()
    notes = ["The interventions of this run are not applied here."] if trace.key.interventions else []
    if len(prompt) < trace.n_prompt:
        notes.append(f"The passes read the first {READ} of the prompt’s {trace.n_prompt:,} tokens.")
    for made in experiment.sweep(scene.decoder, prompt, scene.ticks("Passes"), rounds):
        checks = ()
        if made.rounds == rounds:
            most = max(experiment.BATCHES)
            what = f"In a batch of up to {most} every sequence gets the logits that it gets alone"
            checks = (Check(what, made.gap, LOGITS, "largest error"),)
        yield Rendered(figure.roof(made, config, len(prompt), rounds, threads), checks, note=" ".join(notes))
