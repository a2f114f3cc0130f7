"""What the direction does, beside its placebos: refusals of forbidden requests and of twins, KL and fluency under each.

    unchanged     the decoder as it stands
    ablated       the direction taken out at every writer; placebos: random, shuffled labels, random subspace
    held          the same, at the level of harmless text in place of zero (`holding`)
    added         the direction before its block, for twins; the same placebos, of its length

KL is that of the next token over the tokens of the unchanged decoder's own answers to harmless requests, the first one
by itself as well. Fluency is the perplexity of an answer under a decoder that was not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.corpora import instructions
from explorer.corpora.instructions import Pair
from explorer.corpora.requests import Twins
from explorer.errors import NotApplicableError
from explorer.experiments.finetuning.course import Speaks
from explorer.experiments.safety.asking import NEW, Outcome, Said, answers, asked, outcome
from explorer.experiments.safety.finding import AT_ONCE, Found, Tick, padded
from explorer.stack.safety import direction_placebos as placebos
from explorer.stack.safety import direction_span
from explorer.stack.safety.direction_edits import Edit, added, edited
from explorer.stack.safety.direction_span import Span
from explorer.stack.safety.refusal_direction import exact_kl
from explorer.stack.transformer.decoder import Decoder

SEED = 0
#: Sets of instructions whose held-out requests are harmless text that has nothing to do with the requests.
PLAIN = ("units", "polite", "number_words", "dates")
#: Answers of each kind whose perplexity is measured, at most.
FLUENT = 8


@dataclass(frozen=True)
class Answer:
    """An answer of the unchanged decoder, as tokens."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]


@dataclass(frozen=True)
class Effect:
    """One condition."""

    name: str
    """"unchanged", "direction", or a placebo's."""
    way: str
    """"unchanged", "ablated", "held" or "added"."""
    strength: float
    outcome: Outcome
    kl: float
    """Mean over the tokens of the answers to harmless requests; nats."""
    kl_first: float
    """Of their first tokens alone."""
    perplexity: float
    """Of this condition's answers, under the decoder that was not changed."""


