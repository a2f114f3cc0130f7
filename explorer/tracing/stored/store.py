"""A store of traces: bounded by bytes, shared by all visitors, one computation for simultaneous equal requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError, PromptTooLongError
from explorer.tracing.capturing.capture import Progress, capture
from explorer.tracing.capturing.size import run_bytes
from explorer.tracing.changes.direction_edits import Contrast
from explorer.tracing.changes.interventions import PatchPosition
from explorer.tracing.key import TraceKey
from explorer.tracing.trace import Trace
from explorer.zoo.placement import Placement, in_force

if TYPE_CHECKING:
    from explorer.tracing.stored.shared_traces import SharedTraces
    from explorer.zoo.model import Model

#: Of a trace: the model's name, where and in which format it was computed, and the run.
Name = tuple[str, Placement, TraceKey]
MAX_PROMPT_TOKENS = 2048
#: Of all texts to patch from together.
MAX_PATCHED_TOKENS = 512
MAX_NEW_TOKENS = 64
#: A trace refers to its model's weights: traces of more models than this are dropped, lest they keep them in memory.
MAX_MODELS = 2


@dataclass(frozen=True)
class RunLimits:
    """What one run may take."""

    prompt_tokens: int = MAX_PROMPT_TOKENS
    new_tokens: int = MAX_NEW_TOKENS
    nbytes: int | None = None
    """That its trace may keep; None: no bound but `long_run.MOST_BYTES`."""


class _BrokenOff(Exception):
    """The run that one waited for was not finished."""


class TraceStore:
    """Traces by key, the least recently used dropped when their bytes pass `max_bytes`.

    The order is kept here and not by cachetools, which weighs a thing once, when it comes: a trace grows afterwards.
    """

    def __init__(
        self, max_bytes: int = 1 << 30, limits: RunLimits | None = None, shared: SharedTraces | None = None
    ) -> None:
        """`shared`: where other processes' runs lie, and this one's are written behind the visitor's back."""
        self.max_bytes = max_bytes
        self.limits = limits or RunLimits()
        self._shared = shared
        self._writer = ThreadPoolExecutor(1, "explorer-shared-traces")
        self._traces: OrderedDict[Name, tuple[Model, Trace]] = OrderedDict()
        self._running: dict[Name, Future[Trace]] = {}
        self._guard = threading.Lock()

    def kept(self, key: TraceKey) -> tuple[Model, Trace] | None:
        """The trace of `key` and the model that made it, if it is here: nothing is run."""
        name = (key.model, in_force(), key)
        with self._guard:
            if name in self._traces:
                self._traces.move_to_end(name)
            return self._traces.get(name)

    def taken(self, model: Model, key: TraceKey) -> tuple[Model, Trace] | None:
        """The same of a run that another process has shared: it is here from now on. Nothing is run."""
        trace = None if self._shared is None else self._shared.get(model, key)
        if trace is None:
            return None
        self.keep(model, trace)
        return model, trace

    def get(self, model: Model, key: TraceKey, progress: Progress | None = None) -> Trace:
        """The trace of `key`, from the store or made now.

        Whoever asks for a key that is being made waits for it. An error that a person may see goes to all who wait;
        when the run broke off for another reason (its visitor stopped it), the next one makes it. Raises
        PromptTooLongError before anything is run, and whatever `capture` raises.
        """
        while True:
            try:
                return self._get(model, key, progress)
            except _BrokenOff:
                continue

    def _get(self, model: Model, key: TraceKey, progress: Progress | None) -> Trace:
        name = (model.name, model.placement, key)
        with self._guard:
            kept = self._traces.get(name)
            if kept is not None and kept[0] is model:
                self._traces.move_to_end(name)
                return kept[1]
            future = self._running.get(name)
            mine = future is None
            if future is None:
                future = self._running[name] = Future()
        if not mine:
            return future.result()
        try:
            check_limits(model, key, self.limits)
            trace = self._made(model, key, progress)
        except BaseException as error:
            with self._guard:
                del self._running[name]
            future.set_exception(error if isinstance(error, ExplorerError) else _BrokenOff())
            raise
        with self._guard:
            self._traces[name] = (model, trace)
            self._traces.move_to_end(name)
            del self._running[name]
        self.shrink()
        future.set_result(trace)
        return trace

    def _made(self, model: Model, key: TraceKey, progress: Progress | None) -> Trace:
        if self._shared is None:
            return capture(model, key, progress)
        trace = self._shared.get(model, key)
        if trace is None:
            trace = capture(model, key, progress)
            self._writer.submit(self._shared.put, model, trace)
        return trace

    def fill(
        self,
        model: Model,
        keys: Sequence[TraceKey],
        progress: Progress,
        made: Callable[[TraceKey], None] = lambda _: None,
    ) -> int:
        """Make those that are not here, in one batch (see `together`); how many. `made` is told of each as soon as it
        has ended and is here. What cannot be made so is made alone when it is asked for."""
        from explorer.tracing.capturing.together import capture_together

        missing: list[TraceKey] = []
        for key in keys:
            with suppress(ExplorerError):
                check_limits(model, key, self.limits)
                if self.kept(key) is None and self.taken(model, key) is None:
                    missing.append(key)
        if len(missing) < 2:
            return 0

        def done(trace: Trace) -> None:
            self._put(model, trace)
            if self._shared is not None:
                self._writer.submit(self._shared.put, model, trace)
            made(trace.key)

        with suppress(ExplorerError):  # one of them has logits that are no numbers
            capture_together(model, missing, progress, done)
        self.shrink()
        return sum(self.kept(key) is not None for key in missing)

    def keep(self, model: Model, trace: Trace) -> None:
        """A run that came from elsewhere, as if it had been made here."""
        self._put(model, trace)
        self.shrink()

    def _put(self, model: Model, trace: Trace) -> None:
        with self._guard:
            self._traces[(model.name, model.placement, trace.key)] = (model, trace)

    def settle(self) -> None:
        """Wait until all that is to be shared is written."""
        self._writer.submit(lambda: None).result()

    @property
    def nbytes(self) -> int:
        """Bytes of all kept traces, with what was derived from them since."""
        with self._guard:
            held = list(self._traces.values())
        return sum(trace.nbytes for _, trace in held)

    def __len__(self) -> int:
        return len(self._traces)

    def clear(self) -> None:
        """Forget all traces."""
        with self._guard:
            self._traces.clear()

    def shrink(self) -> None:
        """Drop what passes the bounds. Traces grow while views derive from them."""
        with self._guard:
            held = list(self._traces.items())
        sizes = [trace.nbytes for _, (_, trace) in held]  # a trace that derives something just now is waited for
        models: list[Model] = []
        for _, (model, _) in reversed(held):
            if not any(model is other for other in models):
                models.append(model)
        total = sum(sizes)
        for strangers in (True, False):  # first what refers to models that are used no more, then the oldest
            for (name, (model, trace)), size in zip(held, sizes, strict=True):
                known = any(model is other for other in models[:MAX_MODELS])
                if (not known if strangers else known and total > self.max_bytes) and self._forget(name, trace):
                    total -= size

    def _forget(self, name: Name, trace: Trace) -> bool:
        with self._guard:
            found = self._traces.get(name)
            if found is None or found[1] is not trace:
                return False
            del self._traces[name]
            return True


