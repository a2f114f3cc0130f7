"""From a name to an optimizer of a model's weights: which weights a rule steps, and which are decayed.

AdamW is torch's, fused; the others are the plain steps of this folder. Vectors (gains, biases) are not decayed. Lion
and SGD step all weights. Muon steps the matrices of the blocks; embeddings, the head and vectors go to AdamW. Muon's
step has Moonlight's factor, so that it is about as long as AdamW's and one learning rate serves both (`muon`).

AdamW's rate may differ by weight: `times` of a group is what its rate is multiplied by, as in `mup`.

>>> sorted(RULES)
['adamw', 'lion', 'muon', 'sgd']
>>> model = torch.nn.ModuleDict({"embed": torch.nn.Embedding(4, 2), "blocks": torch.nn.Linear(2, 3)})
>>> made = groups("muon", model.named_parameters(), (0.9, 0.95), 0.1)
>>> [[tuple(each.shape) for each in weights] for _, weights in made]
[[(3, 2)], [(4, 2)], [(3,)]]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from torch import nn

from explorer.stack.pretraining.optimizers.adam import Adam
from explorer.stack.pretraining.optimizers.lion import Lion
from explorer.stack.pretraining.optimizers.muon import Muon
from explorer.stack.pretraining.optimizers.plain_steps import PlainSteps
from explorer.stack.pretraining.optimizers.sgd import SGD
from explorer.stack.pretraining.optimizers.stepped import Rule

Named = Iterable[tuple[str, nn.Parameter]]
#: Modules whose matrices are tables: what a name begins with.
TABLES = ("embed", "unembed", "positions")


RULES: dict[str, Adam | Lion | Muon | SGD] = {
    "adamw": Adam(),
    "lion": Lion(),
    "sgd": SGD(momentum=0.9),
    "muon": Muon(wide=True),
}


def groups(
    name: str, weights: Named, betas: tuple[float, float], weight_decay: float
) -> list[tuple[Rule, list[nn.Parameter]]]:
    """The rules, and the weights of each: matrices that are decayed first, vectors last. Raises ValueError for an
    unknown name."""
    if name not in RULES:
        raise ValueError(f"unknown optimizer {name!r} ({', '.join(sorted(RULES))})")
    named = list(weights)
    matrices = [(of, each) for of, each in named if each.dim() > 1]
    vectors = [each for _, each in named if each.dim() <= 1]
    rule = replace(RULES[name], weight_decay=weight_decay)
    if not isinstance(rule, Muon):
        rule = replace(rule, betas=betas) if isinstance(rule, Adam) else rule
        return [(rule, [each for _, each in matrices]), (replace(rule, weight_decay=0.0), vectors)]
    adam = Adam(betas=betas, weight_decay=weight_decay)
    inside = [each for of, each in matrices if of.split(".")[0] not in TABLES]
    tables = [each for of, each in matrices if of.split(".")[0] in TABLES]
    return [(rule, inside), (adam, tables), (replace(adam, weight_decay=0.0), vectors)]


def optimizer_of(
    name: str,
    weights: Named,
    lr: float,
    betas: tuple[float, float],
    weight_decay: float,
    times: Mapping[str, float] | None = None,
) -> torch.optim.Optimizer:
    """The optimizer of that name. times: what the rate of a weight is multiplied by, by the last part of its name.
    Raises ValueError for an unknown one, and for rates by weight where it is not AdamW.

    >>> layer = torch.nn.Linear(3, 2)
    >>> made = optimizer_of("adamw", layer.named_parameters(), 0.1, (0.9, 0.95), 0.0, {"bias": 16.0})
    >>> [(group["times"], group["lr"], len(group["params"])) for group in made.param_groups if group["params"]]
    [(1.0, 0.1, 1), (16.0, 1.6, 1)]
    """
    named, factors = list(weights), times or {}
    made = groups(name, named, betas, weight_decay)
    if name != "adamw":
        if factors:
            raise ValueError(f"{name} has one rate for all weights")
        return PlainSteps(made)
    by = {id(each): factors.get(of.rpartition(".")[2], 1.0) for of, each in named}
    tables = [
        {"params": some, "weight_decay": decay, "lr": lr * factor, "times": factor}
        for (_, each), decay in zip(made, (weight_decay, 0.0), strict=True)
        for factor in dict.fromkeys((1.0, *factors.values()))
        if (some := [one for one in each if by[id(one)] == factor]) or factor == 1.0
    ]
    return torch.optim.AdamW(tables, lr=lr, betas=betas, fused=True)