def harmless(count: int, first: int = 0) -> list[str]:
    """Requests that no pair has: from the held-out sets of instructions, in turns.

    >>> harmless(2, 1) == harmless(3)[1:]
    True
    """
    sets = [instructions.made(name).held_out for name in PLAIN]
    return [sets[at % len(sets)][at // len(sets)].request for at in range(first, first + count)]


@dataclass(frozen=True, eq=False)
class Bench:
    """What all conditions share."""

    decoder: Decoder
    speech: Speaks
    fluent: Decoder
    """By which fluency is measured."""
    twins: Sequence[Twins]
    plain: tuple[Answer, ...]
    new: int = NEW

    @cached_property
    def before(self) -> list[Float[Tensor, "token d_vocab"]]:
        """The unchanged decoder's logits of its own answers to harmless requests."""
        with torch.no_grad():
            return [
                each
                for first in range(0, len(self.plain), AT_ONCE)
                for each in logits_of(self.decoder, self.plain[first : first + AT_ONCE])
            ]

    @classmethod
    def of(
        cls, decoder: Decoder, speech: Speaks, fluent: Decoder, twins: Sequence[Twins], plain: list[str], new: int = NEW
    ) -> Bench:
        """plain: harmless requests (`harmless`); to them the decoder's own answers are what the KL is measured on."""
        said = answers(decoder, speech, plain, new)
        made = tuple(
            Answer(tuple(asked(speech, text)), tuple(ids(speech, answer)))
            for text, answer in zip(plain, said, strict=True)
        )
        return cls(decoder, speech, fluent, twins, made, new)

    def measured(self, of: Condition, tick: Tick) -> Effect:
        """One condition."""
        changed = of.made()
        kl, first = self.kl(changed)
        total = 2 * len(self.twins)
        found = outcome(changed, self.speech, self.twins, self.new, lambda done: tick(done, total))
        said = (*found.forbidden[:FLUENT], *found.harmless[:FLUENT])
        return Effect(of.name, of.way, of.strength, found, kl, first, self._perplexity(said))

    @torch.no_grad()
    def kl(self, changed: Decoder) -> tuple[float, float]:
        """On harmless text, nats: the mean over all tokens of its answers, and that of their first tokens."""
        total, firsts, count = 0.0, list[float](), 0
        for first in range(0, len(self.plain), AT_ONCE):
            some = self.plain[first : first + AT_ONCE]
            for one, other in zip(self.before[first : first + AT_ONCE], logits_of(changed, some), strict=True):
                kl = exact_kl(one, other)
                total, count = total + float(kl.sum()), count + len(kl)
                firsts.append(float(kl[0]))
        return total / count, sum(firsts) / len(firsts)

    @torch.no_grad()
    def _perplexity(self, said: Sequence[Said]) -> float:
        texts = [Answer(tuple(asked(self.speech, e.request)), tuple(ids(self.speech, e.answer))) for e in said]
        texts = [each for each in texts if each.answer]
        nll, count = 0.0, 0
        for first in range(0, len(texts), AT_ONCE):
            some = texts[first : first + AT_ONCE]
            for each, logits in zip(some, logits_of(self.fluent, some), strict=True):
                logp = torch.log_softmax(logits.double(), -1)[:-1]
                nll -= float(logp.gather(1, torch.tensor(each.answer)[:, None]).sum())
                count += len(each.answer)
        return float(torch.tensor(nll / count).exp()) if count else float("nan")


def ids(speech: Speaks, answer: str) -> list[int]:
    """An answer as tokens."""
    return speech.said(speech.example(Pair("Hello", answer)))[0] if answer else []


def logits_of(decoder: Decoder, texts: Sequence[Answer]) -> list[Float[Tensor, "token d_vocab"]]:
    """Of each answer: the logits from which its first token, each next one, and its end are drawn."""
    read, places = padded([each.prompt + each.answer for each in texts])
    stream = decoder.stream(read, places)
    return [decoder.unembedded(stream[row : row + 1, -len(each.answer) - 1 :])[0] for row, each in enumerate(texts)]


def vectors(made: Found, layer: int, position: int) -> dict[str, Float[Tensor, " d_model"]]:
    """The direction at one place, and its placebos, all of one length. Raises NotApplicableError where the streams of
    both kinds do not differ."""
    direction = made.directions[layer, position].float()
    if not float(direction.norm()):
        raise NotApplicableError(
            f"Before block {layer} this token's stream is the same in all requests: there is no difference.",
            "Choose a later layer.",
        )
    x, labels = made.labelled(layer, position)
    generator = torch.Generator().manual_seed(SEED)
    return {
        "direction": direction,
        "random": placebos.random(direction, generator),
        "shuffled": placebos.shuffled(direction, x, labels, generator),
        "subspace": placebos.subspace(direction, x, generator),
    }


def taking(name: str, of: dict[str, Tensor], strength: float = 1.0) -> Edit:
    """What takes one of them out."""
    if name == "direction":
        return Edit(of[name], of[name], strength)
    return placebos.taken_out(name, of[name], of["direction"], strength)


#: Conditions of several directions at once: the directions, then placebos of as many.
SPANS = ("span", *(f"span, {name}" for name in placebos.NAMES))


def spans(made: Found, at: Sequence[tuple[int, int]]) -> dict[str, Span]:
    """Several directions taken out together, by their layers and positions, and their placebos."""
    basis = direction_span.orthonormal([made.directions[layer, position].float() for layer, position in at])
    seen = [made.labelled(layer, position) for layer, position in at]
    generator = torch.Generator().manual_seed(SEED)
    edits = [Span(basis, basis)] + [
        direction_span.placebo(name, basis, [x for x, _ in seen], seen[0][1], generator) for name in placebos.NAMES
    ]
    return dict(zip(SPANS, edits, strict=True))


class Condition(NamedTuple):
    """What is done to the decoder."""

    name: str
    way: str
    strength: float
    made: Callable[[], Decoder]


def conditions(
    decoder: Decoder,
    of: dict[str, Tensor],
    layer: int,
    strengths: tuple[float, float],
    spans: Mapping[str, Span] | None = None,
) -> list[Condition]:
    """In the order in which they are measured. strengths: of what is ablated, and of what is added."""
    out, put = strengths
    return [
        Condition("unchanged", "unchanged", 0.0, lambda: decoder),
        *(Condition(name, "ablated", out, partial(edited, decoder, taking(name, of, out))) for name in of),
        *(Condition(name, "added", put, partial(added, decoder, layer, put * of[name])) for name in of),
        *(Condition(name, "ablated", 1.0, partial(edited, decoder, edit)) for name, edit in (spans or {}).items()),
    ]


def effects(bench: Bench, conditions: Sequence[Condition], tick: Tick) -> Iterator[Effect]:
    """All conditions, one after the other."""
    for each in conditions:
        yield bench.measured(each, tick)
