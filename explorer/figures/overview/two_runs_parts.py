"""The parts of two runs that differ, what each adds to the lead of either run's answer.

Parts are compared head by head where both models have as many (mixer by mixer where they have none), and by quarters of
the depth where they have not. In both cases each run's parts add up to its own lead, so that the parts' changes add up
to the lead's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.figures.overview.measured import Measured
from explorer.figures.overview.two_places import Place, Run, translated
from explorer.figures.payload import Payload
from explorer.stack.transformer.head_name import head_name
from explorer.stack.transformer.references import DEFAULT, Over
from explorer.stack.worst import worst
from explorer.tracing.derived.attribution import Attribution

QUARTERS = 4


@dataclass(frozen=True, kw_only=True)
class TwoParts(Payload):
    """What each part of the model adds to the targets' leads in both runs, and to the first target's lead over the
    second; nothing while no second run is chosen."""

    names: list[str]
    targets: list[str]
    ids: list[int]
    """The targets in the first run's vocabulary."""
    sides: list[str]
    measured: Measured
    """What the first run's first target is measured over."""
    values: Float[Tensor, "lead run part"]
    """A lead a target; with two targets a third, of the first over the second."""
    leads: Float[Tensor, "lead run"]
    whole: bool
    """Whether the parts are heads and MLPs, and not quarters of the depth."""


class Parts(NamedTuple):
    """Parts of some leads, each row adding up to its lead."""

    names: list[str]
    values: Float[Tensor, "lead run part"]
    leads: Float[Tensor, "lead run"]
    error: float
    """The largest distance of a row's sum from the lead in the model's own logits."""
    whole: bool
    """Whether they are heads and MLPs, and not quarters of the depth."""


def shares(place: Place, over: Over) -> list[tuple[Run, Attribution]]:
    """Of each target in both runs, who wrote toward it; of two, also who wrote toward the first and not the second."""
    overs = _in_both(place, over)
    aims = [(target, overs) for target in place.targets]
    if len(place.targets) > 1:
        first, second = place.targets
        aims.append((first, second))
    return [
        (run, run.trace.attribution(at, token, DEFAULT if reference == token else reference))
        for target, references in aims
        for (run, at), token, reference in zip(place.runs, target, references, strict=True)
    ]


def _in_both(place: Place, over: Over) -> tuple[Over, Over]:
    """The reference in each run's vocabulary; a rival that one of them lacks is none."""
    if isinstance(over, str):
        return over, over
    there = translated(over, place.one, place.other)
    return (DEFAULT, DEFAULT) if there is None else (over, there)


def parts(place: Place, over: Over) -> Parts:
    """The leads of `shares`, taken apart in one way."""
    dims = [run.model.dims for run, _ in place.runs]
    alike = (dims[0].n_layers, dims[0].n_heads) == (dims[1].n_layers, dims[1].n_heads)
    found = [share for _, share in shares(place, over)]
    rows = [_by_head(share) if alike else _by_quarter(share) for share in found]
    leads = torch.tensor([share.lead for share in found], dtype=torch.float64)
    shape = (len(found) // 2, 2)
    named = _named(dims[0].n_layers, dims[0].n_heads) if alike else _quarters(mixing(place))
    values = torch.stack(rows)
    there = [at for at, name in enumerate(named) if not name.startswith(OPTIONAL) or bool(values[:, at].any())]
    return Parts(
        [named[at] for at in there],
        values[:, there].unflatten(0, shape),
        leads.view(shape),
        worst(abs(float(row.sum() - lead)) for row, lead in zip(rows, leads, strict=True)),
        alike,
    )


#: Parts that many runs lack; where both lack them, they are no parts.
OPTIONAL = "interventions", "biases", "MLPs"


def mixing(place: Place) -> str:
    """What moves information between positions in both models: attention, mixers, or one in each."""
    heads = [run.model.dims.n_heads > 0 for run, _ in place.runs]
    return "attention" if all(heads) else "mixing" if any(heads) else "mixers"


def _named(layers: int, heads: int) -> list[str]:
    """
    >>> _named(1, 2)
    ['embedding', 'L0.H0', 'L0.H1', 'MLP 0', 'interventions', 'biases']
    >>> _named(2, 0)
    ['embedding', 'mixer 0', 'mixer 1', 'interventions', 'biases']
    """
    if not heads:
        return ["embedding", *(f"mixer {layer}" for layer in range(layers)), "interventions", "biases"]
    attention = [head_name(layer, head) for layer in range(layers) for head in range(heads)]
    return ["embedding", *attention, *(f"MLP {layer}" for layer in range(layers)), "interventions", "biases"]


def _by_head(share: Attribution) -> Float[Tensor, " part"]:
    last = torch.tensor([float(share.edits.sum()), share.constant + float(share.attn_bias.sum())]).double()
    blocks = (share.heads.flatten(), share.mlp) if share.heads.shape[1] else (share.attn,)
    return torch.cat([torch.tensor([share.embed]).double(), *blocks, last])


def _quarters(mixed: str) -> list[str]:
    places = [f"quarter {i + 1}" for i in range(QUARTERS)]
    return ["embedding", *(f"{mixed}, {each}" for each in places), *(f"MLPs, {each}" for each in places),
            "interventions", "biases"]  # fmt: skip


def _by_quarter(share: Attribution) -> Float[Tensor, " part"]:
    layers = len(share.mlp)
    quarter = torch.arange(layers) * QUARTERS // layers
    first = share.heads.sum(-1) if share.heads.shape[1] else share.attn
    sums = [torch.zeros(QUARTERS).double().index_add_(0, quarter, each) for each in (first, share.mlp)]
    last = torch.tensor([float(share.edits.sum()), share.constant + float(share.attn_bias.sum())]).double()
    return torch.cat([torch.tensor([share.embed]).double(), *sums, last])
