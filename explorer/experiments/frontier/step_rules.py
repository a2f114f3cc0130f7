"""Euler's step and the exact one, on a trained layer: what each writes, and what a text costs by each.

A token is written with dt B by the code of every checkpoint, with (exp(dt A) - 1) / A B by the equation of the paper
(`stack.frontier.state_spaces.selective_scan`). The second is the first times (1 - exp(-s)) / s, s = -dt A: near 1 for
a slow state or a short step, near 1 / s for a fast one.

>>> share = exact_share(torch.tensor([[0.1]]), torch.tensor([[-1.0, -16.0]]))
>>> [round(each, 5) for each in share.flatten().tolist()]
[0.95163, 0.49881]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.state_spaces.mamba import MambaMixer
from explorer.stack.frontier.state_spaces.model import StateSpaceModel
from explorer.stack.frontier.state_spaces.selective_scan import Rule, recurrence, written

#: Steps of Runge and Kutta in which the equation is solved, and tokens that are looked at.
PARTS, SOLVED = 256, 8


@dataclass(frozen=True)
class StepRules:
    """One layer and one text."""

    speed: Float[Tensor, " state"]
    """-A, the mean of all channels."""
    share: Float[Tensor, "level state"]
    """Of what Euler's step writes, what the exact one does: quartiles over tokens and channels, and the mean first."""
    dt: Float[Tensor, " quartile"]
    """Of all tokens and channels."""
    nats: Float[Tensor, "rule pos"]
    """What each token but the first costs: by Euler's step in every layer, by the exact one."""
    same: int
    """Positions whose likeliest next token is the same."""
    own_error: float
    """By Euler's step, against the model's own scan: the largest difference of logits, in their largest value."""
    solved_error: float
    """The exact step against the equation, solved in small steps: the largest difference, of the largest value."""


def exact_share(dt: Float[Tensor, "*pos 1"], A: Float[Tensor, "*channel state"]) -> Float[Tensor, "*pos state"]:
    """Of what Euler's step writes, what the exact one does."""
    return written(dt, A, "zoh") / written(dt, A, "euler")


@torch.no_grad()
def rules(model: StateSpaceModel, ids: list[int], layer: int) -> StepRules:
    """Take one layer apart, and read the text by both rules."""
    tokens = torch.tensor([ids])
    mixer = model.layers[layer].mixer
    assert isinstance(mixer, MambaMixer)
    dt = model.runs(tokens)[1][layer].inputs.dt[0]  # pos channel
    share = exact_share(dt[..., None], mixer.A).flatten(0, 1)  # pos*channel state
    by = torch.stack([read_by(model, tokens, rule)[0] for rule in ("euler", "zoh")])
    own = model(tokens)[0]
    nats = torch.stack([F.cross_entropy(each[:-1], tokens[0, 1:], reduction="none") for each in by])
    quartiles = torch.tensor([0.25, 0.5, 0.75])
    return StepRules(
        -mixer.A.mean(0), torch.cat([share.mean(0, keepdim=True), share.quantile(quartiles, 0)]),
        dt.flatten().quantile(quartiles), nats, int((by[0].argmax(-1) == by[1].argmax(-1)).sum()),
        float((by[0] - own).abs().max() / own.abs().max()), solved_error(dt[:SOLVED, :, None], mixer.A),
    )  # fmt: skip


@torch.no_grad()
def read_by(model: StateSpaceModel, ids: Tensor, rule: Rule) -> Float[Tensor, "batch pos d_vocab"]:
    """The logits, every layer's state written by that rule."""
    x = model.backbone.embeddings(ids)
    for layer in model.layers:
        mixer = layer.mixer
        assert isinstance(mixer, MambaMixer)
        run = mixer.run(layer.norm(x))
        x = x + mixer.out_proj(recurrence(run.inputs, rule=rule).y * F.silu(run.gate))
    return model.unembedded(x)


def solved_error(dt: Float[Tensor, "pos channel 1"], A: Float[Tensor, "channel state"]) -> float:
    """h' = A h + 1 from h = 0 over the time dt, in small steps; against the exact step."""
    dt, A = dt.double(), A.double()
    h, step = torch.zeros(()), dt / PARTS
    for _ in range(PARTS):
        first = A * h + 1
        second = A * (h + step / 2 * first) + 1
        third = A * (h + step / 2 * second) + 1
        last = A * (h + step * third) + 1
        h = h + step / 6 * (first + 2 * second + 2 * third + last)
    exact = written(dt, A, "zoh")
    return float((h - exact).abs().max() / exact.abs().max())
