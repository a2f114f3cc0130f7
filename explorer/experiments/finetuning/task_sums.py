"""Two adapters added, and one of them subtracted: what is left of each task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning.worn import Worn, losses
from explorer.fetching.progress import Progress
from explorer.stack.finetuning import task_vectors
from explorer.stack.finetuning.adapter import Adapter, adapted, merged
from explorer.stack.finetuning.conversations import Example
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

Worns = tuple[tuple[Adapter, float], ...]


@dataclass(frozen=True)
class Summed:
    """The base with adapters, and the losses of each task's items."""

    name: str
    losses: tuple[tuple[float, ...], ...]
    """By task, then by item; nats a token."""


@dataclass(frozen=True)
class Sums:
    """All of them."""

    each: tuple[Summed, ...]
    apart: float | None = None
    """Losses of both adapters worn, from those of one adapter of twice the rank, merged."""


def sums(
    decoder: Decoder, first: Worn, second: Worn, items: Sequence[list[Example]], progress: Progress
) -> Iterator[Sums]:
    """`items`: of the first's task and of the second's."""
    A, B = first.adapter, second.adapter
    made: dict[str, Worns] = {
        "base": (), "A": ((A, 1.0),), "B": ((B, 1.0),), "A + B": ((A, 1.0), (B, 1.0)),
        "A + B − A": ((A, 1.0), (B, 1.0), (A, -1.0)), "−A": ((A, -1.0),), "½ A + ½ B": ((A, 0.5), (B, 0.5)),
    }  # fmt: skip
    if (parts := part_by_part(A, B)) is not None:
        made["A and B part by part"] = ((parts, 1.0),)
    done: dict[str, Summed] = {}
    for at, (name, wear) in enumerate(made.items()):
        progress("Losses of both tasks", at, len(made) + 1)
        model = adapted(decoder, *wear) if wear else decoder
        done[name] = Summed(name, tuple(tuple(losses(model, some)) for some in items))
        yield Sums(tuple(done.values()))
    progress("Losses of both tasks", len(made), len(made) + 1)
    one = merged(decoder, (task_vectors.concatenated((A, 1.0), (B, 1.0)), 1.0))
    yield Sums(tuple(done.values()), _apart(done, [losses(one, some) for some in items]))


def part_by_part(A: Adapter, B: Adapter) -> Adapter | None:
    """peft's "linear": A's and B's own parts added; None where they are of other places or ranks."""
    try:
        return task_vectors.added((A, 1.0), (B, 1.0))
    except NotApplicableError:
        return None


def _apart(done: Mapping[str, Summed], one: Sequence[Sequence[float]]) -> float:
    both = done["A + B"].losses
    return worst(
        abs(mine - theirs)
        for some, others in zip(both, one, strict=True)
        for mine, theirs in zip(some, others, strict=True)
    )
