"""A person's own text before both guards: as a whole, sentence by sentence, and without each word in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety.guard_texts import Text, texts
from explorer.experiments.safety.guards import KINDS, Kind, Pool, Trained, minilm, scores, stream
from explorer.stack.safety.parts_of_text import LeftOut, Span, sentences, words_left_out

if TYPE_CHECKING:
    from explorer.experiments.safety.guard_texts import Texts
    from explorer.zoo.model import Model
    from explorer.zoo.text_encoder import TextEncoder

#: Words that are left out in turn: the first ones of a text.
WORDS = 80


@dataclass(frozen=True, eq=False)
class Heard:
    """What a guard says of the text, in log-odds."""

    trained: Trained
    whole: float
    sentences: Float[Tensor, " sentence"]
    without: Float[Tensor, " word"]
    """The whole text's score without each word."""


@dataclass(frozen=True, eq=False)
class OwnText:
    text: str
    sentences: tuple[Span, ...]
    words: tuple[LeftOut, ...]
    learnt: Texts
    heard: dict[Kind, Heard] = field(default_factory=dict)


def trained(
    model: Model, encoder: TextEncoder, kind: Kind, learnt: Texts, pool: Pool, depth: int | None, tell: Ticks
) -> Trained:
    return minilm(encoder, learnt) if kind == "minilm" else stream(model, learnt, pool, depth, tell)


def judged(
    model: Model,
    encoder: TextEncoder,
    text: str,
    pairs: int,
    pool: Pool = "mean",
    depth: int | None = None,
    tell: Ticks = unheard,
) -> Iterator[OwnText]:
    """By one guard after the other. `text` has a word."""
    learnt, parts = texts("request", pairs), tuple(sentences(text))
    left = tuple(words_left_out(text)[:WORDS])
    # A text of one word leaves nothing.
    asked = [text, *(text[start:end] for start, end in parts), *(each.rest or " " for each in left)]
    heard = dict[Kind, Heard]()
    for kind in KINDS:
        guard = trained(model, encoder, kind, learnt, pool, depth, tell)
        found = scores(model, encoder, guard, [own(each) for each in asked], tell)
        whole, by_sentence, without = found.split([1, len(parts), len(left)])
        heard[kind] = Heard(guard, float(whole[0]), by_sentence, without)
        yield OwnText(text, parts, left, learnt, dict(heard))


def own(request: str, answer: str = "") -> Text:
    """A text of which nothing is known."""
    return Text(request, answer, harmful=False, template="")
