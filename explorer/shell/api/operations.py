"""The one table of what programs can ask. HTTP routes, MCP tools, gradio_client's names, the documentation and the
tests are made from it; an operation's name, models and sentence are those of its function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from explorer.fetching.progress import Progress
from explorer.shell.api.answers import Answer
from explorer.shell.api.changes import ablate, compare
from explorer.shell.api.insights import attribution, lens
from explorer.shell.api.requests import Request
from explorer.shell.api.runs import generate, models, tokenize, trace


@dataclass(frozen=True)
class Operation:
    """Something that a program can ask for."""

    name: str
    request: type[Request]
    answer: type[Answer]
    function: Callable[[Any, Progress], Answer]
    sentence: str

    @classmethod
    def of(cls, function: Callable[[Any, Progress], Answer]) -> Operation:
        """The operation that a function does."""
        request, _, answer = get_type_hints(function).values()
        return cls(function.__name__, request, answer, function, (function.__doc__ or "").split("\n\n")[0].strip())

    @property
    def asks(self) -> bool:
        """Whether there is anything to be said in its request."""
        return bool(self.request.model_fields)


OPERATIONS: dict[str, Operation] = {
    each.name: each for each in map(Operation.of, (trace, lens, attribution, ablate, compare, generate, tokenize))
}
"""What asks something of a model or of a tokenizer."""
MODELS = Operation.of(models)
