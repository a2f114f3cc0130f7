"""Bugs of training code that raise no error: a small decoder trained with each, beside one without it, in turns.

All that is right is one set of `Switches`; a bug turns one of them. Both of a seed begin with the same weights and read
the same rows. The optimizer is AdamW in plain steps (`stack.pretraining.optimizers`), so that its decay can be wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.pretraining import document_rows
from explorer.experiments.side_by_side import Arm, in_turns
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.pretraining.documents import counts, within
from explorer.stack.pretraining.optimizers.accumulation import by_batches, by_tokens
from explorer.stack.pretraining.optimizers.decay import How, decayed, rule
from explorer.stack.pretraining.optimizers.stepped import Stepped, clipped
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Settings
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

RIGHT, WRONG = ARMS = ("right", "wrong")
N_LAYERS, D_MODEL, BYTES = 2, 64, 256
PEAK, CLIP = 5e-3, 1.0
#: Share of the steps that warms up, and times that all are measured after the beginning.
WARMUP, MEASURED = 0.1, 8
#: Steps that are trained a second time, to see that they come out the same.
AGAIN = 3


@dataclass(frozen=True)
class Switches:
    """One training's rules; as they stand, the right ones."""

    over_tokens: bool = True
    """Whether rows are accumulated over their tokens, or the mean of the rows' means is taken."""
    from_nought: bool = False
    """Whether the warm-up begins with a rate of 0."""
    shift: int = 1
    """The target of a position is the token so far behind it."""
    masked: bool = True
    """Whether documents of one row cannot read each other."""
    everything: bool = False
    """Whether gains and the embedding are decayed too."""
    how: How = "decoupled"


#: By the names of the control: what each bug turns.
BUGS: dict[str, Switches] = {
    "accumulation": Switches(over_tokens=False),
    "warmup": Switches(from_nought=True),
    "shift": Switches(shift=2),
    "packing": Switches(masked=False),
    "everything": Switches(everything=True),
    "inside": Switches(how="inside"),
    "unscheduled": Switches(how="unscheduled"),
}
#: Bugs whose rows hold one document each.
UNPACKED = ("accumulation",)


@dataclass(frozen=True)
class Asked:
    """What a person chooses."""

    bug: str = "accumulation"
    steps: int = 120
    seeds: int = 3
    seed: int = 0
    weight_decay: float = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Moved:
    """One step of all weights."""

    loss: float
    """As the training reports it."""
    rate: float
    gradients: dict[str, Tensor]
    """After clipping."""
    steps: dict[str, Stepped]


@dataclass(frozen=True)
class Sizes:
    """Root mean squares of the weights of each part."""

    gains: float
    embedding: float
    matrices: float


@dataclass(eq=False)
class Trainee(Arm):
    """One training by its switches."""

    switches: Switches = field(default_factory=Switches)
    weight_decay: float = 0.1
    seed: int = 0
    sizes: list[Sizes] = field(default_factory=list)
    """At each of `steps_measured`."""

    def __post_init__(self) -> None:
        self.model.train().requires_grad_(True)
        self.states: dict[str, dict[str, Tensor]] = {name: {} for name, _ in self.model.named_parameters()}

    def step(self, batch: Int[Tensor, "row pos"]) -> None:
        began = time.perf_counter()
        made = self.moved(batch)
        with torch.no_grad():
            for name, weight in self.model.named_parameters():
                weight.copy_(made.steps[name].weight)
                self.states[name] = made.steps[name].state
        self.losses.append(made.loss)
        self.seconds.append(time.perf_counter() - began)

    def moved(self, batch: Int[Tensor, "row pos"]) -> Moved:
        """What the next step makes of the weights; nothing is written."""
        weights = dict(self.model.named_parameters())
        loss = row_losses(self.model, batch, self.switches).accumulated(self.switches)
        gradients = torch.autograd.grad(loss, [*weights.values()])
        with torch.no_grad():
            _, kept = clipped(gradients, CLIP)
            at = len(self.losses)
            rate = rate_of(self.settings.schedule, at, self.switches)
            steps = {
                name: self.rule(name).step(weights[name].detach(), gradient, self.states[name], at + 1, rate)
                for name, gradient in zip(weights, kept, strict=True)
            }
        return Moved(loss=float(loss.detach()), rate=rate, gradients=dict(zip(weights, kept, strict=True)), steps=steps)

    def rule(self, name: str):
        """How that parameter is stepped."""
        wanted = self.switches.everything or decayed(name, self.model.get_parameter(name))
        return rule(self.switches.how, self.weight_decay if wanted else 0.0, self.settings.schedule.peak)

    def measure(self, course: WindowCourse) -> None:  # noqa: ARG002 - what is held out is one for all
        self.steps_measured.append(len(self.losses))
        self.held.append(held_out(self.model))
        self.sizes.append(sizes_of(self.model))


