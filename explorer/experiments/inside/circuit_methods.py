"""Ways to find a circuit on one task: ranked by one gradient, by several, searched part by part, or drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.inside.circuit import sizes_of, whole_run
from explorer.experiments.inside.prompt_pair import Runs
from explorer.stack.frontier.attribution_patching import gradients
from explorer.stack.frontier.circuit_search import acdc
from explorer.stack.frontier.circuits import alone, ranked
from explorer.stack.frontier.edges import Writer, check_adds
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing.bridge.hooking import RUNNING

if TYPE_CHECKING:
    from explorer.zoo.model import Model

Tell = Callable[[str, int, int], None]
#: Gradients of EAP and of EAP-IG; random orders; parts of a circuit that are left out one by one.
ONE, SEVERAL, ORDERS, SINGLY = 1, 5, 5, 12
#: A part is needed if the circuit keeps so much less without it.
NEEDED = 0.01


@dataclass(frozen=True, eq=False)
class Method:
    """What a way to find circuits gives, by size."""

    name: str
    sizes: list[int]
    faithful: Float[Tensor, " size"]
    complete: Float[Tensor, " size"]
    needed: float
    """Of up to `SINGLY` parts of its circuit of the chosen size, the share that it needs; NaN: not measured."""
    runs: int
    """Of the model, forward or backward, to find it."""
    spread: tuple[Float[Tensor, " size"], Float[Tensor, " size"]] | None = None
    """The least and the most faithful of the random orders."""
    redone: float | None = None
    """Of the search: the difference of its circuit's m from a whole run of the model with hooks."""


def methods(
    model: Model, decoder: Decoder, runs: Runs, kept: int, threshold: float, seed: int, tell: Tell
) -> Iterator[list[Method]]:
    """One after the other. Raises NotApplicableError where parts are no terms of the stream."""
    check_adds(decoder)
    clean, corrupt, metric = runs.clean, runs.corrupt, runs.pair.metric
    found: list[Method] = []

    def m_of(circuits: list[frozenset[Writer]], what: str) -> Float[Tensor, " circuit"]:
        with RUNNING:
            return alone(decoder, clean, corrupt, circuits, metric, lambda at, of: tell(what, at, of))

    base, whole = float(m_of([frozenset()], "Circuits")[0]), runs.scores[0]

    def share(circuits: list[frozenset[Writer]], what: str = "Circuits") -> Float[Tensor, " circuit"]:
        return (m_of(circuits, what) - base) / (whole - base)

    def measured(name: str, order: list[Writer], everything: frozenset[Writer], sizes: list[int], cost: int) -> Method:
        tops = [frozenset(order[:size]) for size in sizes]
        both = share([*tops, *(everything - those for those in tops)])
        opened = order[: min(kept, len(order))]
        singly = opened[:SINGLY]
        each = share([frozenset(opened), *(frozenset(opened) - {part} for part in singly)], "Parts left out")
        needed = float((each[0] - each[1:] > NEEDED).double().mean()) if singly else torch.nan
        return Method(name, sizes, both[: len(sizes)], both[len(sizes) :], needed, cost)

    everything: frozenset[Writer] = frozenset()
    for name, steps in (("EAP", ONE), ("EAP-IG", SEVERAL)):
        tell("Gradients", 0, steps)
        with RUNNING:
            slopes = gradients(decoder, clean, corrupt, metric, steps)
        order = ranked(slopes.heads(clean, corrupt), slopes.estimate("mlp", clean, corrupt).sum(-1))
        everything = frozenset(order)
        found.append(measured(name, order, everything, sizes_of(len(order), kept), 2 * steps))
        yield list(found)
    generator = torch.Generator().manual_seed(seed)
    order = sorted(everything, key=lambda part: (part.layer, -1 if part.head is None else part.head))
    drawn = [[order[at] for at in torch.randperm(len(order), generator=generator).tolist()] for _ in range(ORDERS)]
    each = [measured("random", some, everything, found[0].sizes, 0) for some in drawn]
    faithful = torch.stack([one.faithful for one in each])
    mean = Method(
        "random", found[0].sizes, faithful.mean(0), torch.stack([one.complete for one in each]).mean(0),
        sum(one.needed for one in each) / ORDERS, 0, (faithful.amin(0), faithful.amax(0)),
    )  # fmt: skip
    yield [*found, mean]
    with RUNNING:
        parts = acdc(
            decoder, clean, corrupt, metric, threshold, lambda at, of: tell("Parts tried", at, of)
        )  # fmt: skip
    kept = len(parts)
    searched = measured("ACDC", parts, everything, [len(parts)], len(everything) + 2)
    redone = abs(whole_run(model, runs, frozenset(parts)) - float(searched.faithful[0]) * (whole - base) - base)
    yield [*found, replace(searched, redone=redone), mean]
