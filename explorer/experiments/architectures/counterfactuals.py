"""Changes of a run's routing, run: which are tried, and whether the batch that carries them says what a run says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError
from explorer.fetching.progress import Progress
from explorer.tracing import Trace, capture
from explorer.tracing.changes.routing_edits import RoutingEdit
from explorer.tracing.probes import counterfactuals as runs
from explorer.tracing.probes.counterfactuals import Continuation, Counterfactual

if TYPE_CHECKING:
    from explorer.zoo.model import Model


def changed(
    model: Model, trace: Trace, pos: int, edits: Sequence[RoutingEdit], progress: Callable[[int, int], None]
) -> list[Counterfactual]:
    """The run as it is, the batch's own control, and then with each of the changes.

    Raises NotApplicableError where the router cannot be edited.
    """
    try:
        return runs.changed_runs(model, trace, pos, [None, *edits], progress)
    except BadRequestError as error:
        raise NotApplicableError(error.message, error.hint) from error


def stack_error(model: Model, trace: Trace, pos: int, made: Counterfactual) -> float:
    """The same change put on the intervention stack: largest difference of the logits at the position."""
    assert made.edit is not None
    key = replace(
        trace.key,
        interventions=(*trace.key.interventions, made.edit),
        forced=tuple((step, taken.chosen) for step, taken in enumerate(trace.steps)),
    )
    again: Float[Tensor, " d_vocab"] = capture(model, key).logits[pos]
    return float((again - made.logits).abs().max())


def both_continuations(
    model: Model, trace: Trace, pos: int, edit: RoutingEdit, new: int, progress: Progress
) -> Iterator[tuple[Continuation, Continuation | None]]:
    """Greedily on from a position: the run as it is, then with the change, each as far as it is written.

    Raises NotApplicableError where the router cannot be edited, or no position of the context is left.
    """
    plain, written = None, 0
    try:
        for plain in runs.write_on(model, trace, pos, (), new):
            written = len(plain.ids)
            progress("Tokens written", written, 2 * new)
            yield plain, None
        assert plain is not None
        for changed in runs.write_on(model, trace, pos, (edit,), new):
            progress("Tokens written", written + len(changed.ids), 2 * new)
            yield plain, changed
    except BadRequestError as error:
        raise NotApplicableError(error.message, error.hint) from error
