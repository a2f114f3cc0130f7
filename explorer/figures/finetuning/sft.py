"""A conversation as it is learnt, and one step on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray
from torch import Tensor

from explorer.experiments.finetuning.sft import Conversation, Stepped
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class SftConversation(Payload):
    """Its tokens: who wrote each, whether it is learnt, what it costs."""

    request: str
    answer: str
    ids: tuple[int, ...]
    template: bool
    """Whether the template is the model's own."""
    mark: Bool[ndarray, " token"]
    """The template wrote it."""
    learnt: Bool[ndarray, " token"]
    loss: Float[ndarray, " token"]
    """In nats; NaN for the first."""
    first: int
    """The first token that is learnt."""
    by_length: int
    """Where the answer would begin by the number of the prompt's tokens."""


@dataclass(frozen=True, kw_only=True)
class SftStep(Payload):
    """Losses before and after, in nats."""

    request: str
    answer: str
    other: str
    ids: tuple[int, ...]
    learnt: Bool[ndarray, " token"]
    before: Float[ndarray, " token"]
    after: Float[ndarray, " token"]
    other_ids: tuple[int, ...]
    other_before: Float[ndarray, " other"]
    other_after: Float[ndarray, " other"]
    trained: int
    gradient: float
    length: float
    by_layer: Float[ndarray, " layer"]
    """Of the gradient's square, the share of each block."""


def conversation(made: Conversation, loss: Tensor, request: str, answer: str) -> SftConversation:
    return SftConversation(
        request=request,
        answer=answer,
        ids=made.example.ids,
        template=made.template,
        mark=made.mark.bool().numpy(),
        learnt=np.array(made.example.learnt),
        loss=loss.numpy().astype(np.float32),
        first=made.first,
        by_length=made.by_length,
    )


def step(made: Stepped, request: str, answer: str, other: str) -> SftStep:
    return SftStep(
        request=request,
        answer=answer,
        other=other,
        ids=made.conversation.example.ids,
        learnt=np.array(made.conversation.example.learnt),
        before=_plain(made.before),
        after=_plain(made.after),
        other_ids=tuple(made.other.tolist()),
        other_before=_plain(made.other_before),
        other_after=_plain(made.other_after),
        trained=made.trained,
        gradient=made.gradient,
        length=made.length,
        by_layer=_plain(made.by_layer),
    )


def _plain(values: Tensor) -> Float[ndarray, " n"]:
    return values.numpy().astype(np.float32)
