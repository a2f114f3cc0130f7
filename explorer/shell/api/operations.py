"""The one table of what programs can ask. HTTP routes, MCP tools, gradio_client's names, the documentation and the
tests are made from it; an operation's name, models and sentence are those of its function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from explorer.fetching.progress import Progress
from explorer.shell.api import turns
from explorer.shell.api.changes import ablate, compare
from explorer.shell.api.insights import attribution, lens
from explorer.shell.api.requests import Request
from explorer.shell.api.results import Answer
from explorer.shell.api.runs import generate, models, tokenize, trace
from explorer.shell.jobs.line import ITSELF, Gone


@dataclass(frozen=True)
class Operation:
    """Something that a program can ask for."""

    name: str
    request: type[Request]
    answer: type[Answer]
    function: Callable[[Any, Progress], Answer]
    sentence: str
    needs_model: bool

    @classmethod
    def of(cls, function: Callable[[Any, Progress], Answer], needs_model: bool = True) -> Operation:
        """The operation that a function does."""
        request, _, answer = get_type_hints(function).values()
        sentence = (function.__doc__ or "").split("\n\n")[0].strip()
        return cls(function.__name__, request, answer, function, sentence, needs_model)

    @property
    def asks(self) -> bool:
        """Whether there is anything to be said in its request."""
        return bool(self.request.model_fields)

    async def answered(self, asked: Request, gone: Gone = None, visitor: str = ITSELF) -> Answer:
        """The answer to a visitor's request, in turn where it needs a model."""
        in_turn = turns.turn if self.needs_model else turns.at_once
        return await in_turn(lambda progress: self.function(asked, progress), gone, visitor)


OPERATIONS: dict[str, Operation] = {
    each.name: each
    for each in (
        *map(Operation.of, (trace, lens, attribution, ablate, compare, generate)),
        Operation.of(tokenize, needs_model=False),
    )
}
"""What asks something of a model or of a tokenizer."""
MODELS = Operation.of(models, needs_model=False)
