"""The coordinate check: how far a few steps of Adam move what flows through a decoder, over its width.

Decoders of several widths take the same steps at the same rate. One text is read before and after: the root mean square
of the change of a coordinate is drawn over the width (Yang, Hu et al. 2022, figure 5). A parametrisation whose sizes
grow with the width wants another rate at every width; one whose sizes stay wants one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.experiments.pretraining.width_and_rate import BASE, BLOCKS, begun, shape
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.shelf_course import Bytes, course
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.pretraining.mup import Name, Parametrisation
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

NAMES: tuple[Name, ...] = ("standard", "mup")
WIDTHS = (32, 64, 128, 256)
SEEDS = (0, 1, 2)
#: What is looked at, by its hook point; the logits are what the decoder returns.
PARTS = {
    "embedding": "hook_embed",
    "scores": f"blocks.{BLOCKS - 1}.attn.hook_attn_scores",
    "stream": f"blocks.{BLOCKS - 1}.hook_resid_post",
    "logits": "",
}
#: Width and steps at which tables 3 and 8 of the paper are compared.
TWICE, TABLES_STEPS = 2 * BASE, 3


@dataclass(frozen=True)
class Moved:
    """One decoder's coordinates."""

    parametrisation: Name
    width: int
    seed: int
    changes: dict[str, list[float]]
    """By part: the root mean square of its change since the start, after each step."""


@dataclass(frozen=True)
class Slope:
    """The exponent of the width in the size of a change, seed by seed."""

    parametrisation: Name
    part: str
    middle: float
    low: float
    high: float


def coordinates(rate: float, steps: int, ticks: Ticks = unheard) -> Iterator[list[Moved]]:
    """Every parametrisation, width and seed; yields what there is after each width."""
    found: list[Moved] = []
    total = len(NAMES) * len(WIDTHS) * len(SEEDS)
    for width in WIDTHS:
        for name in NAMES:
            for seed in SEEDS:
                found.append(moved(name, width, seed, rate, steps))
                ticks(len(found), total)
        yield found


def moved(name: Name, width: int, seed: int, rate: float, steps: int) -> Moved:
    """One decoder trained for the steps, without a warm-up."""
    texts = course(Bytes(), "passages", seed)
    decoder, made = begun(name, width, seed)
    optimizer = made.optimizer(decoder, rate)
    probe = texts.batch(steps)[:1, :-1]
    before = _read(decoder, probe)
    changes: dict[str, list[float]] = {part: [] for part in PARTS}
    for step in range(steps):
        optimizer.zero_grad()
        decoder.loss(texts.batch(step)).parts["lm"].backward()
        optimizer.step()
        for part, now in _read(decoder, probe).items():
            changes[part].append(float((now - before[part]).square().mean().sqrt()))
    return Moved(name, width, seed, changes)


@torch.no_grad()
def _read(decoder: Decoder, ids: Tensor) -> dict[str, Tensor]:
    """What flows by; of the scores those of keys that may be seen."""
    logits, seen = decoder.run_with_cache(ids, names_filter=[point for point in PARTS.values() if point])
    found = {part: seen[point] if point else logits for part, point in PARTS.items()}
    return {part: each[torch.isfinite(each)] for part, each in found.items()}


def slopes(found: Sequence[Moved]) -> list[Slope]:
    """Of each part's change after the last step; needs two widths."""
    made = []
    for name in NAMES:
        for part in PARTS:
            of_seeds = []
            for seed in SEEDS:
                mine = [each for each in found if (each.parametrisation, each.seed) == (name, seed)]
                sizes = [each.changes[part][-1] for each in mine]
                of_seeds.append(float(np.polyfit(np.log([each.width for each in mine]), np.log(sizes), 1)[0]))
            made.append(Slope(name, part, float(np.median(of_seeds)), min(of_seeds), max(of_seeds)))
    return made


def tables_apart(rate: float) -> float:
    """Largest difference of a loss between tables 3 and 8 of the paper, which train one function with Adam."""
    texts = course(Bytes(), "passages", 0)
    config = shape(TWICE)
    losses = []
    for table in (8, 3):
        made = Parametrisation("mup", shape(BASE), table)
        decoder = made.initialise(Decoder(made.config(config)), torch.Generator().manual_seed(0))
        losses.append(_losses(made, decoder, texts, rate))
    return worst(abs(a - b) for a, b in zip(*losses, strict=True))


def _losses(made: Parametrisation, decoder: Decoder, texts: WindowCourse, rate: float) -> list[float]:
    optimizer, losses = made.optimizer(decoder, rate), []
    for step in range(TABLES_STEPS):
        loss = decoder.loss(texts.batch(step)).parts["lm"]
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses
