"""Gradients in 16 bits: one batch read in each format, and a training in float16 whose loss is scaled.

A small decoder is first trained in float32 on the shelf's passages, so that its gradients are those of a training. The
same batch is then read with its products in float32, bfloat16 and float16, without and with a factor on the loss.
Lastly decoders train in float16: with no factor, with our own dynamic one, and with torch's, on the same batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.pretraining.training_memory import own_shape
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.shelf_course import Bytes, course
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.pretraining.precision import FORMATS, LossScale
from explorer.stack.pretraining.training_memory import optimizers
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

#: The decoder's width, blocks and key-value heads.
SHAPE = 64, 2, 2
LR = 3e-3
#: Steps of the trainings in float16; the loss scale grows after so many good ones, where torch's default is 2,000.
STEPS, INTERVAL = 30, 5


@dataclass(frozen=True, eq=False)
class Read:
    """The gradients of one batch, with the products in one format."""

    form: str
    scale: float
    """What the loss was multiplied by; the gradients are divided again."""
    gradient: Float[Tensor, " weight"]
    """Of all matrices, end to end."""
    zero: float
    """The share of the numbers that are zero here and are not in float32."""
    error: float
    """The norm of the difference to float32's, by the norm of that."""
    overflowed: bool


@dataclass(frozen=True)
class ScaledStep:
    """One step in float16 with a scaled loss."""

    scale: float
    """Ours, at this step."""
    theirs: float
    """torch's GradScaler's."""
    overflowed: bool
    """No step was taken."""
    loss: float
    unscaled: float
    """The loss of the training in float16 without a factor."""
    single: float
    """And of the one in float32."""


@dataclass(frozen=True, eq=False)
class SixteenBits:
    reads: tuple[Read, ...]
    trained: int
    """Steps in float32 before the batch."""
    steps: tuple[ScaledStep, ...]
    apart: float
    """Largest difference of a weight after our steps and after torch's."""


def _decoder(form: str) -> Decoder:
    width, blocks, kv_heads = SHAPE
    config = own_shape(width, blocks, kv_heads, gated=True, length=128)
    made = Decoder(config, None if form == "float32" else FORMATS[form])
    return made.initialise(torch.Generator().manual_seed(0))


def _texts() -> WindowCourse:
    return course(Bytes(), "passages", 0)


def sixteen_bits(trained: int, exponent: int, ticks: Ticks = unheard) -> Iterator[SixteenBits]:
    """The batch after so many steps in float32; 2 to the exponent is the factor of the scaled reading, and the first of
    the training. Yields the reading, then all."""
    texts, decoder = _texts(), _decoder("float32")
    (adam,) = optimizers("adamw", decoder, LR)
    for step in range(trained):
        adam.zero_grad()
        decoder.loss(texts.batch(step)).parts["lm"].backward()
        adam.step()
        ticks(step + 1, trained + STEPS)
    reads = read(decoder, texts.batch(trained), exponent)
    yield SixteenBits(reads, trained, (), 0.0)
    steps, apart = scaled_training(texts, exponent, lambda done, _: ticks(trained + done, trained + STEPS))
    yield SixteenBits(reads, trained, tuple(steps), apart)


def read(decoder: Decoder, windows: Tensor, exponent: int) -> tuple[Read, ...]:
    """The gradients of one batch in each format."""
    found: list[Read] = []
    for form, scale in (("float32", 1.0), ("bfloat16", 1.0), ("float16", 1.0), ("float16", 2.0**exponent)):
        same = Decoder(decoder.config, None if form == "float32" else FORMATS[form])
        same.load_state_dict(decoder.state_dict())
        (same.loss(windows).parts["lm"] * scale).backward()
        grads = [each.grad for each in same.parameters() if each.grad is not None and each.dim() > 1]
        unscaled, overflowed = LossScale(scale).unscaled(grads)
        gradient = torch.cat([each.flatten() for each in unscaled])
        exact = found[0].gradient if found else gradient
        lost = (gradient == 0) & (exact != 0)
        error = float((gradient - exact).norm() / exact.norm())
        found.append(Read(form, scale, gradient, float(lost.float().mean()), error, overflowed))
    return tuple(found)


def scaled_training(texts: WindowCourse, exponent: int, ticks: Ticks = unheard) -> tuple[list[ScaledStep], float]:
    """Four trainings step by step on the same batches: float32, float16, float16 scaled by us, and by torch."""
    forms = ("float32", "float16", "float16", "float16")
    decoders = [_decoder(form) for form in forms]
    ours, theirs = decoders[2:]
    adams = [optimizers("adamw", each, LR)[0] for each in decoders]
    scale = LossScale(2.0**exponent, interval=INTERVAL)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**exponent, growth_interval=INTERVAL)
    made: list[ScaledStep] = []
    for step in range(STEPS):
        windows = texts.batch(step)
        for each in adams:
            each.zero_grad()
        losses = [each.loss(windows).parts["lm"] for each in decoders]
        for loss, adam in zip(losses[:2], adams[:2], strict=True):
            loss.backward()
            adam.step()
        used, at_torchs = scale, scaler.get_scale()
        overflowed, scale = our_step(losses[2], ours, adams[2], scale)
        scaler.scale(losses[3]).backward()
        scaler.step(adams[3])
        scaler.update()
        shown = [float(each.detach()) for each in losses]
        made.append(ScaledStep(used.value, at_torchs, overflowed, shown[2], shown[1], shown[0]))
        ticks(step + 1, STEPS)
    pairs: Sequence[tuple[Tensor, Tensor]] = list(zip(ours.parameters(), theirs.parameters(), strict=True))
    return made, worst(float((a - b).detach().abs().max()) for a, b in pairs)


def our_step(loss: Tensor, decoder: Decoder, adam: torch.optim.Optimizer, scale: LossScale) -> tuple[bool, LossScale]:
    """Backward from the scaled loss, and a step unless a gradient overflowed; the scale of the next one."""
    (loss * scale.value).backward()
    weights = [each for each in decoder.parameters() if each.grad is not None]
    unscaled, overflowed = scale.unscaled([each.grad for each in weights if each.grad is not None])
    if not overflowed:
        for weight, gradient in zip(weights, unscaled, strict=True):
            weight.grad = gradient
        adam.step()
    return overflowed, scale.after(overflowed)
