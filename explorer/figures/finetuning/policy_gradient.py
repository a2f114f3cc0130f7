"""Answers, rewards, and what each estimator makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float, Int
from numpy import ndarray

from explorer.experiments.finetuning.policy_gradient import AGES, DRIFT, STEP, Scope, State, Swapped
from explorer.figures.payload import Payload
from explorer.stack.finetuning.policy.by_name import NAMES


@dataclass(frozen=True, kw_only=True)
class PolicyAnswer(Payload):
    """One answer to one prompt."""

    prompt: int
    text: str
    pieces: tuple[str, ...]
    """Its tokens, the end included."""
    right: bool
    drawn: int
    """How often."""


@dataclass(frozen=True, kw_only=True)
class PolicyDraw(Payload):
    """One of the answers drawn."""

    answer: int
    reward: float | None
    """None where there is none."""
    why: str


@dataclass(frozen=True, kw_only=True)
class PolicyScope(Payload):
    """The answers of one prompt, or all: by estimator, from autograd and from real steps."""

    loss: tuple[float, ...]
    norm: tuple[float, ...]
    cosine: Float[ndarray, "estimator estimator"]
    by_length: Float[ndarray, "estimator answer"]
    by_rate: Float[ndarray, "estimator answer"]


@dataclass(frozen=True, kw_only=True)
class PolicyState(Payload):
    """One policy."""

    age: int
    logp: Float[ndarray, "answer token"]
    gram: Float[ndarray, "slot slot"]
    scopes: tuple[PolicyScope, ...]
    """Each prompt's; behind them, where there are several, that of all."""


@dataclass(frozen=True, kw_only=True)
class PolicySwapped(Payload):
    """All of it."""

    prompts: tuple[str, ...]
    answers: tuple[PolicyAnswer, ...]
    draws: tuple[PolicyDraw, ...]
    slots: Int[ndarray, "answer token"]
    values: Float[ndarray, "answer token"]
    """The critic's."""
    states: tuple[PolicyState, ...]
    names: tuple[str, ...]
    step: float
    nats: float
    drift: float
    moved: int
    whole: bool
    stuck: bool
    done: bool
    critic_error: float
    reward_variance: float
    longest: int
    empty: tuple[int, ...]
    """Draws whose answer has no text."""
    refused: str
    """Why what was typed is not asked."""


def swapped(made: Swapped, piece: Callable[[int], str], refused: str) -> PolicySwapped:
    drawn, texts = made.drawn, made.drawn.texts
    counts = drawn.of.bincount(minlength=len(drawn.answers)).tolist()
    rewards = [None if reward != reward else reward for reward in drawn.rewards.tolist()]
    return PolicySwapped(
        prompts=drawn.asked.prompts,
        answers=tuple(
            PolicyAnswer(
                prompt=texts.prompts[at],
                text=text,
                pieces=tuple(piece(each) for each in texts.tokens[at][texts.mask[at]].tolist()),
                right=drawn.right[at],
                drawn=counts[at],
            )
            for at, text in enumerate(drawn.answers)
        ),
        draws=tuple(
            PolicyDraw(answer=answer, reward=reward, why=why)
            for answer, reward, why in zip(drawn.of.tolist(), rewards, drawn.why, strict=True)
        ),
        slots=texts.slots.numpy(),
        values=drawn.values.numpy(),
        states=tuple(_state(each) for each in made.states),
        names=NAMES,
        step=made.step,
        nats=STEP,
        drift=DRIFT,
        moved=made.moved,
        whole=made.whole,
        stuck=made.stuck,
        done=len(made.states) == len(AGES),
        critic_error=drawn.critic_error,
        reward_variance=drawn.reward_variance,
        longest=drawn.longest,
        empty=tuple(at for at, of in enumerate(drawn.of.tolist()) if not drawn.answers[of].strip()),
        refused=refused,
    )


def _state(each: State) -> PolicyState:
    return PolicyState(
        age=each.age,
        logp=each.logp.numpy(),
        gram=each.gram.numpy(),
        scopes=tuple(_scope(scope) for scope in each.scopes),
    )


def _scope(scope: Scope) -> PolicyScope:
    return PolicyScope(
        loss=scope.loss,
        norm=scope.norm,
        cosine=scope.cosine.numpy(),
        by_length=scope.by_length.numpy(),
        by_rate=scope.by_rate.numpy(),
    )
