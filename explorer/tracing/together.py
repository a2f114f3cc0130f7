"""Several runs of one model and one length in one batch: each weight is read once for all of them.

A batch sums in another order than a run alone: its numbers agree within rounding (`TOLERANCE` of the largest), not to
the last bit. So runs are made together only where the server's keeper asked for it (EXPLORER_TOGETHER).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.tracing.capture import Progress, prompt_ids, stop_ids, vetted
from explorer.tracing.hooking import RUNNING, hooked
from explorer.tracing.key import TraceKey
from explorer.tracing.long_run import LONG
from explorer.tracing.recorder import Hook, Recorder
from explorer.tracing.taken import Drawn, trace_of
from explorer.tracing.trace import Trace

if TYPE_CHECKING:
    from transformers import Cache

    from explorer.zoo.model import Model

TOLERANCE = 1e-4
Shape = tuple[str, int, int]


def shape_of(model: Model, key: TraceKey) -> Shape | None:
    """What runs of one batch have in common: model, tokens of the prompt, new tokens. None for one that runs alone.

    Alone run those with interventions or forced tokens, long ones, and those of a mixture of experts, which gives each
    expert its tokens of the whole batch. Raises ExplorerError for a key that cannot run.
    """
    n = len(prompt_ids(model, key))
    if key.interventions or key.forced or model.dims.n_experts or n > LONG:
        return None
    return model.name, n, key.max_new_tokens


def capture_together(model: Model, keys: Sequence[TraceKey], progress: Progress) -> list[Trace]:
    """The traces of keys of one shape, in their order. Raises NotFiniteError."""
    started = time.perf_counter()
    ids = [prompt_ids(model, key) for key in keys]
    n, new = len(ids[0]), keys[0].max_new_tokens
    readout, stops = vetted(model), stop_ids(model)
    generators = [torch.Generator().manual_seed(key.seed) for key in keys]
    drawn: list[list[tuple[float, int, bool]]] = [[] for _ in keys]
    tokenized = time.perf_counter()
    with torch.inference_mode():
        recorders = [Recorder(model, n + new) for _ in keys]
        with RUNNING, hooked(model, _of_rows(recorders)):
            waited = time.perf_counter()
            progress(f"Run the model, {len(keys)} prompts together", 0, 1 + new)
            cache = _forward(recorders, ids, None, new > 0)
            prompted, going = time.perf_counter(), set(range(len(keys)))
            for step in range(new):
                progress(f"Run the model, {len(keys)} prompts together", 1 + step, 1 + new)
                for row in sorted(going):
                    u = float(torch.rand((), generator=generators[row], dtype=torch.float64))
                    logits = recorders[row].drawn_from(len(ids[row]) - 1)
                    chosen = keys[row].sampler.stages(logits, ids[row], n).choose(u)
                    drawn[row].append((u, chosen, False))
                    ids[row].append(chosen)
                # One that has ended is read on in vain, until all have.
                cache = _forward(recorders, [row[-1:] for row in ids], cache, True)
                going = {row for row in going if ids[row][-1] not in stops}
                if not going:
                    break
    times = (started, tokenized, waited, prompted)
    made = zip(keys, recorders, ids, drawn, strict=True)
    return [trace_of(model, key, taken, Drawn(row, n, steps), readout, {}, times) for key, taken, row, steps in made]


def _forward(recorders: list[Recorder], ids: list[list[int]], cache: Cache | None, keep_cache: bool) -> Cache | None:
    """Run the next positions of all rows; returns the key-value cache."""
    for recorder in recorders:
        recorder.start, recorder.stop = recorder.stop, recorder.stop + len(ids[0])
    how = {"use_cache": keep_cache} | ({} if cache is None else {"past_key_values": cache})
    logits, cache = recorders[0].bridge(torch.tensor(ids), return_type="logits_and_cache", **how)
    for recorder, row in zip(recorders, logits, strict=True):
        recorder.keep_logits(row.clone())  # else each would keep those of all
    return cache


def _of_rows(recorders: list[Recorder]) -> list[Hook]:
    """Each recorder's hooks, on its own row of the batch."""

    def hook_for(hooks: tuple[Callable[..., Tensor | None], ...]) -> Callable[..., None]:
        def hook(activation: Tensor, **_: object) -> None:
            for row, one in enumerate(hooks):
                one(activation[row : row + 1] if len(activation) == len(hooks) else activation)  # angles are all rows'

        return hook

    each = [recorder.hooks() for recorder in recorders]
    return [(same[0][0], hook_for(tuple(one for _, one in same))) for same in zip(*each, strict=True)]
