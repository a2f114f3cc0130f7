"""Every loss of preferences by its name, over one batch: the losses can be laid side by side.

>>> batch = Batch(Compared.of([-10.0, -3.0], [-12.0, -4.0], [-11.0, -3.0], [-11.0, -4.0]))
>>> [round(terms(name, batch).loss.mean().item(), 4) for name in ("dpo", "hinge")]
[0.6456, 0.9]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.finetuning.preferences.direct import cdpo, dpo, hinge, ipo, robust
from explorer.stack.finetuning.preferences.pairs import Compared, Terms
from explorer.stack.finetuning.preferences.unpaired import kto_pairs
from explorer.stack.finetuning.preferences.without_reference import orpo, simpo

Name = Literal["dpo", "cdpo", "robust", "ipo", "hinge", "kto", "orpo", "simpo"]
NAMES = cast("tuple[Name, ...]", get_args(Name))
TITLES: Mapping[Name, str] = {
    "dpo": "DPO", "cdpo": "cDPO", "robust": "robust DPO", "ipo": "IPO", "hinge": "hinge", "kto": "KTO", "orpo": "ORPO",
    "simpo": "SimPO",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """beta: how far the policy may go from its reference (the smaller, the farther), and ORPO's weight."""

    beta: float = 0.1
    wrong: float = 0.1
    """cDPO's and robust DPO's share of wrong labels."""
    simpo_beta: float = 2.5
    gamma: float = 0.5


@dataclass(frozen=True, eq=False)
class Batch:
    """Pairs, and what two of the losses need beside them."""

    pairs: Compared
    mismatched: Float[Tensor, " mismatch"] | None = None
    """KTO's: log-ratios of answers to other prompts."""
    cross_entropy: Float[Tensor, ""] | None = None
    """ORPO's: of all tokens of the chosen texts."""


def terms(name: Name, batch: Batch, settings: Settings | None = None) -> Terms:
    """What this loss makes of the batch. Raises BadRequestError where the batch lacks what it needs."""
    given, pairs = settings or Settings(), batch.pairs
    match name:
        case "dpo":
            return dpo(pairs, given.beta)
        case "cdpo":
            return cdpo(pairs, given.beta, given.wrong)
        case "robust":
            return robust(pairs, given.beta, given.wrong)
        case "ipo":
            return ipo(pairs, given.beta)
        case "hinge":
            return hinge(pairs, given.beta)
        case "kto":
            if batch.mismatched is None:
                raise BadRequestError("KTO’s reference needs answers to other prompts.", "Take two pairs or more.")
            return kto_pairs(pairs, batch.mismatched, given.beta)
        case "orpo":
            nothing = torch.zeros((), dtype=pairs.chosen.dtype)
            return orpo(pairs, nothing if batch.cross_entropy is None else batch.cross_entropy, given.beta)
        case "simpo":
            return simpo(pairs, given.simpo_beta, given.gamma)
