"""Blocks compared by training: small decoders that differ in one thing, on the same bytes in the same order.

`feed_forwards`: a plain feed-forward layer, SwiGLU and GeGLU, equally many weights, several seeds. `residual_path`: the
same decoder with the x + around each sublayer and without it, and how much gradient reaches each block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch

from explorer.experiments import shelf_course
from explorer.experiments.side_by_side import Arm, by_frequency, in_turns, settings_of, windows
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.transformer.config import Activation, DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.feed_forward import gated_width
from explorer.stack.transformer.gradient_flow import ByBlock, gradients_by_block

D_MODEL, N_HEADS = 96, 4
#: The plain layer's width; the gated ones are `gated_width` of it.
D_MLP = 4 * D_MODEL
#: Peak learning rates.
PEAK = {"feed_forwards": 1e-3, "residual_path": 2e-3}
#: Share of the steps that warms up: fewer, and a step too large throws back what was learnt.
WARMUP = 0.25
#: Times that all are measured on the way, after the beginning.
MEASURED = 8
PLAIN, SWIGLU, GEGLU = "plain", "swiglu", "geglu"
WITH, WITHOUT = "with", "without"


@dataclass(frozen=True)
class Asked:
    """What a person chooses."""

    blocks: int = 4
    steps: int = 80
    texts: str = "texts"
    seed: int = 0
    seeds: int = 5
    """Of the feed-forward layers: so many trainings of each, from `seed` on."""
    plain: Activation = "gelu"
    """The plain feed-forward's activation."""


def config_of(blocks: int, activation: Activation = "silu", gated: bool = True, residual: bool = True) -> DecoderConfig:
    """A Llama in small that reads bytes."""
    return DecoderConfig(
        blocks, D_MODEL, N_HEADS, N_HEADS, D_MODEL // N_HEADS, gated_width(D_MLP) if gated else D_MLP,
        shelf_course.Bytes.d_vocab, n_ctx=1024, activation=activation, gated=gated, residual=residual,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class FeedForwards:
    """The three kinds, seed by seed, as far as they have come."""

    asked: Asked
    course: WindowCourse
    by_frequency: float
    """Held-out loss of guessing each byte by how often it occurs."""
    rounds: list[list[Arm]] = field(default_factory=list)
    """Of each seed, all kinds."""

    @property
    def done(self) -> bool:
        ended = [arm.steps_measured[-1:] == [self.asked.steps] for arms in self.rounds for arm in arms]
        return len(self.rounds) == self.asked.seeds and all(ended)


def feed_forwards(asked: Asked, progress: Progress = silent) -> Iterator[FeedForwards]:
    """Seed after seed, the kinds in turns. Raises NotApplicableError where the texts cannot be had."""
    course, made = None, None
    for number in range(asked.seeds):
        course = _seeded(course, asked, asked.seed + number, progress)
        made = made or FeedForwards(asked, course, by_frequency(course, shelf_course.Bytes.d_vocab))
        arms = feed_forward_arms(asked, asked.seed + number, course)
        made.rounds.append(arms)
        of_one = len(arms) * asked.steps
        tell = _told(progress, number * of_one, asked.seeds * of_one)
        for _ in in_turns(arms, course, asked.steps, MEASURED, tell):
            yield made


def feed_forwards_beginning(asked: Asked, progress: Progress = silent) -> FeedForwards:
    """Those of the first seed before their first step."""
    course = _seeded(None, asked, asked.seed, progress)
    guessing = by_frequency(course, shelf_course.Bytes.d_vocab)
    return FeedForwards(asked, course, guessing, [feed_forward_arms(asked, asked.seed, course)])


def feed_forward_arms(asked: Asked, seed: int, course: WindowCourse) -> list[Arm]:
    """Three decoders that begin alike but for their feed-forward layers."""
    kinds: dict[str, tuple[Activation, bool]] = {
        PLAIN: (asked.plain, False),
        SWIGLU: ("silu", True),
        GEGLU: ("gelu", True),
    }
    settings = settings_of(PEAK["feed_forwards"], asked.steps, course, WARMUP)
    arms: list[Arm] = []
    for name, (activation, gated) in kinds.items():
        model = Decoder(config_of(asked.blocks, activation, gated)).initialise(torch.Generator().manual_seed(seed))
        if arms:
            shared = {name: each for name, each in arms[0].model.state_dict().items() if ".mlp." not in name}
            model.load_state_dict(shared, strict=False)
        arms.append(Arm(name, model, settings))
    return arms


def _told(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda done: progress("Training steps", before + done, total)


def _seeded(course: WindowCourse | None, asked: Asked, seed: int, progress: Progress) -> WindowCourse:
    """The texts, read once, in the order of that seed."""
    if course is None:
        return shelf_course.course(shelf_course.Bytes(), asked.texts, seed, progress)
    return replace(course, batches=replace(course.batches, seed=seed))


# ---- the residual path -----------------------------------------------------------------------------------------------


@dataclass(eq=False)
class ResidualArm(Arm):
    """A decoder with the residual path or without it."""

    flows: list[ByBlock] = field(default_factory=list)
    """Gradients of the held-out loss block by block, at each of `steps_measured`."""

    def measure(self, course: WindowCourse) -> None:
        super().measure(course)
        read = windows(course)
        self.flows.append(gradients_by_block(self.model, lambda: self.model.loss(read).parts["lm"])[1])
        self.model.zero_grad(set_to_none=True)


@dataclass(frozen=True, eq=False)
class ResidualPath:
    """Both trainings, as far as they have come."""

    asked: Asked
    course: WindowCourse
    by_frequency: float
    arms: list[ResidualArm]

    @property
    def done(self) -> bool:
        return all(arm.steps_measured[-1:] == [self.asked.steps] for arm in self.arms)


def residual_path(asked: Asked, progress: Progress = silent) -> Iterator[ResidualPath]:
    """Both from the same weights, in turns. Raises NotApplicableError where the texts cannot be had."""
    made = residual_beginning(asked, progress)
    tell = _told(progress, 0, asked.steps * len(made.arms))
    for _ in in_turns(made.arms, made.course, asked.steps, MEASURED, tell):
        yield made


def residual_beginning(asked: Asked, progress: Progress = silent) -> ResidualPath:
    """Both before their first step."""
    course = _seeded(None, asked, asked.seed, progress)
    return ResidualPath(asked, course, by_frequency(course, shelf_course.Bytes.d_vocab), residual_arms(asked, course))


def residual_arms(asked: Asked, course: WindowCourse) -> list[ResidualArm]:
    settings = settings_of(PEAK["residual_path"], asked.steps, course, WARMUP)
    return [
        ResidualArm(
            name,
            Decoder(config_of(asked.blocks, residual=name == WITH)).initialise(
                torch.Generator().manual_seed(asked.seed)
            ),
            settings,
        )
        for name in (WITH, WITHOUT)
    ]
