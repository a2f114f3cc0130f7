"""What every activation of one prompt does in another's run: measured beside expected, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.patch_map import Edges, Map, Site, Way, correlation
from explorer.experiments.inside.prompt_pair import TOLD, Runs
from explorer.figures.inside.task_shown import TaskShown
from explorer.figures.payload import Payload
from explorer.stack.frontier.edges import EdgeScores

#: Next tokens shown of the unpatched runs.
TOP = 5


@dataclass(frozen=True, kw_only=True)
class PairShown:
    """The two prompts, and what the model says to each."""

    clean: Int[Tensor, " pos"]
    corrupt: Int[Tensor, " pos"]
    answers: list[int]
    rivals: list[int]
    scores: list[float]
    """The answer's logit less the rival's, of the clean run and of the corrupt one."""
    told_apart: bool
    """The first of these is clearly greater: else shares of the difference say little."""
    ids: Int[Tensor, "two top"]
    p: Float[Tensor, "two top"]
    """The likeliest next tokens of both."""

    @property
    def tokens(self) -> set[int]:
        return {*self.clean.tolist(), *self.corrupt.tolist(), *self.answers, *self.rivals, *self.ids.flatten().tolist()}


@dataclass(frozen=True, kw_only=True)
class PatchMap(Payload):
    """NaN in `measured`: not patched yet."""

    task: TaskShown
    problem: str
    """Why there is no map; nothing where there is one."""
    pair: PairShown | None
    site: Site
    way: Way
    measured: Float[Tensor, "layer cell"]
    estimated: Float[Tensor, "layer cell"]
    steps: int
    ids: Int[Tensor, "layer cell top"]
    p: Float[Tensor, "layer cell top"]
    first: int
    r: float | None
    """Pearson's, over the cells that can differ and are measured."""
    worst: Int[Tensor, " ten"]
    """The cells (layer * cells + cell) where both differ most, the worst first."""


@dataclass(frozen=True, kw_only=True)
class EdgeShares:
    """Of one head, the score of each edge."""

    heads: Float[Tensor, "read layer head"]
    mlp: Float[Tensor, " layer"]
    logits: float
    total: float


@dataclass(frozen=True, kw_only=True)
class PatchEdges(Payload):
    """What one head tells each later part."""

    task: TaskShown
    problem: str
    pair: PairShown | None
    layer: int
    head: int
    way: Way
    n_kv_heads: int
    exact: EdgeShares | None
    estimate: EdgeShares | None
    node: float
    node_estimate: float
    r: float | None


def pair_shown(runs: Runs) -> PairShown:
    p, ids = torch.stack([runs.clean.logits, runs.corrupt.logits]).softmax(-1).topk(TOP)
    return PairShown(
        clean=runs.pair.clean, corrupt=runs.pair.corrupt, answers=list(runs.pair.answers),
        rivals=list(runs.pair.rivals), scores=list(runs.scores), told_apart=runs.scores[0] - runs.scores[1] >= TOLD,
        ids=ids, p=p,
    )  # fmt: skip


def patch_map(task: TaskShown, runs: Runs, made: Map) -> PatchMap:
    """A map as far as it is measured."""
    measured, guess = made.measured[:, made.first :], made.estimated[:, made.first :]
    off = (made.measured - made.estimated).abs()
    known = int(off.isfinite().sum())
    worst = off.nan_to_num(-1).flatten().argsort(descending=True, stable=True)[: min(10, known)]
    return PatchMap(
        task=task, problem="", pair=pair_shown(runs), site=made.site, way=made.way, measured=made.measured,
        estimated=made.estimated, steps=made.steps, ids=made.ids, p=made.p, first=made.first,
        r=correlation(measured, guess), worst=worst,
    )  # fmt: skip


def no_map(task: TaskShown, problem: str, site: Site, way: Way) -> PatchMap:
    """Why the prompts give none: the page keeps the fields in which they are written."""
    none = torch.empty(0, 0)
    return PatchMap(
        task=task, problem=problem, pair=None, site=site, way=way, measured=none, estimated=none, steps=1,
        ids=torch.empty(0, 0, TOP, dtype=torch.long), p=torch.empty(0, 0, TOP), first=0, r=float("nan"),
        worst=torch.empty(0, dtype=torch.long),
    )  # fmt: skip


def edges(task: TaskShown, runs: Runs, made: Edges, n_kv_heads: int) -> PatchEdges:
    """r is over all edges that lead forward, once they are measured."""
    r = float("nan")
    if made.exact is not None:
        later = [torch.cat([each.heads[:, made.writer.layer + 1 :].flatten(), each.mlp[made.writer.layer :],
                            each.logits[None]]) for each in (made.exact, made.estimate)]  # fmt: skip
        r = correlation(*later)
    return PatchEdges(
        task=task, problem="", pair=pair_shown(runs), layer=made.writer.layer, head=made.writer.head or 0,
        way=made.way, n_kv_heads=n_kv_heads, exact=None if made.exact is None else _shares(made.exact),
        estimate=_shares(made.estimate), node=made.node, node_estimate=made.node_estimate, r=r,
    )  # fmt: skip


def no_edges(task: TaskShown, problem: str, layer: int, head: int, way: Way) -> PatchEdges:
    return PatchEdges(
        task=task, problem=problem, pair=None, layer=layer, head=head, way=way, n_kv_heads=1, exact=None, estimate=None,
        node=0.0, node_estimate=0.0, r=float("nan"),
    )  # fmt: skip


def _shares(scores: EdgeScores) -> EdgeShares:
    return EdgeShares(heads=scores.heads, mlp=scores.mlp, logits=float(scores.logits), total=scores.total)


@dataclass(frozen=True, kw_only=True)
class Trusted:
    """How well estimates agree with what was measured, in one setting."""

    way: Way
    site: Site
    steps: int
    r: float | None


@dataclass(frozen=True, kw_only=True)
class PatchTrust(Payload):
    """The settings that are measured so far."""

    task: TaskShown
    problem: str
    found: list[Trusted]


def trust(task: TaskShown, found: Mapping[tuple[Way, Site, int], float], problem: str = "") -> PatchTrust:
    shown = [Trusted(way=way, site=site, steps=steps, r=r) for (way, site, steps), r in found.items()]
    return PatchTrust(task=task, problem=problem, found=shown)
