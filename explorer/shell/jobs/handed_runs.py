"""The run that a measurement reads goes along with its order: the process that measures would make it again, and take a
core for as long as the first time.

It goes as the bytes of a shared run (`shared_traces`), to the bit the run that the visitor sees. What is long, or not
at hand, is made there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer import zoo
from explorer.fetching.progress import Progress, silent
from explorer.shell.jobs.order import HandedRun, Order
from explorer.shell.views.subjects import store

if TYPE_CHECKING:
    from collections.abc import Sequence

#: bytes of a run that is handed over; on its way it is copied twice
MOST_BYTES = 1 << 26


def runs_of(order: Order) -> tuple[HandedRun, ...]:
    """The runs at hand that the order's view is drawn from: its own, and the unmodified one."""
    if order.trains:
        return ()
    panel, view = order.subject
    if panel.reads(view) != "run":
        return ()
    from explorer.tracing import TraceKey
    from explorer.tracing.stored.shared_traces import encoded

    key = TraceKey.parse(order.query)
    kept = [store().kept(each) for each in dict.fromkeys((key, key.without_interventions()))]
    return tuple(
        HandedRun(trace.key.query(), model.verdict.fingerprint, encoded(trace))
        for model, trace in filter(None, kept)
        if trace.witness is None and trace.nbytes <= MOST_BYTES
    )


def take(runs: Sequence[HandedRun], progress: Progress = silent) -> None:
    """Keep them in this process. One that other weights have made is no run of this model."""
    from explorer.tracing import TraceKey
    from explorer.tracing.capturing.changed_weights import under
    from explorer.tracing.stored.shared_traces import decoded

    for run in runs:
        key = TraceKey.parse(run.query)
        model = under(zoo.load(key.model, progress=progress), key, progress)
        if model.verdict.fingerprint == run.weights:
            store().keep(model, decoded(run.data, model, key))
