"""Ways to find a circuit of edges, side by side, each with the edges of its opened circuit."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.inside.circuit_edges import EACH, NEEDED, ORDERS, Found, Way
from explorer.experiments.inside.prompt_pair import Runs
from explorer.figures.inside.patch_map import PairShown, pair_shown
from explorer.figures.inside.task_shown import TaskShown
from explorer.figures.payload import Payload
from explorer.stack.frontier.edge_graph import Wiring

#: Edges drawn of a circuit.
DRAWN = 60
#: Stands for an MLP, and for the tokens, where a head's number stands.
NO_HEAD = -1


@dataclass(frozen=True, kw_only=True)
class Wire:
    """An edge. Block -1: the tokens' embeddings; a block more than there are: the answer."""

    from_layer: int
    from_head: int
    to_layer: int
    to_head: int
    read: str
    """q, k or v of a head."""
    estimate: float
    """By EAP-IG: what it adds to the lead."""


@dataclass(frozen=True, kw_only=True)
class EdgeWay:
    """One way."""

    name: str
    sizes: list[int]
    carrying: list[int]
    faithful: Float[Tensor, " size"]
    complete: Float[Tensor, " size"]
    low: Float[Tensor, " drawn"]
    """Of random orders the least faithful; empty of others."""
    high: Float[Tensor, " drawn"]
    runs: int
    done: float
    """Of all edges, the share that a search has decided."""
    at: int
    """The place of the opened circuit among the sizes; -1: none is opened."""
    needed: float | None
    """Of its opened circuit's strongest edges, the share that it needs; None: not measured."""
    wires: list[Wire]
    """The strongest of its opened circuit."""


@dataclass(frozen=True, kw_only=True)
class EdgeWays(Payload):
    """All that are measured so far."""

    task: TaskShown
    problem: str
    pair: PairShown | None
    n_layers: int
    n_heads: int
    edges: int
    opened: int
    by: str
    threshold: float
    ways: list[EdgeWay]
    orders: int
    each: int
    """Edges that were left out one by one; a circuit needs one if it keeps `least` less without it."""
    least: float
    among: int
    """Edges that were searched, those with the largest estimates; 0: none."""
    recorded: bool
    """Read from a file that was measured before."""
    searchable: bool
    """Its search can be waited for."""


def edge_ways(
    task: TaskShown, runs: Runs, found: Found, by: str, threshold: float, searchable: bool, recorded: bool = False
) -> EdgeWays:
    layers, heads = runs.clean.z.shape[0], runs.clean.z.shape[2]
    wiring = Wiring(layers, heads)
    return EdgeWays(
        task=task, problem="", pair=pair_shown(runs), n_layers=layers, n_heads=heads, edges=wiring.edges,
        opened=found.opened, by=by, threshold=threshold, ways=[_way(each, found, wiring) for each in found.ways],
        orders=ORDERS, each=EACH, least=NEEDED, among=found.among, recorded=recorded, searchable=searchable,
    )  # fmt: skip


def _way(way: Way, found: Found, wiring: Wiring) -> EdgeWay:
    low, high = way.spread or ([], [])
    size = None if way.opened is None else int(way.opened.sum())
    return EdgeWay(
        name=way.name, sizes=way.sizes, carrying=way.carrying, faithful=torch.tensor(way.faithful),
        complete=torch.tensor(way.complete), low=torch.tensor(low), high=torch.tensor(high), runs=way.runs,
        done=way.done, at=way.sizes.index(size) if size in way.sizes else -1, needed=way.needed,
        wires=_wires(way, found, wiring),
    )  # fmt: skip


def _wires(way: Way, found: Found, wiring: Wiring) -> list[Wire]:
    if way.opened is None:
        return []
    edges = sorted(wiring.carrying(way.opened).nonzero().tolist(), key=lambda at: -abs(float(found.scores[*at])))
    made: list[Wire] = []
    for reader, writer in edges[:DRAWN]:
        source, target = wiring.writers[writer], wiring.readers[reader]
        head = NO_HEAD if target.part is None or target.part.head is None else target.part.head
        made.append(
            Wire(
                from_layer=source.layer, from_head=NO_HEAD if source.head is None else source.head,
                to_layer=wiring.n_layers if target.part is None else target.part.layer, to_head=head, read=target.read,
                estimate=-float(found.scores[reader, writer]),
            )
        )  # fmt: skip
    return made


def no_edges(task: TaskShown, problem: str) -> EdgeWays:
    return EdgeWays(
        task=task, problem=problem, pair=None, n_layers=0, n_heads=0, edges=0, opened=0, by="lead", threshold=0.0,
        ways=[], orders=ORDERS, each=EACH, least=NEEDED, among=0, recorded=False, searchable=False,
    )  # fmt: skip
