"""The one table of what programs can ask. HTTP routes, MCP tools, gradio_client's names, the documentation and the
tests are made from it; an operation's name, models and sentence are those of its function.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from explorer.errors import ExplorerError
from explorer.fetching.progress import Progress
from explorer.shell.api import turns
from explorer.shell.api.changes import ablate, compare
from explorer.shell.api.insights import attribution, lens
from explorer.shell.api.requests import Request, Run
from explorer.shell.api.results import Answer
from explorer.shell.api.runs import generate, generated_run, models, tokenize, trace
from explorer.shell.jobs.line import ITSELF, Gone
from explorer.shell.trainings import ready

if TYPE_CHECKING:
    from explorer.tracing import TraceKey


@dataclass(frozen=True)
class Operation:
    """Something that a program can ask for."""

    name: str
    request: type[Request]
    answer: type[Answer]
    function: Callable[[Any, Progress], Answer]
    sentence: str
    needs_model: bool
    reads: Callable[[Any], TraceKey] | None
    """The one run that it reads; None where it makes several, or none."""

    @classmethod
    def of(
        cls,
        function: Callable[[Any, Progress], Answer],
        needs_model: bool = True,
        reads: Callable[[Any], TraceKey] | None = None,
    ) -> Operation:
        """The operation that a function does."""
        request, _, answer = get_type_hints(function).values()
        sentence = (function.__doc__ or "").split("\n\n")[0].strip()
        return cls(function.__name__, request, answer, function, sentence, needs_model, reads)

    @property
    def asks(self) -> bool:
        """Whether there is anything to be said in its request."""
        return bool(self.request.model_fields)

    async def answered(self, asked: Request, gone: Gone = None, visitor: str = ITSELF) -> Answer:
        """The answer to a visitor's request, in turn where it needs a model."""
        if not self.needs_model:
            return await turns.at_once(lambda progress: self.function(asked, progress), gone, visitor)
        await ready(self._models(asked), gone, visitor)
        return await turns.turn(lambda progress: self.function(asked, progress), gone, visitor, self._query(asked))

    @staticmethod
    def _models(asked: Request) -> list[str]:
        """The models of the runs that the request names; one that cannot be read is told so in its turn."""
        found = []
        for run in (asked, *vars(asked).values()):
            with suppress(ExplorerError):
                found += [run.key().model] if isinstance(run, Run) else []
        return found

    def _query(self, asked: Request) -> str:
        """The run that it reads; nothing where the request has none: it is told so in its turn."""
        try:
            return self.reads(asked).query() if self.reads is not None else ""
        except ExplorerError:
            return ""


def asked_run(request: Run) -> TraceKey:
    """The run of a request that is one."""
    return request.key()


OPERATIONS: dict[str, Operation] = {
    each.name: each
    for each in (
        *(Operation.of(each, reads=asked_run) for each in (trace, lens, attribution)),
        *map(Operation.of, (ablate, compare)),
        Operation.of(generate, reads=generated_run),
        Operation.of(tokenize, needs_model=False),
    )
}
"""What asks something of a model or of a tokenizer."""
MODELS = Operation.of(models, needs_model=False)