def check_limits(model: Model, key: TraceKey, limits: RunLimits) -> None:
    """Refuse what would take a shared server too long, or too much of its memory, before anything of it is run.

    Raises PromptTooLongError with facts tokens and limit.
    """
    if key.max_new_tokens > limits.new_tokens:
        raise PromptTooLongError(
            f"{key.max_new_tokens} new tokens pass the limit of {limits.new_tokens}.",
            "Ask for fewer.",
            tokens=key.max_new_tokens,
            limit=limits.new_tokens,
        )
    read = [each.texts for each in key.interventions if isinstance(each, PatchPosition | Contrast)]
    patched = dict.fromkeys(text for texts in read for text in texts)
    lengths = {text: len(model.vocabulary.encode(text, key.chat)) for text in dict.fromkeys([key.text, *patched])}
    if (total := sum(lengths[text] for text in patched)) > MAX_PATCHED_TOKENS:
        raise PromptTooLongError(
            f"The {len(patched)} texts of the interventions have {total:,} tokens together; the limit is "
            f"{MAX_PATCHED_TOKENS}.",
            "Take shorter texts, or fewer.",
            tokens=total,
            limit=MAX_PATCHED_TOKENS,
        )
    for n in lengths.values():
        if n > limits.prompt_tokens:
            most = min(limits.prompt_tokens, model.dims.n_ctx - key.max_new_tokens)  # what is offered fits both
            raise PromptTooLongError(
                f"The text is {n:,} tokens long; the limit is {most:,}.",
                f"Shorten it by {n - most:,} tokens.",
                tokens=n,
                limit=most,
            )
    if limits.nbytes is not None:
        _check_bytes(model, lengths[key.text], key.max_new_tokens, limits.nbytes)


def _check_bytes(model: Model, n: int, new: int, most: int) -> None:
    asked = run_bytes(model, n, new)
    if n == 0 or asked <= most:
        return
    fits = max((k for k in range(n) if run_bytes(model, k, new) <= most), default=0)
    raise PromptTooLongError(
        f"A run of {n:,} tokens keeps {asked / 1e6:,.0f} MB; this server has {most / 1e6:,.0f} MB for runs.",
        f"Shorten it to {fits:,} tokens." if fits else "Take a smaller model.",
        **({"tokens": n, "limit": fits} if fits else {}),
    )
