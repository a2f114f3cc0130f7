"""What a recorder has taken of a run, as its trace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from explorer.stack.inference.decoding.sampling_steps import check_finite
from explorer.tracing.capturing.long_run import LongRecorder, complete
from explorer.tracing.recording import Batched, Step
from explorer.tracing.spans import tokens_of
from explorer.tracing.trace import Trace
from explorer.tracing.windows import windows

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.tracing.bridge.readout import Readout
    from explorer.tracing.bridge.recorder import Recorder
    from explorer.tracing.key import TraceKey
    from explorer.zoo.model import Model


@dataclass(frozen=True)
class Drawn:
    """The tokens of a run: the prompt's, and what was drawn after them."""

    ids: list[int]
    n_prompt: int
    steps: list[tuple[float, int, bool]]
    """Of each generation step the number that was drawn, the token, and whether it was forced."""


def trace_of(
    model: Model,
    key: TraceKey,
    recorder: Recorder,
    drawn: Drawn,
    readout: Readout,
    constants: dict[str, Tensor],
    times: tuple[float, float, float, float],
    batched: Batched | None = None,
) -> Trace:
    """The trace; `times` are those at which it was asked for, tokenized, begun, and its prompt was read.

    Raises NotFiniteError where logits are no numbers.
    """
    ids, n_prompt = drawn.ids, drawn.n_prompt
    for largest in recorder.largest().tolist():  # also where nothing was drawn: the prompt, forced tokens
        check_finite(largest)
    read = recorder.tensors(len(ids))
    witness = recorder.witness(len(ids)) if isinstance(recorder, LongRecorder) else None
    if witness is not None:
        complete(read, readout, windows(model.hf.config), recorder.anatomy.gate, witness)
    started, tokenized, waited, prompted = times
    finished = time.perf_counter()
    if "experts" in readout.refused:
        read["router_logits"] = read["expert_weights"] = None
    if any(weight is None for weight in readout.W_out):  # experts, or an MLP that the bridge does not open
        read["mlp_pre"] = None
    all_ids = torch.tensor(ids)
    drawn_from = recorder.drawn if isinstance(recorder, LongRecorder) else read["logits"]
    steps = [
        Step(at, u, chosen, was_forced, key.sampler, drawn_from[at], all_ids[: at + 1], n_prompt)
        for at, (u, chosen, was_forced) in enumerate(drawn.steps, start=n_prompt - 1)
    ]
    return Trace(
        key=key,
        model_name=model.name,
        dims=model.dims,
        readout=readout,
        n_prompt=n_prompt,
        tokens=tokens_of(model.vocabulary, ids, n_prompt, key),
        ids=all_ids,
        steps=tuple(steps),
        rotation_of_layer=recorder.rotation_of_layer,
        constants=constants,
        seconds={
            "tokenize": tokenized - started,
            "wait": waited - tokenized,
            "prompt": prompted - waited,
            "generate": finished - prompted,
            "total": finished - started,
        },
        witness=witness,
        batched=batched,
        **read,
    )
