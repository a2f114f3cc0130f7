"""Counterfactual runs of a mixture of experts: the run as it is, with one thing about its routing changed.

All changes are carried through the upper layers as one batch, a row each. A row is equal to the run below the first
layer that its change touches, so it starts there from the stored stream; each row's change acts on its own part of the
router's output, and the run's own interventions act on all of them. What comes out is what `capture` gives with the
change on the intervention stack. `continue_greedily` writes on from a position, again with and without the change.

The effect of a change on the next token is KL(p || p'), p the run's distribution and p' the changed one (Kullback and
Leibler, 1951); its effect on the text is the change of the mean next-token cross-entropy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, edit_hooks, hooked, reroute
from explorer.tracing.bridge.recorder import Hook
from explorer.tracing.capturing.capture import stop_ids
from explorer.tracing.changes.edits import Run
from explorer.tracing.changes.routing_edits import Rerouting, RoutingEdit
from explorer.tracing.probes.causes import TOKENS_AT_ONCE, BlockArguments, block_arguments, call_block

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

Tell = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """The run with one change of its routing; the same tokens are read."""

    edit: RoutingEdit | None
    """None: nothing is changed, the batch's own control."""
    logits: Float[Tensor, " d_vocab"] = field(repr=False)
    """At the position that was asked for."""
    loss: float
    """Mean next-token cross-entropy over the run's tokens, nats; NaN for a single token."""
    moved: float
    """The largest change of any logit at any position."""


class RowsRerouting(Rerouting):
    """The routing edits of one layer for a batch whose rows are changed each in its own way."""

    def __init__(self, rows: list[list[RoutingEdit]], run: Run) -> None:
        super().__init__([], run)
        self.each = [Rerouting(edits, run) for edits in rows]

    def on_logits(self, logits: Float[Tensor, "token expert"], **_: object) -> None:
        for row, part in zip(self.each, logits.chunk(len(self.each)), strict=True):
            row.on_logits(part)

    def on_weights(self, weights: Float[Tensor, "token expert"], **_: object) -> Float[Tensor, "token expert"]:
        parts = zip(self.each, weights.chunk(len(self.each)), strict=True)
        self._weights = torch.cat([row.on_weights(part) if row.edits else part for row, part in parts])
        return self._weights