@dataclass(frozen=True, eq=False)
class RowLosses:
    """The losses of a batch, row by row."""

    each: Float[Tensor, "row target"]
    """Nats; 0 where there is no target."""
    real: Tensor
    """Where there is one."""

    def accumulated(self, switches: Switches) -> Float[Tensor, ""]:
        """What the gradient is taken of: each row is a small batch."""
        numbers = [int(n) for n in self.real.sum(1).clamp(min=1)]
        how = by_tokens if switches.over_tokens else by_batches
        return how([*self.each.sum(1)], numbers)


def row_losses(model: Decoder, rows: Int[Tensor, "row pos"], switches: Switches) -> RowLosses:
    """Each target's loss."""
    ids, targets = rows[:, : -switches.shift], rows[:, switches.shift :]
    real = counts(rows)[:, switches.shift - 1 :]
    logits = model(ids, kernel=within(ids)) if switches.masked else model(ids)
    nats = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(targets)
    return RowLosses(nats * real, real)


def rate_of(schedule: Schedule, step: int, switches: Switches) -> float:
    """The learning rate; the warm-up of the bug is one step late."""
    if switches.from_nought and step < schedule.warmup:
        return schedule.peak * step / schedule.warmup
    return schedule(step)


@torch.no_grad()
def held_out(model: Decoder) -> float:
    """Nats a byte on documents that stand alone: each next byte, whatever the model was trained to say."""
    made = row_losses(model, document_rows.held_rows(), Switches())
    return float(made.each.sum() / made.real.sum())


def sizes_of(model: Decoder) -> Sizes:
    found: dict[str, list[Tensor]] = {"gains": [], "embedding": [], "matrices": []}
    for name, weight in model.named_parameters():
        part = "gains" if weight.dim() < 2 else "matrices" if decayed(name, weight) else "embedding"
        found[part].append(weight.detach().flatten())
    return Sizes(**{part: float(torch.cat(each).square().mean().sqrt()) for part, each in found.items()})


# ---- trainings -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Bugged:
    """All trainings so far."""

    asked: Asked
    course: WindowCourse
    arms: list[Trainee]
    """Right and wrong in turns, seed by seed."""

    @property
    def done(self) -> bool:
        wanted = self.asked.seeds * len(ARMS)
        return len(self.arms) == wanted and all(arm.steps_measured[-1:] == [self.asked.steps] for arm in self.arms)


def bugged(asked: Asked, progress: Progress = silent) -> Iterator[Bugged]:
    """Seed after seed, both in turns."""
    made = beginning(asked)
    each = len(ARMS) * asked.steps
    for number in range(asked.seeds):
        if number:
            made.arms.extend(pair(asked, asked.seed + number))

        def tell(done: int, before: int = number * each) -> None:
            progress("Training steps", before + done, each * asked.seeds)

        for _ in in_turns(made.arms[-len(ARMS) :], made.course, asked.steps, MEASURED, tell):
            yield made


def beginning(asked: Asked) -> Bugged:
    """The first seed's two before their first step."""
    arms = pair(asked, asked.seed)
    course = arms[0].course
    assert course is not None
    return Bugged(asked, course, arms)


def pair(asked: Asked, seed: int) -> list[Trainee]:
    """Right and wrong, with the same weights and rows."""
    course = document_rows.course(asked.bug not in UNPACKED, seed)
    return [
        Trainee(
            name, model_of(seed), settings_of(asked.steps, course), course=course, seed=seed,
            switches=BUGS[asked.bug] if name == WRONG else Switches(), weight_decay=asked.weight_decay,
        )
        for name in ARMS
    ]  # fmt: skip


def model_of(seed: int) -> Decoder:
    config = DecoderConfig(
        N_LAYERS, D_MODEL, n_heads=4, n_kv_heads=4, d_head=D_MODEL // 4, d_mlp=3 * D_MODEL, d_vocab=BYTES,
        n_ctx=document_rows.N_CTX, tied=False,
    )  # fmt: skip
    return Decoder(config).initialise(torch.Generator().manual_seed(seed))


def settings_of(steps: int, course: WindowCourse) -> Settings:
    schedule = Schedule("wsd", PEAK, 0.0, min(max(2, round(WARMUP * steps)), steps - 1), steps, decay=0.25)
    return Settings(schedule, course.batches.n_ctx * course.batches.rows)


def repeat_error(made: Bugged) -> float:
    """The first steps of the first seed's two, each trained again by itself: the largest difference of a loss."""
    steps = min(AGAIN, made.asked.steps)
    again = pair(made.asked, made.asked.seed)
    found = []
    for first, second in zip(made.arms[: len(ARMS)], again, strict=True):
        for at in range(steps):
            second.step(made.course.batch(at))
        found += [abs(a - b) for a, b in zip(first.losses[:steps], second.losses, strict=True)]
    return worst(found)


def with_switches(arm: Trainee, switches: Switches) -> Trainee:
    """The same training, as it stands, whose next step follows other rules."""
    made = replace(arm, switches=switches)
    made.states = arm.states
    return made


def matrix_of(arms: Sequence[Trainee], points: int) -> Float[Tensor, "seed point"]:
    """The held-out losses of so many first measurements."""
    return torch.tensor([arm.held[:points] for arm in arms], dtype=torch.float64)
