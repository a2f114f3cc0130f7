"""What a system prompt changes in one conversation: the answer under it, read without it; and over several turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from explorer.errors import BadRequestError
from explorer.experiments.context.grounded_prompt import plain
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety.conversation import (
    Conversation,
    Said,
    answered,
    behind,
    conversation,
    conversations,
    talk,
)
from explorer.stack.context.grounded import Parts
from explorer.stack.context.passage_attention import attended
from explorer.stack.safety.system_prompt import Shift, placebo, shift, shuffled

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Tokens of an answer, and of one among several turns.
NEW, NEW_A_TURN = 24, 16
#: Turns at most.
TURNS = 5
#: Words that tell nobody what to do.
OTHER = (
    "The old house stands at the end of the road. It has a red roof, two chimneys and a small garden. In the morning "
    "the sun shines into the kitchen, and in the evening the windows are bright. A path leads down to the river. "
)


@dataclass(frozen=True)
class Without:
    """One conversation without the prompt, or with it elsewhere."""

    name: str
    about: str
    ids: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Effect:
    """All that is known so far."""

    read: Conversation
    user: str
    tokens: int
    """Of the system prompt."""
    answer: Said
    others: tuple[Without, ...]
    said: tuple[Said, ...] = ()
    """What the model says itself behind each of them."""
    shifts: tuple[Shift, ...] = ()
    """Of the answer under the prompt, read behind each of them."""


def asked(user: str, passage: str) -> str:
    """What the user says, with a passage before it. Raises BadRequestError for nothing."""
    if not user.strip():
        raise BadRequestError("The user says nothing.", "Write a message.")
    return f"{passage.strip()}\n\n{user.strip()}" if passage.strip() else user.strip()


def effect(
    model: Model, system: str, user: str, passage: str = "", seed: int = 0, tell: Ticks = unheard
) -> Iterator[Effect]:
    """The answer under the prompt, and how likely it is without it."""
    if not system.strip():
        raise BadRequestError("The system prompt is empty.", "Write one.")
    said = asked(user, passage)
    read, bare, moved = conversations(
        model, [talk(system.strip(), said), talk(None, said), talk("", f"{said}\n\n{system.strip()}")]
    )
    start, end = read.said[0]
    own = read.ids[start:end]
    if not own:
        raise BadRequestError("The model’s tokenizer makes no token of the system prompt.", "Write another one.")
    words = placebo(plain(model.vocabulary, OTHER * (1 + len(own) // 60)), len(own))
    mixed = shuffled(own, torch.Generator().manual_seed(seed))
    others = [
        Without("removed", "the system turn is empty", read.put(0, ())),
        Without("behind", "the same words behind the user’s, in the user’s turn", moved.ids),
        Without("placebo", "other words, of as many tokens", read.put(0, words)),
        Without("shuffled", "its own tokens in a random order", read.put(0, mixed)),
    ]
    if bare.ids not in {each.ids for each in others}:
        others.append(Without("template", "no system turn is given: what the chat template then writes", bare.ids))
    made = answered(model, [read.ids, *(each.ids for each in others)], NEW, tell)
    now = Effect(read, said, len(own), made[0], tuple(others), tuple(made[1:]))
    yield now
    with_it, answer = behind(model.plain_decoder, read.ids, now.answer.ids), torch.tensor(now.answer.ids)
    for each in others:
        found = shift(with_it, behind(model.plain_decoder, each.ids, now.answer.ids), answer)
        now = replace(now, shifts=(*now.shifts, found))
        yield now


@dataclass(frozen=True, eq=False)
class TurnRead:
    """One turn of a conversation, answered."""

    message: str
    answer: Said
    before: int
    """Tokens read before the answer."""
    sink: float
    """Attention on the first tokens, mean over the answer."""
    share: tuple[float, float, float]
    """Of the rest: to the system prompt, this message, all before it but the prompt."""
    lift: tuple[float, float, float]
    """The same by their length: 1 is even attention."""
    kl: float
    """Mean over the answer's tokens, against the same turns with an empty system turn."""
    gain: float
    """Mean, of the answer's tokens, in nats."""
    apart: float
    """Between the log-probabilities while it was written and those of the pass that attention was read from."""


@dataclass(frozen=True, eq=False)
class Turns:
    total: int
    read: tuple[TurnRead, ...] = field(default=())


def turns(model: Model, system: str, messages: Sequence[str], tell: Ticks = unheard) -> Iterator[Turns]:
    """The same prompt over several turns."""
    messages = [each.strip() for each in messages if each.strip()][:TURNS]
    if not messages or not system.strip():
        raise BadRequestError("There is no message, or no system prompt.", "Write both; one message a line.")
    now, said = Turns(len(messages)), list[str]()
    for at, message in enumerate(messages):
        tell(at, len(messages))
        read = conversation(model, talk(system.strip(), *said, message))
        now = replace(now, read=(*now.read, _turn(model, read, message)))
        said += [message, now.read[-1].answer.text or "…"]
        yield now
    tell(len(messages), len(messages))


def _turn(model: Model, read: Conversation, message: str) -> TurnRead:
    decoder = model.plain_decoder
    (answer,) = answered(model, [read.ids], NEW_A_TURN)
    (first, last), (start, end) = read.said[0], read.said[-1]
    pieces = (read.ids[first:last], read.ids[last:start], read.ids[start:end])
    seen = attended(decoder, Parts(read.ids[:first], pieces, read.ids[end:]), answer.ids)
    assert seen.logp is not None
    with_it, without = (behind(decoder, ids, answer.ids) for ids in (read.ids, read.put(0, ())))
    moved = shift(with_it, without, torch.tensor(answer.ids))
    share, lift = (each.nan_to_num(0.0, 0.0, 0.0).mean(1).tolist() for each in (seen.share, seen.lift))
    return TurnRead(
        message, answer, len(read.ids), float(seen.sink.mean()), (share[0], share[2], share[1]),
        (lift[0], lift[2], lift[1]), float(moved.kl.mean()), float(moved.gain.mean()),
        float((seen.logp.cpu() - torch.tensor(answer.logp)).abs().max()),
    )  # fmt: skip
