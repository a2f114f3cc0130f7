"""Where facts are: those that the model on screen knows, one of them noised and restored state by state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.corpora import facts
from explorer.corpora.prompt_pairs import follower
from explorer.errors import NotApplicableError
from explorer.stack.frontier.carried import HOOKS, Recorded, recorded
from explorer.stack.frontier.causal_tracing import embedding_std, noise_subject, restored, window
from explorer.stack.frontier.patching import patched
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, hooked

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

State = Literal["resid", "mlp", "attn"]
SEED = 0


@dataclass(frozen=True)
class Known:
    """A fact, and whether the model says it."""

    relation: facts.Relation
    subject: str
    text: str
    answer: int
    p: float
    """Of the answer, as the next token."""
    first: bool
    """Whether it is the likeliest."""
    said: int = -1
    """The likeliest."""
    said_p: float = 0.0

    @property
    def as_said(self) -> Known:
        """What the model says in the answer's place: no fact, but an answer that has come from somewhere too."""
        return replace(self, answer=self.said, p=self.said_p)


def known(model: Model, decoder: Decoder, told: Callable[[int, int], None]) -> list[Known]:
    """Every fact whose answer is one token, the likeliest first among those that the model says."""
    encode, found = model.vocabulary.encode, list[Known]()
    every: list[tuple[facts.Relation, str]] = [
        (relation, subject) for relation, objects in facts.OBJECTS.items() for subject in objects
    ]
    for done, (relation, subject) in enumerate(every):
        told(done, len(every))
        answer = facts.OBJECTS[relation][subject]
        text = facts.RELATIONS[relation].format(subject)
        token = follower(text, f" {answer}", encode)
        if token is None:
            continue
        with RUNNING, torch.inference_mode():
            p = decoder(torch.tensor([encode(text)]), last_only=True)[0, -1].softmax(-1)
        said = int(p.argmax())
        found.append(Known(relation, subject, text, token, float(p[token]), said == token, said, float(p[said])))
    return sorted(found, key=lambda each: (not each.first, -each.p))


def most_hurt(model: Model, decoder: Decoder, found: Sequence[Known], level: float) -> int:
    """The fact whose answer loses most of its probability with noise on its subject; 0 where no answer loses any."""
    lost: list[float] = []
    for fact in found:
        subject = subject_of(model.vocabulary.encode, fact)
        if not len(subject):
            lost.append(0.0)
            continue
        with RUNNING:
            clean = recorded(decoder, torch.tensor(model.vocabulary.encode(fact.text)))
            generator = torch.Generator().manual_seed(SEED)
            base = noise_subject(decoder, clean, subject, level * embedding_std(decoder), generator)
        p = torch.stack([clean.logits, base.logits]).softmax(-1)[:, fact.answer]
        lost.append(float(p[0] - p[1]))
    return max(range(len(lost)), key=lambda at: lost[at])


def subject_of(encode: Callable[[str], Sequence[int]], fact: Known) -> range:
    """The positions of the subject's tokens.

    >>> fact = Known("capital", "New York", "The capital of New York is the city of", 0, 0.0, True)
    >>> subject_of(lambda text: [hash(each) for each in text.split()], fact)
    range(3, 5)
    """
    before, _, _ = facts.RELATIONS[fact.relation].partition("{}")
    whole = list(encode(fact.text))
    start = len(_shared(list(encode(before.rstrip())), whole))
    return range(start, len(_shared(list(encode(before + fact.subject)), whole)))


def _shared(one: list[int], other: list[int]) -> list[int]:
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:same]


@dataclass(frozen=True, eq=False)
class Traced:
    """One fact, traced over the draws done so far."""

    fact: Known
    run: Recorded
    subject: range
    state: State
    width: int
    deviation: float
    """Standard deviation of the noise."""
    noised: Float[Tensor, " draw"]
    """p(answer) with the subject noised."""
    restored: Float[Tensor, "draw layer pos"]
    """p(answer) with one state restored; NaN before the subject."""
    redone: float | None = None
    """Of the strongest state, the difference from whole runs of the model with hooks."""


def traced(
    model: Model, decoder: Decoder, fact: Known, state: State, level: float, draws: int, width: int,
    told: Callable[[int, int], None],
) -> Iterator[Traced]:  # fmt: skip
    """`level`: the noise in standard deviations of the embeddings. A draw's whole map at a time."""
    with RUNNING:
        clean = recorded(decoder, torch.tensor(model.vocabulary.encode(fact.text)))
        deviation = level * embedding_std(decoder)
    subject = subject_of(model.vocabulary.encode, fact)
    if not len(subject):
        raise NotApplicableError(
            f"“{fact.subject}” has no tokens of its own in this tokenizer.", "Choose another fact."
        )
    puts = restored(clean, state, subject, width)
    generator = torch.Generator().manual_seed(SEED)
    layers, n = clean.resid.shape[:2]
    noised, maps = list[float](), list[Tensor]()
    for draw in range(draws):
        with RUNNING:
            base = noise_subject(decoder, clean, subject, deviation, generator)
            found = torch.full((layers, n), torch.nan)
            for some, logits in patched(decoder, base, puts, first=subject.start if decoder.config.causal else 0):
                told(draw * len(puts) + len(some), draws * len(puts))
                p = logits.softmax(-1)[:, fact.answer]
                for at, value in zip(some, p.tolist(), strict=True):
                    found[at // (n - subject.start), subject.start + at % (n - subject.start)] = value
        noised.append(float(base.logits.softmax(-1)[fact.answer]))
        maps.append(found)
        made = Traced(fact, clean, subject, state, width, deviation, torch.tensor(noised), torch.stack(maps))
        yield made if draw + 1 < draws else replace(made, redone=_again(model, decoder, made))


def _again(model: Model, decoder: Decoder, made: Traced) -> float | None:
    """The first draw's strongest state, noised and restored by hooks on the model's own run."""
    if decoder.config.placement != "pre":
        return None
    n = made.restored.shape[2]
    layer, at = divmod(int(made.restored[0].nan_to_num(-1).flatten().argmax()), n)
    base = noise_subject(decoder, made.run, made.subject, made.deviation, torch.Generator().manual_seed(SEED))

    def begin(tensor: Tensor, **_: object) -> Tensor:
        return base.resid[0][None].to(tensor)

    def back(block: int) -> Callable[..., Tensor]:
        def hook(tensor: Tensor, **_: object) -> Tensor:
            out = tensor.clone()
            out[0, at] = made.run.of(made.state)[block, at].to(tensor)
            return out

        return hook

    blocks = window(layer, 1 if made.state == "resid" else made.width, len(made.run.resid))
    edits = [(f"blocks.{block}.{HOOKS[made.state]}", back(block)) for block in blocks]
    with RUNNING, torch.inference_mode(), hooked(model, [(hooks.EMBED, begin), *edits]):
        ids = made.run.ids[None].to(model.device)
        logits = here(model.bridge(ids, return_type="logits", use_cache=False, logits_to_keep=1)[0, -1])
    return abs(float(logits.softmax(-1)[made.fact.answer] - made.restored[0, layer, at]))
