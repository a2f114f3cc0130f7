"""A request through a guard, the model, and a guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety.guard_texts import SIDES, Side, Texts, texts
from explorer.experiments.safety.guards import KINDS, Kind, Pool, Trained, scores
from explorer.experiments.safety.own_text import own, trained
from explorer.experiments.safety.states import asked
from explorer.stack.inference.decoding.engine import Engine
from explorer.zoo.model import stop_ids

if TYPE_CHECKING:
    from explorer.zoo.model import Model
    from explorer.zoo.text_encoder import TextEncoder

#: Tokens of an answer.
NEW = 32


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a guard says at its place."""

    trained: Trained
    learnt: Texts
    score: float


@dataclass(frozen=True, eq=False)
class Guarded:
    """What is known so far."""

    request: str
    answer: str = ""
    """Written whether or not a guard would stop the request."""
    verdicts: dict[tuple[Side, Kind], Verdict] = field(default_factory=dict)
    done: bool = False


def guarded(
    model: Model,
    encoder: TextEncoder,
    request: str,
    pairs: int,
    pool: Pool = "mean",
    depth: int | None = None,
    tell: Ticks = unheard,
) -> Iterator[Guarded]:
    """The guards before the model, its answer, the guards behind it."""
    answer, verdicts = "", dict[tuple[Side, Kind], Verdict]()
    for side in SIDES:
        if side == "answer":
            answer = written(model, request)
            yield Guarded(request, answer, dict(verdicts))
        learnt, text = texts(side, pairs), own(request, answer)
        for kind in KINDS if text.answer or side == "request" else ():
            guard = trained(model, encoder, kind, learnt, pool, depth, tell)
            verdicts[side, kind] = Verdict(guard, learnt, float(scores(model, encoder, guard, [text])[0]))
            yield Guarded(request, answer, dict(verdicts))
    yield Guarded(request, answer, dict(verdicts), done=True)


def written(model: Model, request: str) -> str:
    """The model's own answer, greedily."""
    prompt = list(asked(model, request).ids)
    made = Engine(model.plain_decoder, model.vocabulary.bytes).generate(
        [prompt], NEW, stop_ids=stop_ids(model.hf, model.tokenizer)
    )[0]
    return str(model.tokenizer.decode(made.new_ids, skip_special_tokens=True)).strip()