def changed_runs(
    model: Model, trace: Trace, pos: int, edits: Sequence[RoutingEdit | None], progress: Tell | None = None
) -> list[Counterfactual]:
    """The run under each of the changes, with its own interventions kept on; `progress(rows done, rows)`.

    Raises BadRequestError where the model's router is none that can be edited.
    """
    n, tell = len(trace.tokens), progress or (lambda *_: None)
    at_once, made = max(1, TOKENS_AT_ONCE // n), []
    with RUNNING, torch.inference_mode():
        arguments = block_arguments(model, trace.ids)
        for start in range(0, len(edits), at_once):
            tell(start, len(edits))  # here "Stop" is heard
            some = list(edits[start : start + at_once])
            streams = here(_through(model, trace, some, arguments))
            for edit, stream in zip(some, streams, strict=True):
                logits = trace.readout.logits(stream)  # pos d_vocab
                moved = float((logits - trace.logits).abs().max())
                made.append(Counterfactual(edit, logits[pos].clone(), cross_entropy(logits, trace.ids), moved))
        tell(len(edits), len(edits))
    return made


def cross_entropy(logits: Float[Tensor, "pos d_vocab"], ids: Int[Tensor, " pos"]) -> float:
    """Mean of -ln p(next token), over all tokens that follow another."""
    return float(F.cross_entropy(logits[:-1], ids[1:])) if len(ids) > 1 else float("nan")


def _through(
    model: Model, trace: Trace, edits: list[RoutingEdit | None], arguments: list[BlockArguments]
) -> Float[Tensor, "row pos d_model"]:
    """The streams after the last block, a row for each change."""
    run = Run(trace.n_prompt, width=len(trace.tokens), constants=dict(trace.constants))
    layers = [edit.layer for edit in edits if edit is not None and edit.layer is not None]
    everywhere = len(layers) < sum(edit is not None for edit in edits)
    first = 0 if everywhere or not layers else min(layers)
    streams = trace.stream(first)[None].repeat(len(edits), 1, 1)
    for layer in range(first, trace.dims.n_layers):
        with hooked(model, _hooks(model, trace, layer, edits, run)):
            streams = call_block(model.bridge.blocks[layer], streams, arguments[layer])
    return streams


def _hooks(model: Model, trace: Trace, layer: int, edits: list[RoutingEdit | None], run: Run) -> list[Hook]:
    """One layer's hooks: the run's own interventions on all rows, each row's change on that row alone."""
    others = tuple(each for each in trace.key.interventions if each.site != "routing")
    mine: list[Hook] = [hook for hook in edit_hooks(model, others, run) if hook[0].startswith(f"blocks.{layer}.")]
    own = [each for each in trace.key.interventions if isinstance(each, RoutingEdit) and each.layer in (None, layer)]
    rows = [[*own, *([edit] if edit is not None and edit.layer in (None, layer) else [])] for edit in edits]
    return mine + (reroute(model, layer, RowsRerouting(rows, run)) if any(rows) else [])


@dataclass(frozen=True, eq=False)
class Continuation:
    """Tokens written greedily from a position on."""

    ids: tuple[int, ...]
    logits: Float[Tensor, "step d_vocab"] = field(repr=False)
    """From which each was chosen."""
    error: float | None = None
    """Largest difference of these logits, computed a token at a time over the cache, from one pass over the text; None
    while it is being written."""


def continue_greedily(model: Model, trace: Trace, pos: int, edits: Sequence[RoutingEdit], new: int) -> Continuation:
    """Up to `new` tokens after position `pos` of the run, with its interventions and `edits` on.

    Raises NotApplicableError when no position of the context is left.
    """
    *_, made = write_on(model, trace, pos, edits, new)
    return made


def write_on(
    model: Model, trace: Trace, pos: int, edits: Sequence[RoutingEdit], new: int, every: int = 4
) -> Iterator[Continuation]:
    """The same as it is written: what there is after each `every` tokens, and at the end all."""
    new = min(new, trace.dims.n_ctx - pos - 1)
    if new < 1:
        raise NotApplicableError(
            f"Position {pos} is the last position of this model’s context of {trace.dims.n_ctx:,}.",
            "Choose an earlier token.",
        )
    stops, ids, found, cache = stop_ids(model), trace.ids[: pos + 1].tolist(), [], None
    run = Run(trace.n_prompt, width=len(ids), constants=dict(trace.constants))

    def read(fresh: list[int], **how: Any) -> Any:
        hooks = edit_hooks(model, (*trace.key.interventions, *edits), run)
        with RUNNING, torch.inference_mode(), hooked(model, hooks):  # nothing is held while a part is shown
            return model.bridge(torch.tensor([fresh], device=model.device), **how)

    fresh = ids
    for step in range(new):
        how = {} if cache is None else {"past_key_values": cache}
        logits, cache = read(fresh, return_type="logits_and_cache", use_cache=True, **how)
        found.append(here(logits[0, -1]))
        fresh = [int(found[-1].argmax())]
        ids = ids + fresh
        run.offset, run.width = len(ids) - 1, 1
        if fresh[0] in stops:
            break
        if (step + 1) % every == 0 and step + 1 < new:
            yield Continuation(tuple(ids[pos + 1 :]), torch.stack(found))
    run.offset, run.width = 0, len(ids) - 1
    whole = read(ids[:-1], return_type="logits", use_cache=False)
    stepped = torch.stack(found)
    yield Continuation(tuple(ids[pos + 1 :]), stepped, float((here(whole[0, pos:]) - stepped).abs().max()))
