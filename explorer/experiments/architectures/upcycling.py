"""Upcycling, live: the shelf's dense model becomes a mixture and is trained on, beside the dense model itself and a
mixture from random weights, all on the same windows in the same order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer import zoo
from explorer.experiments import shelf_course, side_by_side
from explorer.experiments.side_by_side import held_loss, in_turns, settings_of, windows
from explorer.fetching.progress import Progress, silent
from explorer.stack.architectures.upcycling import upcycled
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.transformer.balancing import router_losses
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.hook_points import HookPoint
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward
from explorer.zoo.quiet import quiet

#: The arms, in the order in which they are trained.
DENSE, UPCYCLED, FRESH = "dense", "upcycled", "fresh"
#: Peak learning rate of what begins from random weights: the shelf's recipes'.
ANEW = 2e-3
#: Times that all are measured on the way, after the beginning.
MEASURED = 4


@dataclass(frozen=True)
class Asked:
    """What a person chooses."""

    n_experts: int = 4
    k: int = 2
    steps: int = 40
    texts: str = "texts"
    rate: float = 1e-4
    """Peak learning rate of what is trained on; the shelf's own had fallen to 0."""
    seed: int = 0


@dataclass(eq=False)
class Arm(side_by_side.Arm):
    """One of the three, as far as it has come."""

    apart: list[float] = field(default_factory=list)
    """How far the experts of a mixture are from their mean at each of `steps_measured`, as a share of its length."""
    load: Float[Tensor, "layer expert"] | None = None
    """Shares of the held-out tokens' pairs when last measured; rows sum to 1."""
    start: Decoder | None = None
    """What it began as, where it is asked how much better the text is fitted than by that."""
    fitted: list[float] = field(default_factory=list)
    """Of each step's batch: its loss less that of `start` on the same batch."""

    def step(self, batch: Int[Tensor, "row pos"]) -> None:
        super().step(batch)
        if self.start is not None:
            with torch.no_grad():
                self.fitted.append(self.losses[-1] - float(self.start.loss(batch).parts["lm"]))

    @property
    def active(self) -> int:
        """What one token passes through: of the experts, k."""
        config = self.model.config
        if not config.n_experts:
            return self.parameters
        experts = sum(p.numel() for block in self.model.blocks for p in _sparse(block).experts.parameters())
        return self.parameters - experts * (config.n_experts - config.k) // config.n_experts

    @torch.no_grad()
    def measure(self, course: WindowCourse) -> None:
        super().measure(course)
        if self.model.config.n_experts:
            self.load = router_losses(self.model.routings(windows(course)[:, :-1])).load
            self.apart.append(apart(self.model))


@dataclass(frozen=True, eq=False)
class Upcycling:
    """The change, and the three trainings as far as they have come."""

    asked: Asked
    tokens_per_step: int
    before: float
    """The dense model's held-out loss."""
    at: float
    """The mixture's, before any step."""
    raw: float
    """The same with each expert's probability as its weight, not renormalised."""
    error: float
    """Largest difference of the mixture's logits from the dense model's, before any step."""
    sample: Int[Tensor, "row pos"]
    """The held-out windows whose logits were compared."""
    arms: list[Arm]
    held_tokens: int
    text_tokens: int
    """Of the text that is trained on, each once."""
    course: WindowCourse

    @property
    def done(self) -> bool:
        return all(arm.steps_measured[-1:] == [self.asked.steps] for arm in self.arms)


def upcycling(asked: Asked, progress: Progress = silent) -> Iterator[Upcycling]:
    """The change first, then all three step by step in turns.

    Raises NotApplicableError where the texts cannot be had.
    """
    made = beginning(asked, progress)
    course = made.course
    for arm in made.arms:
        arm.measure(course)
    made = replace(made, before=made.arms[0].held[0], at=made.arms[1].held[0])
    total = asked.steps * len(made.arms)
    for _ in in_turns(made.arms, course, asked.steps, MEASURED, lambda done: progress("Training steps", done, total)):
        yield made


def beginning(asked: Asked, progress: Progress = silent) -> Upcycling:
    """The change, and the three before their first step and not measured yet."""
    model = zoo.load(shelf_course.DENSE, progress)
    course = shelf_course.course(model.vocabulary, asked.texts, asked.seed, progress)
    dense, generator = model.decoder, torch.Generator().manual_seed(asked.seed)
    mixture = upcycled(dense, asked.n_experts, asked.k, generator)
    with torch.no_grad():
        ids = windows(course)[:4, :-1]
        error = float((mixture(ids) - dense(ids)).abs().max())
        with not_renormalised(mixture):
            raw = held_loss(mixture, course)
    again = Decoder(dense.config)
    again.load_state_dict(dense.state_dict())  # the shelf's own is shared, and stays as it is
    fresh = Decoder(mixture.config).initialise(generator)
    arms = [
        Arm(DENSE, again, settings_of(asked.rate, asked.steps, course), start=dense),
        Arm(UPCYCLED, mixture, settings_of(asked.rate, asked.steps, course)),
        Arm(FRESH, fresh, settings_of(ANEW, asked.steps, course)),
    ]
    unmeasured = math.nan
    return Upcycling(
        asked, course.batches.n_ctx * course.batches.rows, unmeasured, unmeasured, raw, error, ids, arms,
        windows(course)[:, 1:].numel(), sum(map(len, course.batches.streams.values())), course,
    )  # fmt: skip


def _sparse(block: torch.nn.Module) -> SparseFeedForward:
    mlp = block.get_submodule("mlp")
    assert isinstance(mlp, SparseFeedForward)
    return mlp


def apart(model: Decoder) -> float:
    """How far the experts are from their mean, as a share of its length; 0 while all are copies. Mean of the blocks."""
    found = []
    for block in model.blocks:
        for weights in (_sparse(block).experts.gate_in, _sparse(block).experts.out):
            mean = weights.mean(0)
            found.append(float((weights - mean).flatten(1).norm(dim=1).mean() / mean.norm()))
    return sum(found) / len(found)


def not_renormalised(model: Decoder) -> AbstractContextManager[object]:
    """Meanwhile an expert's weight is its probability, so that the weights of a token sum to less than 1."""
    probs: dict[int, Tensor] = {}

    def keep(tensor: Tensor, *, hook: HookPoint) -> None:
        probs[hook.layer()] = tensor.softmax(-1)

    def plain(tensor: Tensor, *, hook: HookPoint) -> Tensor:
        return (tensor != 0) * probs[hook.layer()]

    places = [f"blocks.{layer}.mlp." for layer in range(model.config.n_layers)]
    routers = [(f"{place}hook_router_logits", keep) for place in places]
    return model.hooks(fwd_hooks=[*routers, *((f"{place}hook_expert_weights", plain) for place in places)])


@torch.no_grad()
def library_error(model: Decoder, ids: Int[Tensor, "row pos"]) -> float:
    """The logits against those of transformers' Mixtral on the same weights: the largest difference."""
    from transformers import MixtralConfig, MixtralForCausalLM

    config = MixtralConfig(**model.hf_config())  # pyright: ignore[reportArgumentType]
    with quiet():
        theirs = MixtralForCausalLM.from_pretrained(None, config=config, state_dict=model.hf_state_dict()).eval()
    return float((theirs(ids).logits - model(ids)).abs().max())
