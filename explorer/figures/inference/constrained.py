"""Constrained decoding as a picture: what was forbidden at each token, and how much of the model's probability went
with it. `constrained_checks` asks other libraries whether they agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8

from explorer.stack.inference.constrained import Constrained, Step

#: Tokens named at each step: the model's likeliest, and the likeliest of those allowed.
NAMED = 8


def shown(step: Step, k: int = NAMED) -> dict[str, Any]:
    """One step for the page: probabilities of the model, given the mask, and after the sampler."""
    own = step.stages.logits.double().softmax(-1)
    allowed, given, drawn = step.allowed, step.stages["constraint"].probabilities, step.stages.probabilities
    n_allowed = int(allowed.sum())
    likeliest = own.topk(min(k, len(own))).indices.tolist()
    best = given.topk(min(k, n_allowed)).indices.tolist()
    named = sorted(dict.fromkeys([*likeliest, *best, step.token]), key=lambda i: -float(own[i]))
    of_named = own[named]
    inside = allowed[named]
    return {
        "token": step.token,
        "u": step.u,
        "forbidden": step.forbidden_mass,
        "n_allowed": n_allowed,
        "own": float(own[step.token]),
        "given": float(given[step.token]),
        "wanted": likeliest[0],
        "wanted_p": float(own[likeliest[0]]),
        "ids": named,
        "p": of_named.tolist(),
        "q": given[named].tolist(),
        "drawn": drawn[named].tolist(),
        "allowed": inside.tolist(),
        "rest": [
            max(0.0, 1 - step.forbidden_mass - float(of_named[inside].sum())),
            max(0.0, step.forbidden_mass - float(of_named[~inside].sum())),
        ],
    }


def masks(steps: Sequence[Step]) -> UInt8[np.ndarray, "step packed"]:
    """A bit for each token of the vocabulary, lowest id in the lowest bit: 1 where it was allowed."""
    rows = np.stack([step.allowed.numpy() for step in steps])
    return np.packbits(rows, axis=-1, bitorder="little")


def renormalisation_error(step: Step) -> float:
    """Largest gap, over the vocabulary, between what is left and the model's own: given (1 - forbidden) - own."""
    own = step.stages.logits.double().softmax(-1)
    left = step.stages["constraint"].probabilities * (1 - step.forbidden_mass)
    return float((left - own.where(step.allowed, 0.0)).abs().max())


def cost(steps: Sequence[Step]) -> float:
    """Nats: how much less probable the model finds the text than the constrained draw does, at temperature 1.

    The sum of ``-log(1 - forbidden)``, since ``p'(token) = p(token) / (1 - forbidden)`` at every step.
    """
    return sum(-math.log1p(-min(step.forbidden_mass, 1 - 1e-300)) for step in steps)


def named_ids(made: Constrained, most: int = 400) -> set[int]:
    """Ids that the page may have to write: those of each step, and the likeliest allowed ones for the mask's map."""
    ids: set[int] = set()
    for step in made.steps:
        given = step.stages["constraint"].probabilities
        ids.update(given.topk(min(most, int(step.allowed.sum()))).indices.tolist())
        ids.update(torch.topk(step.stages.logits, min(NAMED, len(given))).indices.tolist())
    return ids
