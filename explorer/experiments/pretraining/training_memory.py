"""A training step's memory: counted by its formula, watched tensor by tensor, and its peak as the allocator sees it.

What is measured is a decoder of a chosen shape, or the first blocks of a model; its blocks are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.memory_peak import memory_peak
from explorer.experiments.pretraining.saved_tensors import Watched, watched
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.shelf_course import Bytes
from explorer.experiments.timing import Ratio, Timing, compare, interleaved, one_thread
from explorer.stack.pretraining import checkpointing
from explorer.stack.pretraining.checkpointing import POLICIES, Policy
from explorer.stack.pretraining.precision import FORMATS
from explorer.stack.pretraining.saved_tensors import Kept, Step, check_counted, saved
from explorer.stack.pretraining.training_memory import Optimizer, held, optimizers, state, state_bytes, weights_of
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

#: Of a decoder of one's own.
HEADS, VOCABULARY = 8, Bytes.d_vocab
ROUNDS = 5


def own_shape(width: int, blocks: int, kv_heads: int, gated: bool, length: int) -> DecoderConfig:
    """A decoder of one's own: SwiGLU of 8/3 of the width, or GELU of four times it."""
    return DecoderConfig(
        n_layers=blocks,
        d_model=width,
        n_heads=HEADS,
        n_kv_heads=kv_heads,
        d_head=width // HEADS,
        d_mlp=round(width * 8 / 3 / 8) * 8 if gated else 4 * width,
        d_vocab=VOCABULARY,
        n_ctx=length,
        activation="silu" if gated else "gelu",
        gated=gated,
    )


@dataclass(frozen=True, eq=False)
class Case:
    """What is trained."""

    config: DecoderConfig
    """Of what is measured: a whole decoder, or its first blocks."""
    blocks: int
    """Of the whole."""
    step: Step
    form: str
    """Of the matrix products: a name of `precision.FORMATS`."""
    optimizer: Optimizer = "adamw"
    weights: Decoder | None = None
    """A model's own; None: fresh ones."""

    @property
    def whole(self) -> DecoderConfig:
        return replace(self.config, n_layers=self.blocks, windows=())

    def decoder(self) -> Decoder:
        """A copy that can be trained."""
        compute = FORMATS[self.form] if self.form != "float32" else None
        made = Decoder(self.config, compute)
        if self.weights is None:
            return made.initialise(torch.Generator().manual_seed(0))
        made.load_state_dict(self.weights.state_dict())
        return made.requires_grad_(True)

    def windows(self) -> Int[Tensor, "batch pos"]:
        """Tokens one after the other: which they are changes no size."""
        shape = self.step.batch, self.step.length + 1
        return (torch.arange(shape[0] * shape[1]) % self.config.d_vocab).view(shape)


def case_of(model: Decoder, blocks: int, step: Step, form: str, optimizer: Optimizer) -> Case:
    """The first blocks of a model, between its embedding and its unembedding. Raises NotApplicableError."""
    check_counted(model.config)
    some = model.shallow(min(blocks, model.config.n_layers))
    return Case(some.config, model.config.n_layers, step, form, optimizer, some)


@dataclass(frozen=True, eq=False)
class Measured:
    """One case, by formula and as it is."""

    case: Case
    kept: tuple[Kept, ...]
    real: list[Watched]
    weights: tuple[int, int]
    """By formula, and really; so are the following."""
    gradients: tuple[int, int]
    state: tuple[int, int]
    peak: int
    """Most bytes at once in two steps, everything counted, from nothing on."""


def measure(case: Case) -> Measured:
    """Two training steps, so that the optimizer has its state and the second step all that a step has."""

    def act() -> tuple[Decoder, list[torch.optim.Optimizer]]:
        decoder = case.decoder()
        made = optimizers(case.optimizer, decoder)
        windows = case.windows()
        for _ in range(2):
            loss = checkpointing.loss(decoder, windows, case.step.policy, case.step.kernel)
            for each in made:
                each.zero_grad(set_to_none=True)
            loss.backward()
            for each in made:
                each.step()
        return decoder, made

    with one_thread():
        (decoder, made), peak = memory_peak(act)
        real = watched(decoder, case.windows(), case.step)
    weights = weights_of(decoder)
    there = list(decoder.parameters())
    return Measured(
        case=case,
        kept=saved(case.config, case.step),
        real=real,
        weights=(held(weights), sum(each.untyped_storage().nbytes() for each in there)),
        gradients=(held(weights), sum(each.grad.untyped_storage().nbytes() for each in there if each.grad is not None)),
        state=(state(case.optimizer, weights), state_bytes(made)),
        peak=peak,
    )


@dataclass(frozen=True, eq=False)
class Recomputed:
    """One policy: what it keeps, and what it costs."""

    policy: Policy
    kept: int
    peak: int
    """Most bytes at once of a forward and a backward pass, weights and gradients left out that were there before."""
    timing: Timing
    ratio: Ratio | None
    """To no checkpointing, round by round; None of that itself."""
    apart: float
    """Largest difference of a gradient to that of no checkpointing."""


def recomputations(case: Case, rounds: int = ROUNDS, ticks: Ticks = unheard) -> Iterator[list[Recomputed]]:
    """Every policy on the same weights and tokens, timed in turns; yields what there is after each round."""
    decoder, windows = case.decoder(), case.windows()

    def run(policy: Policy) -> Callable[[], None]:
        def act() -> None:
            checkpointing.loss(decoder, windows, policy, case.step.kernel).backward()

        return act

    with one_thread():
        peaks: dict[Policy, int] = {}
        gradients: dict[Policy, list[Tensor]] = {}
        for policy in POLICIES:
            decoder.zero_grad(set_to_none=False)
            run(policy)()
            decoder.zero_grad(set_to_none=False)
            _, peaks[policy] = memory_peak(run(policy))
            gradients[policy] = [each.grad.clone() for each in decoder.parameters() if each.grad is not None]
        apart = {policy: _largest(gradients[policy], gradients["none"]) for policy in POLICIES}
        cases: Mapping[str, Callable[[], object]] = {policy: run(policy) for policy in POLICIES}
        for done, seconds in enumerate(interleaved(cases, rounds), 1):
            ticks(done, rounds)
            yield [
                Recomputed(
                    policy=policy,
                    kept=sum(each.bytes for each in saved(case.config, replace(case.step, policy=policy))),
                    peak=peaks[policy],
                    timing=Timing.of(seconds[policy]),
                    ratio=None if policy == "none" else compare(seconds["none"], seconds[policy]),
                    apart=apart[policy],
                )
                for policy in POLICIES
            ]


def _largest(ours: list[Tensor], theirs: list[Tensor]) -> float:
    return worst(float((a - b).abs().max()) for a, b in zip(ours, theirs, strict=True))
