"""Prefill and decode: time a token in each phase of a real generation, and what the machine allows."""

from __future__ import annotations

from typing import Any

import torch

from explorer.errors import NotApplicableError
from explorer.figures.inference import prefill_decode as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference import roofline as mechanism
from explorer.stack.inference.engine import Engine, NewToken
from explorer.tracing.capture import stop_ids

#: New tokens: those of the run, within these.
LEAST, MOST = 8, 48
NATS, LOGITS = 1e-3, 1e-3


def phases(scene: Scene) -> Rendered:
    decoder, trace, key = scene.model.decoder, scene.trace, scene.trace.key
    prompt = [t.id for t in trace.tokens[: trace.n_prompt]]
    new = min(max(len(trace) - trace.n_prompt, LEAST), MOST, decoder.config.n_ctx - len(prompt))
    if new < 2:
        raise NotApplicableError("The prompt fills the model's whole context.", "Shorten the prompt.")
    total, done = new + 4, 0

    def tell(_: NewToken | None = None) -> None:
        nonlocal done
        done += 1
        scene.progress("Passes", min(done, total), total)

    with torch.inference_mode():
        for n in (2, 1):  # the first pass of a kind is slow after a pause
            decoder(trace.ids[None, :n], last_only=True)
    (made,) = Engine(decoder).generate([prompt], new, key.sampler, key.seed, stop_ids(scene.model), on_token=tell)
    found = figure.passes(decoder.config, made)
    gap = figure.logprob_gap(decoder, made)
    tell()
    ids, last = torch.tensor(prompt), found[-1]
    counted = figure.counted_flops(decoder, ids, 0) - found[0].work.flops
    tell()
    if last.phase == "decode":
        counted = max(abs(counted), abs(figure.counted_flops(decoder, ids[:1], last.past) - last.work.flops))
    tell()
    # How many experts a prompt reads is expected, not known; one token reads k.
    read = last if decoder.config.n_experts else found[0]
    weights = figure.matrix_bytes(decoder, read.new) - read.work.weight_bytes
    checks = (
        Check("Each pass says what one uncached pass over the whole text says", gap, NATS, "largest error, nats"),
        Check("FLOPs by formula = those that torch counts in both phases", float(abs(counted)), 0.0, "difference"),
        Check(
            f"Bytes of weights{', of one token,' if decoder.config.n_experts else ''} = those of the tensors",
            float(abs(weights)),
            1e-3,  # the number of experts read is no whole one on the way
            "difference",
        ),
    )
    run_ids = trace.ids[trace.n_prompt :].tolist()
    data: dict[str, Any] = {
        "prompt": prompt, "new": made.new_ids, "stopped": made.stopped,
        "same": made.new_ids[: len(run_ids)] == run_ids[: len(made.new_ids)],
        "passes": [each.numbers() for each in found],
        "threads": torch.get_num_threads(), **_shape(scene),
    }  # fmt: skip
    note = ""
    if key.interventions or key.forced:
        note = "The interventions and forced tokens of this run are not applied here."
    return Rendered(data, checks, token_ids={*prompt, *made.new_ids}, note=note)


def roof(scene: Scene) -> Rendered:
    decoder, trace = scene.model.decoder, scene.trace
    prompt = [t.id for t in trace.tokens[: trace.n_prompt]]
    if len(prompt) >= decoder.config.n_ctx:
        raise NotApplicableError("The prompt fills the model's whole context.", "Shorten the prompt.")
    made = figure.sweep(decoder, prompt, scene.ticks("Passes"))
    machine = made.machine
    check = Check(
        f"In a batch of up to {max(figure.BATCHES)}, every sequence's logits are those that it gets alone",
        made.gap,
        LOGITS,
        "largest error",
    )
    data: dict[str, Any] = {
        "flops": machine.flops, "bandwidth": machine.bandwidth, "ridge": machine.ridge,
        "passes": [
            {**each.numbers(), "least": machine.seconds(each.work) * 1e3, "bound": machine.bound(each.work)}
            for each in made.passes
        ],
        "n_prompt": len(prompt), "rounds": figure.ROUNDS, "threads": torch.get_num_threads(), **_shape(scene),
    }  # fmt: skip
    note = "The interventions of this run are not applied here." if trace.key.interventions else ""
    return Rendered(data, (check,), note=note)


def _shape(scene: Scene) -> dict[str, Any]:
    config = scene.model.decoder.config
    return {
        "matrices": mechanism.block_matrices(config), "n_layers": config.n_layers, "n_heads": config.n_heads,
        "n_kv_heads": config.n_kv_heads, "d_head": config.d_head, "d_model": config.d_model, "d_vocab": config.d_vocab,
        "n_experts": config.n_experts, "k": config.k,
    }  # fmt: skip
