"""One step of a method on the model that is open: its memory measured part by part, its time in turns with a plain
forward pass, and both counted from the sizes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import methods_compared as compared
from explorer.experiments.finetuning.methods_compared import Budget, Memory
from explorer.fetching.progress import Progress
from explorer.stack.finetuning import counts, trainable
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.train import one_step, optimiser_for
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

ROUNDS = 3
#: Nothing is kept of these steps: a rate so small that all rounds do the same work.
RATE = 1e-6
NF4 = 4 + 8 / 64 + 32 / (64 * 256)


@dataclass(frozen=True, kw_only=True)
class Live:
    """What one step takes."""

    name: str
    tokens: int
    counted: int
    """Numbers that it trains, by formula."""
    counted_weights: float | int
    """Bytes of all weights, by formula."""
    memory: Memory
    steps: tuple[float, ...]
    """Seconds: forward, backward and the optimiser, a round each."""
    forwards: tuple[float, ...]
    """Of the base's loss alone, in turns with them."""


def counted(name: str, config: DecoderConfig) -> tuple[int, float | int]:
    """Numbers that are trained, and bytes of all weights, by formula. Raises NotApplicableError for a model that the
    formula is not of."""
    try:
        trained, whole = compared.counted(name, config), trainable.full(config)
    except ValueError as error:
        raise NotApplicableError(
            f"Weights of this model are not counted here: {error}.", "Choose a Llama, such as SmolLM2."
        ) from error
    if name == "full":
        return trained, 4 * whole
    packed = config.n_layers * sum(d_in * d_out for d_in, d_out in trainable.matrices(config).values())
    of_base = counts.by_formula(packed, 0, NF4).base + 4 * (whole - packed) if name == "qlora" else 4 * whole
    beside = 2 if name == "pissa" else 1  # the pair that it begins with stays beside
    return trained, of_base + 4 * beside * trained


def measured(name: str, decoder: Decoder, rows: Rows, seed: int, progress: Progress) -> Live:
    """Raises NotApplicableError where the model has no place for the method."""
    trained, weights = counted(name, decoder.config)
    progress("Measuring a step", 0, ROUNDS + 2)
    tuned = compared.begun(name, decoder, seed)
    activations = compared.kept(tuned, rows)
    count, length = rows.ids.shape
    settings = compared.settings_of(name, RATE, Budget(ROUNDS + 1, count, length, held_out=0))
    optimiser, plain = optimiser_for(tuned, settings), Tuned(decoder, Adapter({}))
    steps, forwards = list[float](), list[float]()
    for at in range(ROUNDS + 1):  # the first makes the moments
        progress("Measuring a step", at + 1, ROUNDS + 2)
        before = time.perf_counter()
        with torch.enable_grad():
            one_step(tuned, optimiser, settings, rows, RATE)
        steps.append(time.perf_counter() - before)
        before = time.perf_counter()
        with torch.no_grad():
            plain.loss(rows)
        forwards.append(time.perf_counter() - before)
    memory = compared.memory(tuned, optimiser, activations)
    return Live(
        name=name, tokens=int(rows.ids.numel()), counted=trained, counted_weights=weights, memory=memory,
        steps=tuple(steps[1:]), forwards=tuple(forwards[1:]),
    )  # fmt: skip
