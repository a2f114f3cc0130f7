"""The ledger of claims as it is shown, and its three drawings: top-p, a rejected draft, rotary pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.overview.errata.claims import CHAPTERS, Checked, Figure, Reference
from explorer.experiments.overview.errata.rejected_drafts import Drawn, distance, from_target
from explorer.experiments.overview.errata.rope_pairs import Pairs, changed, divergence
from explorer.experiments.overview.errata.top_p import TopP
from explorer.figures.payload import Payload

#: Tokens that are drawn one by one: kept by top-p, and judged.
SHOWN, JUDGED = 12, 8
#: Next tokens of each way of turning.
NEXT = 5


@dataclass(frozen=True, kw_only=True)
class ErrataEntry:
    """A claim, what came out, and where one sees it."""

    name: str
    chapter: int
    chapter_title: str
    section: str
    """Where in the chapter it stands."""
    says: str
    quotation: str
    verdict: str
    """wrong, loose, right, or open: not checked here."""
    said: str
    found: str
    why: str
    figures: tuple[Figure, ...]
    panel: str
    panel_title: str
    view: str
    grounded: bool
    """Whether it depends on the run or its model."""
    command: str
    """What a person types to compute it."""


@dataclass(frozen=True, kw_only=True)
class ErrataEntries(Payload):
    """Those that are checked so far, and the text that makes them."""

    reference: Reference
    entries: tuple[ErrataEntry, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class ErrataTopP(Payload):
    """The likeliest tokens, and where the reference's code puts their probabilities."""

    position: int
    temperature: float
    top_k: int
    top_p: float
    ids: Int[Tensor, " shown"]
    lands: Int[Tensor, " shown"]
    p: Float[Tensor, " shown"]
    kept: int
    rest: float
    """Probability of the kept tokens that are not shown."""
    distance: float
    """Total variation of the two."""
    outside: float
    """Probability of drawing what was cut away."""


@dataclass(frozen=True, kw_only=True)
class ErrataDraft(Payload):
    """Target, draft, and what comes out under both rules, at the tokens where it differs most."""

    position: int
    blocks: int
    n_layers: int
    temperature: float
    kept: float
    """sum of min(p, q)."""
    bias: float
    """Total variation of what comes out from p, exact."""
    draws: int
    drawn_bias: float
    fair_bias: float
    """The same of the draws: from the target, and from the residual."""
    ids: Int[Tensor, " shown"]
    p: Float[Tensor, " shown"]
    q: Float[Tensor, " shown"]
    out: Float[Tensor, " shown"]
    """Exact, drawn anew from the target."""
    drawn: Float[Tensor, " shown"]
    fair: Float[Tensor, " shown"]


@dataclass(frozen=True, kw_only=True)
class RopeWay:
    """What the model says next under one layout."""

    ids: Int[Tensor, " next"]
    p: Float[Tensor, " next"]
    error: float
    """Largest change of a logit, as a share of the largest logit."""
    changed: int
    """Positions at which the likeliest token is another."""
    kl: Float[Tensor, " pos"]
    """From the checkpoint's own layout, nats."""


@dataclass(frozen=True, kw_only=True)
class ErrataRope(Payload):
    """One checkpoint, three ways."""

    position: int
    d_head: int
    d_rotary: int
    ways: tuple[RopeWay, ...]
    """Halves, adjacent pairs, adjacent pairs on reordered rows."""


def entry(made: Checked, titles: Mapping[str, str]) -> ErrataEntry:
    """`titles`: of the panels."""
    claim, found = made.claim, made.found
    return ErrataEntry(
        name=claim.name,
        chapter=claim.chapter,
        chapter_title=CHAPTERS[claim.chapter],
        section=claim.section,
        says=claim.says,
        quotation=claim.quotation,
        verdict=made.verdict,
        said=found.said,
        found=found.found,
        why=found.why,
        figures=found.figures,
        panel=claim.panel,
        panel_title=titles.get(claim.panel, ""),
        view=claim.view,
        grounded=claim.grounded,
        command=claim.command or f"python -m explorer claims {claim.name}",
    )


def top_p(position: int, made: TopP, temperature: float, top_k: int, cut: float) -> ErrataTopP:
    shown = made.order[: min(made.kept, SHOWN)]
    p = made.right[shown]
    return ErrataTopP(
        position=position,
        temperature=temperature,
        top_k=top_k,
        top_p=cut,
        ids=shown,
        lands=made.lands[: len(shown)],
        p=p,
        kept=made.kept,
        rest=float(1 - p.sum()),
        distance=made.distance,
        outside=made.outside,
    )


def draft(
    position: int, blocks: int, n_layers: int, temperature: float, p: Tensor, q: Tensor, drawn: Drawn,
) -> ErrataDraft:  # fmt: skip
    """The tokens at which the rules differ most, the likeliest first."""
    out = from_target(p, q)
    ids = (out - p).abs().topk(min(JUDGED, len(p))).indices
    ids = ids[p[ids].argsort(descending=True, stable=True)]
    return ErrataDraft(
        position=position,
        blocks=blocks,
        n_layers=n_layers,
        temperature=temperature,
        kept=float(torch.minimum(p, q).sum()),
        bias=distance(out, p),
        draws=drawn.draws,
        drawn_bias=distance(drawn.from_target, p),
        fair_bias=distance(drawn.from_residual, p),
        ids=ids,
        p=p[ids],
        q=q[ids],
        out=out[ids],
        drawn=drawn.from_target[ids],
        fair=drawn.from_residual[ids],
    )


def rope(position: int, d_head: int, d_rotary: int, made: Pairs) -> ErrataRope:
    ways = tuple(_way(made, way, position) for way in ("halves", "adjacent", "reordered"))
    return ErrataRope(
        position=position,
        d_head=d_head,
        d_rotary=d_rotary,
        ways=ways,
    )


def _way(made: Pairs, way: str, position: int) -> RopeWay:
    logits: Tensor = getattr(made, way)
    top = logits[position].double().softmax(-1).topk(min(NEXT, logits.shape[-1]))
    kl = torch.tensor([divergence(a, b) for a, b in zip(made.halves, logits, strict=True)])
    return RopeWay(
        ids=top.indices, p=top.values, error=made.error(made.halves, way), changed=changed(made.halves, logits), kl=kl
    )


def named(ways: Sequence[RopeWay]) -> list[int]:
    """Ids that are shown."""
    return [int(each) for way in ways for each in way.ids]
