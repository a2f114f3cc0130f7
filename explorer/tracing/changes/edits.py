"""What interventions share: the run that they act on, where their vectors come from, what their numbers may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError

Site = Literal["z", "mlp_out", "resid_post", "routing", "weights"]
"""Names in `explorer.tracing.bridge.hooks.EDITED`; "weights" are changed before the run, without a hook."""


@dataclass
class Run:
    """What an edit knows of the run that it acts on. With a key-value cache, each forward sees only new positions."""

    n_prompt: int
    offset: int = 0
    """Position of the first token of the current forward."""
    width: int = 0
    """Positions of the current forward; 0 if all its tokens are one row."""
    constants: dict[str, Tensor] = field(default_factory=dict)
    """Vectors that stay the same through the run, by the intervention's text: means, directions, patched values."""
    wanted: set[str] = field(default_factory=set)
    fired: set[str] = field(default_factory=set)
    """Texts of the interventions that are on, and of those whose hook the model has passed."""

    def check_fired(self) -> None:
        """Raise BadRequestError if an intervention's hook was passed by: it would have changed nothing, silently."""
        if missed := sorted(self.wanted - self.fired):
            raise BadRequestError(
                f"“{missed[0][:60]}” changes nothing: this model has no such place.",
                "Remove the intervention.",
            )


@runtime_checkable
class Source(Protocol):
    """Where an intervention takes its constants from."""

    def direction(self, token_id: int) -> Float[Tensor, " d_model"]:
        """The token's unit unembedding direction."""
        ...

    def stream(self, text: str, layer: int, position: int) -> Float[Tensor, " d_model"]:
        """The residual stream after a block, at one position of another prompt's run."""
        ...

    def named(self, name: str) -> Float[Tensor, " d_model"]:
        """A direction that was found and kept, as long as it was found."""
        ...

    def last(self, text: str, layer: int) -> Float[Tensor, " d_model"]:
        """The residual stream after a block, at the last token of another text's run."""
        ...


@dataclass(frozen=True)
class Limits:
    """What indices may be, for one model and one run."""

    n_layers: int
    n_heads: int
    d_vocab: int
    n_positions: int
    n_experts: int = 0


class WithoutConstant:
    """An intervention that brings no vector from outside the run."""

    def constant(self, _source: Source, /) -> Tensor | None:
        return None


@runtime_checkable
class HasText(Protocol):
    @property
    def text(self) -> str: ...


def mean_of_prompt(values: Float[Tensor, "pos d"], text: str, run: Run) -> Float[Tensor, " d"]:
    # The first forward holds the whole prompt. Later ones use its mean: one number for the run, whatever is cached.
    if text not in run.constants:
        run.constants[text] = values.mean(0)
    return run.constants[text].to(values)


def changed_at(stream: Tensor, position: int | None, run: Run, change: Callable[[Tensor], Tensor]) -> Tensor:
    if position is None:
        return change(stream)
    at = position - run.offset
    if not 0 <= at < stream.shape[1]:
        return stream
    out = stream.clone()
    out[:, at] = change(stream[:, at])
    return out


def within(what: str, value: int, size: int, intervention: HasText) -> None:
    if not 0 <= value < size:
        raise BadRequestError(
            f"“{intervention.text[:60]}”: there is no {what} {value}.",
            f"This run has {size:,} {what}s, numbered 0 to {size - 1:,}.",
            value=value,
            limit=size - 1,
        )


def positioned(position: int | None, limits: Limits, intervention: HasText) -> None:
    if position is not None:
        within("position", position, limits.n_positions, intervention)


def finite(value: float, intervention: HasText) -> None:
    if not (math.isfinite(value) and abs(value) <= 1e6):
        raise BadRequestError(f"“{intervention.text[:60]}”: {value} is not a number between -1,000,000 and 1,000,000.")


def number(value: float | int) -> str:
    """The shortest text that gives the same number again.

    >>> number(1.0), number(0.1), number(-2.5e-7)
    ('1', '0.1', '-2.5e-07')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
