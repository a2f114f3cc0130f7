"""Several runs of one model in one batch: each weight is read once for all of them.

A new token of a small model costs little more for eight runs than for one. Shorter prompts are padded on the left; the
padding is masked, so that it has no weight in any softmax, and positions are counted from each prompt's own first
token. A batch sums in another order than a run alone: its numbers agree within rounding, not to the last bit. So each
model is measured first (`agreement`): two prompts of different lengths, together and alone. Where the largest
difference passes `TOLERANCE` of the largest number, its runs are made alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch

from explorer.errors import UnsupportedModelError
from explorer.fetching.progress import silent
from explorer.stack.worst import worst
from explorer.tracing.bridge.batch_recorder import BatchRecorder
from explorer.tracing.bridge.hooking import RUNNING, hooked
from explorer.tracing.capturing.capture import Progress, capture, prompt_ids, stop_ids, vetted
from explorer.tracing.capturing.long_run import LONG
from explorer.tracing.capturing.recorded_trace import Drawn, trace_of
from explorer.tracing.key import TraceKey
from explorer.tracing.recording import Batched
from explorer.tracing.trace import Trace

if TYPE_CHECKING:
    from explorer.zoo.model import Model

log = logging.getLogger(__name__)
TOLERANCE = 1e-4
#: bytes of the logits of a batch, its padding included
MOST_BYTES = 1 << 28
#: of a batch's prompt, so much may be padding
PADDING = 0.5
#: two prompts of different lengths, read on by a few tokens
SAMPLE = ("The cat sat on the mat, and then it", "One two")
SAMPLE_NEW = 2
COMPARED = ("embed", "resid_mid", "resid_post", "pattern", "v", "z", "logits")
_agreement: WeakKeyDictionary[Model, float] = WeakKeyDictionary()
Shape = tuple[int, bool]


def shape_of(model: Model, key: TraceKey) -> Shape | None:
    """Tokens of the prompt, and whether new ones follow; None for a run that is made alone.

    Alone run those with interventions or forced tokens, long ones, and those of a mixture of experts, which gives each
    expert its tokens of the whole batch. Raises ExplorerError for a key that cannot run.
    """
    n = len(prompt_ids(model, key))
    if key.interventions or key.forced or model.dims.n_experts or n > LONG:
        return None
    return n, key.max_new_tokens > 0


def fits(model: Model, shapes: Sequence[Shape], new: int) -> bool:
    """Whether prompts of these shapes are worth a batch that is read on by `new` tokens at most."""
    lengths = [n for n, _ in shapes]
    cells, reads_on = len(shapes) * max(lengths), {reads for _, reads in shapes}
    nbytes = 4 * (cells + len(shapes) * new) * model.dims.d_vocab
    return len(reads_on) == 1 and sum(lengths) >= (1 - PADDING) * cells and nbytes <= MOST_BYTES


def agreement(model: Model) -> float:
    """The largest difference between runs of a padded batch and the same alone, as a part of the largest number; inf
    where the model's runs cannot be made together. Measured once for each model that is loaded."""
    if model not in _agreement:
        keys = [TraceKey(model.name, text, max_new_tokens=SAMPLE_NEW) for text in SAMPLE]
        try:
            together, alone = batch(model, keys, silent), [capture(model, key) for key in keys]
            _agreement[model] = worst(map(difference, together, alone))
        except Exception as error:  # a layout that knows no batch, or no padding
            log.info("runs of %s are made one by one: %s", model.name, error)
            _agreement[model] = float("inf")
    return _agreement[model]


def difference(trace: Trace, other: Trace) -> float:
    """The largest difference of two traces of one key, as a part of the largest number of its tensor; inf where their
    tokens differ."""
    if trace.ids.tolist() != other.ids.tolist():
        return float("inf")
    pairs = [(getattr(trace, name), getattr(other, name)) for name in COMPARED]
    return worst(float((a - b).abs().max() / b.abs().max().clamp_min(1e-30)) for a, b in pairs)


def capture_together(
    model: Model, keys: Sequence[TraceKey], progress: Progress, done: Callable[[Trace], None] = lambda _: None
) -> list[Trace]:
    """The traces of keys that `fits` lets into one batch, in their order; `done` is told of each when it has ended.

    Raises NotFiniteError; UnsupportedModelError where the model's batches are not its runs (see `agreement`).
    """
    error = agreement(model)
    if not error <= TOLERANCE:
        raise UnsupportedModelError("Runs of this model are made one by one.")
    return batch(model, keys, progress, done, error)


def batch(
    model: Model,
    keys: Sequence[TraceKey],
    progress: Progress,
    done: Callable[[Trace], None] = lambda _: None,
    error: float = 0.0,
) -> list[Trace]:
    """`capture_together` without its question; `error` is what each trace says of its batch."""
    started = time.perf_counter()
    ids = [prompt_ids(model, key) for key in keys]
    prompts = [len(row) for row in ids]
    readout, stops = vetted(model), stop_ids(model)
    generators = [torch.Generator().manual_seed(key.seed) for key in keys]
    drawn: list[list[tuple[float, int, bool]]] = [[] for _ in keys]
    made: dict[int, Trace] = {}
    new = max(key.max_new_tokens for key in keys)
    said = f"Run the model, {len(keys)} prompts together"
    tokenized = time.perf_counter()

    def end(row: int) -> None:
        drawn_here = Drawn(ids[row], prompts[row], drawn[row])
        taken = recorder.row(row, len(ids[row]))
        trace = trace_of(model, keys[row], taken, drawn_here, readout, {}, times, Batched(len(keys), error))
        made[row] = trace
        done(trace)

    with torch.inference_mode(), RUNNING:
        waited = time.perf_counter()
        recorder = BatchRecorder(model, prompts, [key.max_new_tokens for key in keys])
        with hooked(model, recorder.hooks()):
            progress(said, 0, 1 + new)
            cache = recorder.read(ids, None, new > 0)
            times = (started, tokenized, waited, time.perf_counter())
            going = set(range(len(keys)))
            for step in range(1, new + 2):
                for row in sorted(going):
                    if len(drawn[row]) == keys[row].max_new_tokens or (drawn[row] and ids[row][-1] in stops):
                        going.discard(row)
                        end(row)
                        continue
                    u = float(torch.rand((), generator=generators[row], dtype=torch.float64))
                    logits = recorder.row_logits(row, len(ids[row]) - 1)
                    chosen = keys[row].sampler.stages(logits, ids[row], prompts[row]).choose(u)
                    drawn[row].append((u, chosen, False))
                    ids[row].append(chosen)
                if not going:
                    break
                progress(said, step, 1 + new)
                cache = recorder.read([row[-1:] for row in ids], cache, True, going)  # one that has ended, in vain
    return [made[row] for row in range(len(keys))]
