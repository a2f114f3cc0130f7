"""A small training described: shape, text, optimizer, schedule, and what is changed on the way.

A description is all that a run is made of: two runs of one description are the same, bit for bit on one machine. A
**fork** is a description with one more change, at a step: up to there it is its parent, and `until` is the same text of
both. A run that is stopped and goes on is no other run.

>>> run = SmallRun(steps=100)
>>> fork = run.forked(Change(40, "rate", 0.01))
>>> fork.until(40) == run.until(40), fork.until(41) == run.until(41)
(True, False)
>>> fork.at(39).rate, fork.at(40).rate, fork.changes[0].text
(0.001, 0.01, '40-rate-0.01')
>>> changes_of("40-rate-0.01+60-optimizer-lion")[1]
Change(step=60, what='optimizer', value='lion')
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Literal

from explorer.errors import BadRequestError
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.pretraining.optimizers.by_name import RULES
from explorer.stack.pretraining.schedule import KINDS, Schedule
from explorer.stack.pretraining.train import Settings
from explorer.stack.transformer.config import DecoderConfig

Vocabulary = Literal["bytes", "bpe"]
#: Tokens of the small BPE, at most.
SMALL_BPE = 512
#: Positions that the decoder's config promises: prompts may be longer than the windows.
N_CTX = 1024
#: A hidden layer of SwiGLU as wide as that of Llama: 8 / 3 of the stream, in whole multiples of 16.
SWIGLU = 8 / 3


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The sizes of a decoder with RMSNorm, RoPE and SwiGLU."""

    layers: int = 4
    width: int = 128
    heads: int = 4
    kv_heads: int = 4
    hidden: int = 0
    """Of a feed-forward layer, or of one expert; 0: `SWIGLU`, shared by the experts that a token visits."""
    experts: int = 0
    active: int = 2
    """Experts that a token visits."""
    vocabulary: Vocabulary = "bytes"

    def config(self, d_vocab: int) -> DecoderConfig:
        """The decoder of these sizes. Raises BadRequestError where they do not fit together.

        >>> config = Shape(experts=4).config(256)
        >>> config.d_head, config.d_mlp, config.k
        (32, 176, 2)
        """
        if self.width % (2 * self.heads):
            raise BadRequestError(
                f"A width of {self.width} cannot be cut into {self.heads} heads of an even width.",
                "Choose fewer heads, or another width.",
            )
        k = min(self.active, self.experts)
        hidden = self.hidden or max(16, round(SWIGLU * self.width / max(k, 1) / 16) * 16)
        return DecoderConfig(
            self.layers, self.width, self.heads, self.kv_heads, self.width // self.heads, hidden, d_vocab, N_CTX,
            rope=RopeConfig(10_000.0, self.width // self.heads), n_experts=self.experts, k=k,
        )  # fmt: skip


@dataclass(frozen=True)
class Change:
    """From that step on, counted from 0, one thing is another."""

    step: int
    what: str
    value: float | int | str

    @property
    def text(self) -> str:
        """As a link has it."""
        return f"{self.step}-{self.what}-{self.value}"


@dataclass(frozen=True, kw_only=True)
class SmallRun:
    """All that a run is made of."""

    shape: Shape = field(default_factory=Shape)
    text: str = "passages"
    """A kind of `shelf_course`, or the name of a text that a person has brought."""
    optimizer: str = "adamw"
    rate: float = 1e-3
    """The peak."""
    schedule: str = "wsd"
    warmup: float = 0.1
    """Share of the steps."""
    decay: float = 0.25
    """Share of the steps, of the schedule that has a plateau."""
    floor: float = 0.0
    """Share of the peak."""
    weight_decay: float = 0.1
    clip: float = 1.0
    """Greatest norm of the gradient."""
    rows: int = 8
    """Windows of a step."""
    context: int = 128
    """Tokens of a window."""
    seed: int = 0
    """Draws the weights, and with the step its windows."""
    steps: int = 400
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        for change in self.changes:
            if not 0 <= change.step < self.steps:
                raise BadRequestError(
                    f"A change at step {change.step} is outside of a run of {self.steps} steps.",
                    f"Choose a step from 0 to {self.steps - 1}.",
                )
        if [each.step for each in self.changes] != sorted(each.step for each in self.changes):
            raise BadRequestError("Changes are written in the order of their steps.", "")
        if self.optimizer not in RULES or self.schedule not in KINDS:
            raise BadRequestError(f"There is no optimizer “{self.optimizer}” or schedule “{self.schedule}”.", "")

    def at(self, step: int) -> SmallRun:
        """What holds for the step after so many, all changes up to it made."""
        made = {each.what: each.value for each in self.changes if each.step <= step}
        return replace(self, changes=(), **made)  # pyright: ignore[reportArgumentType]

    def until(self, step: int) -> str:
        """What the first so many steps are made of, in one text: of a fork and its parent the same."""
        return json.dumps(asdict(replace(self, changes=tuple(each for each in self.changes if each.step < step))))

    def forked(self, change: Change) -> SmallRun:
        """The same up to that step, and then with one thing changed."""
        return replace(self, changes=(*(each for each in self.changes if each.step < change.step), change))

    def settings(self) -> Settings:
        """What the loop is told, changes apart."""
        warmup = min(round(self.warmup * self.steps), self.steps - 1)
        schedule = Schedule(self.schedule, self.rate, self.floor * self.rate, warmup, self.steps, self.decay)
        return Settings(
            schedule, self.rows * self.context, weight_decay=self.weight_decay, clip=self.clip, optimizer=self.optimizer
        )


#: What a change may be of, and its type.
CHANGEABLE: dict[str, type[float] | type[int] | type[str]] = {
    "rate": float,
    "optimizer": str,
    "schedule": str,
    "weight_decay": float,
    "clip": float,
    "rows": int,
    "context": int,
    "text": str,
    "seed": int,
}
assert set(CHANGEABLE) <= {each.name for each in fields(SmallRun)}
_CHANGE = re.compile(r"(\d{1,7})-([a-z_]+)-([A-Za-z0-9_.+-]+)")


def changes_of(text: str) -> tuple[Change, ...]:
    """Changes as a link has them, with a + between two. Raises BadRequestError for what is none."""
    return tuple(_change(each) for each in re.split(r"\+(?=\d+-[a-z])", text) if each)


def _change(text: str) -> Change:
    found = _CHANGE.fullmatch(text)
    if found is None or found[2] not in CHANGEABLE:
        raise BadRequestError(
            f"“{text[:60]}” is no change of a run.", f"For example 100-rate-0.01; one of: {', '.join(CHANGEABLE)}."
        )
    try:
        return Change(int(found[1]), found[2], CHANGEABLE[found[2]](found[3]))
    except ValueError as error:
        raise BadRequestError(f"“{found[3][:40]}” is no {found[2]}.", "Write a number.") from error
