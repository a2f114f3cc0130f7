"""Teacher, student and twin on one text, token by token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.frontier.teacher_and_student import BETAS, SHOWN, Compared
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class DistilReader:
    """One of the three."""

    name: str
    parameters: int
    held: float
    """Held-out loss as it was trained, nats a token."""
    loss: float
    """On this text, nats a token."""


@dataclass(frozen=True, kw_only=True)
class TeacherStudent(Payload):
    text: str
    tokens: list[str]
    left_out: int
    temperature: float
    betas: list[float]
    readers: list[DistilReader]
    """teacher, student, alone."""
    student: Float[Tensor, "beta pos"]
    """Divergence from the teacher at each place, nats."""
    alone: Float[Tensor, "beta pos"]
    names: list[list[str]]
    """At each place, the teacher's likeliest next tokens."""
    likely: Float[Tensor, "pos reader token"]
    """Their probabilities, at the temperature."""
    next: Float[Tensor, "pos reader"]
    """Of the text's own next token, at temperature 1; NaN at the end."""
    first: Float[Tensor, " pos"]
    """The teacher's probability of its likeliest token, at the temperature; the rest is on the others."""
    entropy: Float[Tensor, " pos"]
    """The teacher's, nats."""
    agree: Int[Tensor, "pos two"]
    """Whether the likeliest token of student and twin is the teacher's."""


def teacher_student(
    made: Compared, text: str, word: Callable[[int], str], trained: dict[str, tuple[int, float]]
) -> TeacherStudent:
    """trained: parameters and held-out loss of each."""
    probabilities = torch.stack([made.probabilities(who) for who in made.logits], 1)  # pos reader d_vocab
    likely, ids = probabilities[:, 0].topk(SHOWN, -1)
    shown = probabilities.gather(2, ids[:, None].expand(-1, probabilities.shape[1], -1))
    own = torch.stack([each.softmax(-1) for each in made.logits.values()], 1)  # pos reader d_vocab
    following = torch.full(own.shape[:2], torch.nan)
    following[:-1] = own[:-1].gather(2, made.ids[1:, None, None].expand(-1, own.shape[1], 1))[..., 0]
    loss = -following[:-1].log().mean(0) if len(made.ids) > 1 else following[-1]
    best = probabilities.argmax(-1)
    theirs = probabilities[:, 0]
    return TeacherStudent(
        text=text, tokens=[word(each) for each in made.ids.tolist()], left_out=made.left_out,
        temperature=made.temperature, betas=[*BETAS],
        readers=[
            DistilReader(name=name, parameters=trained[name][0], held=trained[name][1], loss=float(loss[at]))
            for at, name in enumerate(made.logits)
        ],
        student=made.apart["student"], alone=made.apart["alone"],
        names=[[word(each) for each in row] for row in ids.tolist()], likely=shown, next=following,
        first=likely[:, 0], entropy=-(theirs * theirs.clamp(min=1e-30).log()).sum(-1),
        agree=(best[:, 1:] == best[:, :1]).int(),
    )  # fmt: skip
