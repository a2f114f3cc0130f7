"""Maximal update parametrisation (muP): how initial weights, learning rates and two factors follow the width.

In the standard parametrisation one Adam step moves the output of a hidden layer by an amount that grows with the number
of its inputs: each weight moves by about the learning rate, and all those moves have one direction. So a wider model
wants a smaller rate. muP (Yang, Hu et al. 2022, Tensor Programs V, arXiv 2203.03466, table 8 and definition 4.1) scales
by m, the fan-in in times of a base model's::

                        input, vectors    hidden           output
    initial variance    1                 1 / fan-in       1 / base's fan-in     (standard: 1 / fan-in)
    multiplier          1                 1                1 / m                 (standard: 1)
    Adam's rate         1                 1 / m            1                     (standard: 1)
    scores              q·k sqrt(base's d_head) / d_head                         (standard: q·k / sqrt(d_head))

The paper's 1 and 1 / fan-in leave a constant free; it is chosen so that both parametrisations are one at the base.
Table 3 says the same of the output with no multiplier: variance base / fan-in^2 and rate 1 / m. Adam, whose step does
not depend on the size of a gradient, then trains the same function (lemma J.1).

Four times as wide as its base: hidden rates and logits are a quarter; heads four times as large score by a half less.

>>> base = DecoderConfig(1, 32, 4, 4, 8, 128, 256, 64, tied=False)
>>> wide = DecoderConfig(1, 128, 4, 4, 32, 512, 256, 64, tied=False)
>>> mup, standard = Parametrisation("mup", base), Parametrisation("standard", base)
>>> mup.scale("blocks.0.mlp.W_in.weight", (512, 128))
Scale(std=0.08838834764831845, rate=0.25)
>>> standard.scale("blocks.0.mlp.W_in.weight", (512, 128)).rate, mup.config(wide).logit_scale
(1.0, 0.25)
>>> mup.config(wide).attention_scale / standard.config(wide).attention_scale
0.5
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch

from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

Name = Literal["standard", "mup"]
Kind = Literal["input", "vector", "hidden", "output"]
#: Matrices outside the blocks.
OUTSIDE: dict[str, Kind] = {"embed": "input", "positions": "input", "unembed": "output"}


@dataclass(frozen=True)
class Scale:
    """What one weight begins with, and how fast it is trained."""

    std: float
    """Of its initial numbers; vectors begin as they are made."""
    rate: float
    """Times the learning rate of Adam."""


def kind_of(name: str, shape: tuple[int, ...]) -> Kind:
    """What the width does to a weight: input's fan-out grows, output's fan-in, hidden's both.

    >>> kind_of("embed.weight", (256, 32)), kind_of("unembed.weight", (256, 32)), kind_of("ln_final.weight", (32,))
    ('input', 'output', 'vector')
    """
    if len(shape) < 2:
        return "vector"
    return OUTSIDE.get(name.split(".")[0], "hidden")


@dataclass(frozen=True)
class Parametrisation:
    """One of the two, of decoders that differ from the base in width alone."""

    name: Name
    base: DecoderConfig
    table: Literal[3, 8] = 8
    """Of the paper: where muP has the output's factor, in the weights and their rate or in a multiplier. A decoder
    whose output is tied to its input needs 8."""

    def factor(self, config: DecoderConfig) -> float:
        """m: the width in times of the base's; 1 in the standard parametrisation."""
        return config.d_model / self.base.d_model if self.name == "mup" else 1.0

    def config(self, config: DecoderConfig) -> DecoderConfig:
        """The decoder with the factors of its scores and logits."""
        if self.name == "standard":
            return config
        scale = self.base.attention_scale * self.base.d_head / config.d_head
        return replace(config, attention_scale=scale, logit_scale=1 / self.factor(config) if self.table == 8 else 1.0)

    def scale(self, name: str, shape: tuple[int, ...]) -> Scale:
        """Of a weight of that name and shape, out by in."""
        kind, fan_in = kind_of(name, shape), shape[-1]
        if kind in ("input", "vector"):
            return Scale(1.0, 1.0)
        width = self.base.d_model
        if self.name == "standard":
            return Scale(fan_in**-0.5, 1.0)
        if kind == "output":
            m = fan_in / width
            return Scale(width**-0.5, 1.0) if self.table == 8 else Scale(width**-0.5 / m, 1 / m)
        return Scale(fan_in**-0.5, self.base_fan_in(name) / fan_in)

    def base_fan_in(self, name: str) -> int:
        """Of a hidden matrix in the base model."""
        base = self.base
        named = {"W_O": base.n_heads * base.d_head, "W_out": base.d_mlp}
        return named.get(name.split(".")[-2], base.d_model)

    @torch.no_grad()
    def initialise(self, decoder: Decoder, generator: torch.Generator) -> Decoder:
        """Weights to begin with: normal ones, vectors as they are made."""
        for name, weight in decoder.named_parameters():
            if weight.dim() > 1:
                weight.normal_(0, self.scale(name, tuple(weight.shape)).std, generator=generator)
        return decoder

    def optimizer(self, decoder: Decoder, lr: float, betas: tuple[float, float] = (0.9, 0.95)) -> torch.optim.Adam:
        """Adam with the rate of each weight; `times` of a group is what its rate is multiplied by."""
        groups: dict[float, list[torch.nn.Parameter]] = {}
        for name, weight in decoder.named_parameters():
            groups.setdefault(self.scale(name, tuple(weight.shape)).rate, []).append(weight)
        made = [{"params": weights, "lr": lr * times, "times": times} for times, weights in groups.items()]
        return torch.optim.Adam(made, betas=betas, eps=EPS)


#: Of Adam: far below any gradient's size, so that a step does not depend on it.
EPS = 1e-12
