"""What views are drawn from: a run and its model, a model alone, or neither. The runs of this process lie here.

A run is identified by its query (the text form of a `TraceKey`), so that two visitors with one query share one trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.errors import BadRequestError, ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.shell.process.made_once import made_once
from explorer.shell.settings import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from explorer.panels.selection import Scalar
    from explorer.tracing import TraceKey, TraceStore
    from explorer.tracing.changes.interventions import Intervention
    from explorer.tracing.stored.shared_traces import SharedTraces
    from explorer.tracing.trace import Trace
    from explorer.zoo.made_names import Made
    from explorer.zoo.model import Model


#: of the bytes of runs, one of so many parts may be blocks that wait for the next run
BLOCKS = 8


@dataclass(frozen=True)
class Subject:
    """What views are drawn from: a run and its model, a model alone, or neither."""

    model: Model | None = None
    run: Trace | None = None
    base: Trace | None = None

    @property
    def traced(self) -> tuple[Model, Trace, Trace | None]:
        """The model, its run, and the unchanged run where there is one."""
        if self.model is None or self.run is None:
            raise LookupError("there is no run")
        return self.model, self.run, self.base


@made_once
def store() -> TraceStore:
    """The runs of this process."""
    from explorer.tracing import TraceStore
    from explorer.tracing.bridge.memory import TRACES
    from explorer.tracing.stored.store import RunLimits

    bounds = in_force().bounds
    limits = RunLimits(bounds.prompt_tokens, bounds.new_tokens, bounds.trace_bytes or None)
    made = TraceStore(bounds.trace_bytes, limits, _shared(in_force().scale.traces))
    TRACES.max_bytes = min(TRACES.max_bytes, made.max_bytes // BLOCKS)
    return made


def keep_less(part: int) -> None:
    """This process keeps one of so many parts of the bytes of runs, and of blocks that wait for the next run."""
    from explorer.tracing.bridge.memory import TRACES

    runs = store()
    runs.max_bytes //= part
    TRACES.max_bytes = min(TRACES.max_bytes, runs.max_bytes // BLOCKS)


def _shared(url: str) -> SharedTraces | None:
    """The folder of runs that EXPLORER_TRACES names. Raises BadRequestError where it is of no kind that is known."""
    from explorer.tracing.stored.shared_traces import SharedTraces

    try:
        return SharedTraces(url) if url else None
    except (ValueError, ImportError) as error:
        raise BadRequestError(
            f"EXPLORER_TRACES is “{url[:80]}”: {error}", "Give a folder, or an address that fsspec knows."
        ) from error


def allow(model: str, changes: Iterable[Intervention] = ()) -> None:
    """Refuse a model that this server does not offer, and one whose name says nothing.

    On a public server only the shelf is open, and what is made of it within bounds: a visitor's link must not make it
    read a local folder, fetch from a hub or train for long. Raises BadRequestError.
    """
    from explorer.panels.trained import training_of
    from explorer.zoo.adapters import committed, taught_here
    from explorer.zoo.made_names import Trained, parse

    made, public = parse(model), in_force().public
    if public and any(name not in committed() and not taught_here(name) for name in _adapters(made, changes)):
        raise BadRequestError(
            "This server opens no adapters but the shelf’s and those that its panel Teach it made: others lie on "
            "their owner’s machine.",
            "Run the explorer on your own machine.",
        )
    if isinstance(made, Trained):
        most, seconds = in_force().bounds.train_seconds, training_of(made).seconds
        if most and seconds is not None and seconds > most:
            raise BadRequestError(
                f"The recorded run took {seconds:,.0f} s of processor time to step {made.step:,}, and this server "
                f"trains for at most {most} s.",
                f"Choose a step up to {int(made.step * most / seconds):,}, or run the explorer on your own machine.",
            )
    elif public and made is None and model not in zoo.shelf():
        raise BadRequestError(
            f"This server opens only its own models. “{model[:80]}” is not one of them.",
            "Run the explorer on your own machine to open any model.",
        )


def _adapters(made: Made | None, changes: Iterable[Intervention]) -> Iterator[str]:
    """All that are named."""
    from explorer.tracing.changes.weight_edits import Wear
    from explorer.zoo.made_names import Adapted

    if isinstance(made, Adapted):
        yield made.adapter
    yield from (each.name for each in changes if isinstance(each, Wear))


def made(reads: str, query: str, progress: Progress = silent) -> Subject:
    """What views that read the run, the model or nothing are drawn from: made if it is not at hand."""
    from explorer.tracing import TraceKey
    from explorer.tracing.capturing.changed_weights import under

    if reads == "nothing":
        return Subject()
    key = TraceKey.parse(query)
    allow(key.model, key.interventions)
    loaded = zoo.load(key.model, progress=progress)
    model = under(loaded, key, progress)
    if reads == "model":
        return Subject(model)
    trace = store().get(model, key, progress=progress)
    base = store().get(loaded, key.without_interventions(), progress=progress) if key.interventions else None
    return Subject(model, trace, base)


def at_hand(reads: str, query: str) -> Subject | None:
    """The same, if nothing must be loaded or run for it."""
    from explorer.tracing import TraceKey

    if reads == "nothing":
        return Subject()
    key = TraceKey.parse(query)
    allow(key.model, key.interventions)
    if reads == "model":
        model = _model_at_hand(key)
        return None if model is None else Subject(model)
    found, plain = _run_at_hand(key), _run_at_hand(key.without_interventions())
    if found is None or plain is None or found[0].original is not plain[0]:
        return None
    return Subject(*found, plain[1] if key.interventions else None)


def _model_at_hand(key: TraceKey) -> Model | None:
    from explorer.tracing.capturing.changed_weights import at_once

    model = zoo.loaded(key.model)
    return None if model is None else at_once(model, key)


def _run_at_hand(key: TraceKey) -> tuple[Model, Trace] | None:
    """Of this process, or of another one that shares its runs."""
    kept = store().kept(key)
    if kept is None and (model := _model_at_hand(key)) is not None:
        return store().taken(model, key)
    return kept


def second_query(control: str | None, controls: Mapping[str, Scalar]) -> str:
    """The query of a second run, as the control has it; nothing where there is no such control, or none is chosen."""
    chosen = controls.get(control) if control else None
    return chosen.removeprefix("?") if isinstance(chosen, str) else ""


def second(query: str, progress: Progress = silent) -> tuple[Model, Trace] | None:
    """The second run with its model, made if it is not at hand; None for no query. Raises NotApplicableError."""
    if not query:
        return None
    model, run, _ = _second("run", query, progress).traced
    return model, run


def second_model(query: str, progress: Progress = silent) -> tuple[str, Model]:
    """The model of the second run, in words and as it is. Raises NotApplicableError."""
    from explorer.tracing import TraceKey
    from explorer.tracing.capturing.changed_weights import edits_of

    model = _second("model", query, progress).model
    assert model is not None
    edits = ", ".join(each.label for each in edits_of(TraceKey.parse(query)))
    return ", ".join(filter(None, (model.card.title, edits))), model


def _second(reads: str, query: str, progress: Progress) -> Subject:
    try:
        return made(reads, query, progress)
    except NotApplicableError:
        raise
    except ExplorerError as error:
        raise NotApplicableError(f"The second run: {error.message}", error.hint) from error


def second_at_hand(query: str) -> bool:
    """Whether nothing must be loaded or run for it, or it cannot be made at all."""
    try:
        return not query or at_hand("run", query) is not None
    except ExplorerError:
        return True
