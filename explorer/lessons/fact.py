"""A fact: a named function of a scene that a lesson may ask for. It runs no model and times nothing.

    @fact("share")
    def probability(scene: Scene, token: str, position: int | None = None) -> float:
        "Of the next token after a position."

The first sentence of its docstring is what `python -m explorer lessons facts` prints.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from explorer.lessons.value import Kind, Plain, Value
from explorer.panels.scene import Scene


@dataclass(frozen=True)
class Fact:
    """A function that lessons may call, and how its answer is written."""

    kind: Kind
    function: Callable[..., Plain]

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def about(self) -> str:
        return inspect.cleandoc(self.function.__doc__ or "")

    @cached_property
    def signature(self) -> inspect.Signature:
        """What may be given, without the scene."""
        whole = inspect.signature(self.function, eval_str=True)
        return whole.replace(parameters=list(whole.parameters.values())[1:])

    @property
    def form(self) -> str:
        """As one writes it: "probability(token, position=None)"."""
        names = [
            name if each.default is each.empty else f"{name}={each.default}"
            for name, each in self.signature.parameters.items()
        ]
        return f"{self.name}({', '.join(names)})"

    def __call__(self, scene: Scene, given: Sequence[Plain], named: Mapping[str, Plain]) -> Value:
        """Raises TypeError for arguments that it does not take."""
        from pydantic import TypeAdapter, ValidationError

        bound = self.signature.bind(*given, **named)
        for name, value in bound.arguments.items():
            kind: Any = self.signature.parameters[name].annotation
            try:
                TypeAdapter(kind).validate_python(value, strict=True)
            except ValidationError as error:
                raise TypeError(f"{value!r} is no {name} for {self.form}") from error
        return Value(self.kind, self.function(scene, *bound.args, **bound.kwargs))


def fact(kind: Kind) -> Callable[[Callable[..., Plain]], Fact]:
    """Makes a function a fact."""
    return lambda function: Fact(kind, function)
