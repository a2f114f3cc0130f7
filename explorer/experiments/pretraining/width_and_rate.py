"""The learning rate over the width: decoders of one kind trained at each width, rate, seed and parametrisation.

Each trains on the shelf's passages, a byte a token, with Adam (no weight decay), a warm-up and then a cosine to a tenth
of the rate, gradients clipped at a norm of 1; then the same held-out windows are read. The widths differ in `d_model`,
`d_head` and `d_mlp` alone. A run depends on its own row of the recipe and on nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from explorer.experiments.shelf_course import Bytes, course
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.pretraining.mup import Name, Parametrisation
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

#: Heads, blocks and context are the same at every width.
HEADS, BLOCKS, CONTEXT = 4, 2, 128
#: Where both parametrisations are one.
BASE = 64
#: Greatest norm of a gradient.
CLIP = 1.0
WARMUP, FLOOR = 0.1, 0.1


def shape(width: int) -> DecoderConfig:
    """The decoder of that width: multi-head attention, a plain feed-forward layer of four times the width."""
    return DecoderConfig(
        n_layers=BLOCKS,
        d_model=width,
        n_heads=HEADS,
        n_kv_heads=HEADS,
        d_head=width // HEADS,
        d_mlp=4 * width,
        d_vocab=Bytes.d_vocab,
        n_ctx=CONTEXT,
        activation="gelu",
        gated=False,
        tied=False,
    )


@dataclass(frozen=True)
class Run:
    """One training."""

    parametrisation: Name
    width: int
    exponent: float
    """The rate is 2 to this."""
    seed: int

    @property
    def rate(self) -> float:
        return 2.0**self.exponent


def begun(name: Name, width: int, seed: int) -> tuple[Decoder, Parametrisation]:
    """A decoder of that width before its first step."""
    made = Parametrisation(name, shape(BASE))
    generator = torch.Generator().manual_seed(seed)
    return made.initialise(Decoder(made.config(shape(width))), generator), made


@dataclass(frozen=True)
class Ended:
    """What a training left: nats a byte, infinite where the loss was no number."""

    held_out: float
    """After the last step, each kind of text with an equal say."""
    training: float
    """The mean of the last tenth of the steps."""


def trained(run: Run, steps: int, told: Callable[[int], None] = lambda _: None) -> Ended:
    """Train a decoder as the run says. `told` hears of every step."""
    texts = course(Bytes(), "passages", run.seed)
    decoder, made = begun(run.parametrisation, run.width, run.seed)
    optimizer = made.optimizer(decoder, run.rate)
    schedule = Schedule("cosine", 1.0, FLOOR, round(WARMUP * steps), steps)
    losses: list[float] = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = run.rate * group["times"] * schedule(step)
        loss = decoder.loss(texts.batch(step)).parts["lm"]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), CLIP)
        optimizer.step()
        losses.append(float(loss.detach()))
        told(step + 1)
        if not math.isfinite(losses[-1]):
            return Ended(math.inf, math.inf)
    last = losses[-max(1, steps // 10) :]
    return Ended(_held_out(decoder, texts), sum(last) / len(last))


@torch.no_grad()
def _held_out(decoder: Decoder, texts: WindowCourse) -> float:
    losses = texts.losses(decoder)
    return sum(losses.values()) / len(losses)
