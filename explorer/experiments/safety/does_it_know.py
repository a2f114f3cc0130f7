"""Does a model know what it says? Signals along one answer, and how well each tells known from unknown people."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.corpora.invented_people import Attribute, Person, Read, value_of
from explorer.errors import BadRequestError
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety import invented
from explorer.stack.finetuning.rollouts import Rollouts, roll, trainer
from explorer.stack.safety import linear_probes
from explorer.stack.safety.semantic_entropy import Meanings, meanings, plain

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Text and its meaning.
Meaning = Callable[[str], str]
#: Signals that a model gives without a probe.
WITHOUT_TRUTH = ("predictive", "semantic", "discrete", "inconsistency", "surprise", "lens")
PROBES = ("probe", "entropy probe", "shuffled")
SIGNALS = (*WITHOUT_TRUTH, *PROBES)
#: Who may stand for people whom the model does not know.
UNKNOWN: tuple[Read, ...] = ("never", "rarely")
#: Of the probes: there are fewer people than numbers of a stream.
RIDGE = 0.1


@dataclass(frozen=True, eq=False)
class Along:
    """The likeliest answer, token by token."""

    ids: tuple[int, ...]
    entropy: Float[Tensor, " token"]
    """Nats, of the distribution that the token is taken from."""
    p: Float[Tensor, " token"]
    lens: Float[Tensor, "depth token"]
    """The token's probability, were the stream read at that depth."""
    stream: Float[Tensor, "depth token d_model"]
    """Before each token."""


@dataclass(frozen=True, eq=False)
class Asked:
    """One question: the likeliest answer, and what was drawn."""

    answer: str
    along: Along
    drawn: tuple[str, ...]
    meanings: Meanings
    rollouts: Rollouts
    """The drawn answers."""

    def signals(self) -> dict[str, float]:
        """Nats, but the parts `inconsistency` and `lens`: how well the answer can be read before the last depth. All
        are higher where the model guesses; of the lens that was seen in the first model, and not expected."""
        found = self.meanings
        return {
            "predictive": found.predictive,
            "semantic": found.semantic,
            "discrete": found.discrete,
            "inconsistency": 1 - found.consistency,
            "surprise": float(self.along.entropy.max()),
            "lens": float(self.along.lens[:-1].mean()),
        }


def along(decoder: Decoder, prompt: Sequence[int], answer: Sequence[int]) -> Along:
    """One pass over prompt and answer."""
    ids = torch.tensor([[*prompt, *answer]])
    before = slice(len(prompt) - 1, ids.shape[1] - 1)
    stream = invented.streams(decoder, ids)[:, 0, before]  # depth token d_model
    with torch.inference_mode():
        logp = decoder.unembedded(stream).log_softmax(-1)  # depth token d_vocab
    last, at = logp[-1].double(), torch.tensor(answer)[:, None]
    lens = logp.exp().gather(-1, at.expand(len(logp), -1, -1))[..., 0]
    return Along(tuple(answer), -(last.exp() * last).sum(-1), last.exp().gather(1, at)[:, 0], lens, stream)


def asked(
    decoder: Decoder,
    prompts: Sequence[Sequence[int]],
    samples: int,
    meaning: Meaning,
    spoken: Callable[[Sequence[int]], str],
    *,
    end: int,
    longest: int,
    seed: int,
    temperature: float = 1.0,
) -> list[Asked]:
    """Each question answered by the likeliest tokens, and `samples` times by draws of temperature 1."""
    draw = torch.Generator().manual_seed(seed)
    made = roll(
        decoder, prompts, group=samples + 1, longest=longest, end=end, temperature=temperature, generator=draw,
        greedy=True,
    )  # fmt: skip
    found = list[Asked]()
    for which, prompt in enumerate(prompts):
        own = made.of(torch.arange(which * (samples + 1), (which + 1) * (samples + 1)))
        greedy, drawn = own.answers[0], own.of(torch.arange(1, samples + 1))
        texts = [spoken(each) for each in drawn.answers]
        # An answer whose first token is the end is an answer, of no words.
        said = greedy[:-1] if len(greedy) > 1 and greedy[-1] == end else greedy
        p = drawn.sampler.sum(1).double().exp().tolist()
        found.append(
            Asked(spoken(said), along(decoder, prompt, said), tuple(texts),
                  meanings([meaning(each) for each in texts], texts, p), drawn)
        )  # fmt: skip
    return found


def through_cache_and_at_once(decoder: Decoder, found: Sequence[Asked]) -> list[float]:
    """How far the probabilities of drawn answers, token by token through the cache, lie from those of one pass; nats
    an answer."""
    gaps = list[float]()
    with torch.inference_mode():
        for each in found:
            gap = (trainer(decoder, each.rollouts) - each.rollouts.sampler).sum(1)
            gaps.append(float(gap.abs().max()))
    return gaps


# ---- invented people -------------------------------------------------------------------------------------------------


def questioned(seed: int, people: Sequence[Person], attribute: Attribute, samples: int, draw: int = 0) -> list[Asked]:
    """The model of that seed asked about people."""
    return asked(
        invented.decoder("whole", seed),
        invented.encoded([each.asked(attribute) for each in people]),
        samples,
        lambda text: value_of(text, attribute) or plain(text),
        invented.spoken,
        end=invented.END,
        longest=invented.LONGEST,
        seed=draw,
    )


@dataclass(frozen=True, eq=False)
class Cases:
    """People of two kinds, half of each to fit probes on: the others are what all signals are measured on."""

    known: tuple[Person, ...]
    unknown: tuple[Person, ...]

    @property
    def all(self) -> tuple[Person, ...]:
        return (*self.known, *self.unknown)

    @property
    def guessed(self) -> Bool[Tensor, " person"]:
        """Whether the person is unknown."""
        return torch.tensor([False] * len(self.known) + [True] * len(self.unknown))

    @property
    def fitted(self) -> Bool[Tensor, " person"]:
        """Every second one of each kind."""
        return torch.tensor([at % 2 == 1 for group in (self.known, self.unknown) for at in range(len(group))])


def cases(count: int, against: Read = "never") -> Cases:
    """As many known people as unknown ones. Raises BadRequestError for those who are read often."""
    if against == "often":
        raise BadRequestError("People who are read often are the known ones.", "Choose rarely or never.")
    unknown = invented.people(against, count)
    return Cases(tuple(invented.people("often", len(unknown))), tuple(unknown))


@dataclass(frozen=True, eq=False)
class Told:
    """What the model of one seed says of all people."""

    seed: int
    cases: Cases
    right: tuple[bool, ...]
    """Whether the likeliest answer is the rule's own."""
    scores: dict[str, tuple[float, ...]]
    """By signal, of the people on whom no probe was fitted, in the order of `cases`."""
    probe_depths: Float[Tensor, "kind depth case"]
    """Log odds of `PROBES` at every depth."""
    depth: int
    """That `scores` has."""
    gap: float
    """Of `through_cache_and_at_once` on some."""

    @property
    def guessed(self) -> list[bool]:
        return self.cases.guessed[~self.cases.fitted].tolist()


def told(seed: int, which: Cases, attribute: Attribute, samples: int) -> Told:
    found = questioned(seed, which.all, attribute, samples)
    made = invented.decoder("whole", seed)
    stream = invented.last_streams(made, invented.encoded([each.asked(attribute) for each in which.all]))
    signals, held = [each.signals() for each in found], ~which.fitted
    entropy = torch.tensor([each["discrete"] for each in signals])
    kinds = probe_labels(which, entropy, seed)
    by_depth = torch.stack(
        [torch.stack([_odds(x, labels, which.fitted)[held] for x in stream]) for labels in kinds]
    )  # kind depth case
    depth = len(made.blocks) // 2
    scores = {name: tuple(one[name] for one, keep in zip(signals, held.tolist(), strict=True) if keep)
              for name in WITHOUT_TRUTH}  # fmt: skip
    scores |= {name: tuple(by_depth[at, depth].tolist()) for at, name in enumerate(PROBES)}
    right = tuple(
        value_of(one.answer, attribute) == person.facts[attribute] for one, person in zip(found, which.all, strict=True)
    )
    gap = max(through_cache_and_at_once(made, found[:: max(1, len(found) // 8)]))
    return Told(seed, which, right, scores, by_depth, depth, gap)


def probe_labels(which: Cases, entropy: Float[Tensor, " person"], seed: int) -> list[Bool[Tensor, " person"]]:
    """The truth; whether the entropy over samples is above the median of the people fitted on; the truth shuffled."""
    above = entropy > entropy[which.fitted].median()
    shuffled = which.guessed.clone()
    places = which.fitted.nonzero()[:, 0]
    order = torch.randperm(len(places), generator=torch.Generator().manual_seed(seed))
    shuffled[places] = which.guessed[places[order]]
    return [which.guessed, above, shuffled]


def _odds(x: Tensor, labels: Tensor, fitted: Tensor) -> Tensor:
    """Log odds of all cases by a probe on those fitted; NaN where these are all of one kind."""
    own = labels[fitted]
    if bool(own.all()) or not bool(own.any()):
        return torch.full((len(x),), math.nan, dtype=torch.float64)
    return linear_probes.logistic(x[fitted], own, RIDGE)(x).double()


def measured(
    count: int, against: Read, attribute: Attribute, samples: int, tell: Ticks = unheard
) -> Iterator[list[Told]]:
    """The models of all seeds, one after the other."""
    which, made, seeds = cases(count, against), list[Told](), invented.seeds()
    for done, seed in enumerate(seeds):
        tell(done, len(seeds))
        made.append(told(seed, which, attribute, samples))
        yield made


@dataclass(frozen=True, eq=False)
class Beside:
    """A known and an unknown person's answers, with a probe that was fitted on others."""

    people: tuple[Person, Person]
    asked: tuple[Asked, Asked]
    odds: tuple[float, float]
    """The probe's log odds that the person is unknown, before the answer's first token, where it was fitted."""
    depth: int
    fitted: int
    """People that the probe was fitted on."""
    others: dict[str, tuple[tuple[float, ...], tuple[float, ...]]]
    """Each signal of the people shown in turn, known and unknown, to compare with."""
    gap: float


def beside(seed: int, at: int, count: int, attribute: Attribute, samples: int) -> Beside:
    """at: which of the people on whom no probe is fitted."""
    which = cases(count)
    held = ~which.fitted
    places = [held.nonzero()[:, 0].tolist()[part] for part in (slice(None, int(held.sum()) // 2),
                                                              slice(int(held.sum()) // 2, None))]  # fmt: skip
    chosen = [group[at % len(group)] for group in places]
    made, found = invented.decoder("whole", seed), questioned(seed, which.all, attribute, samples)
    stream = invented.last_streams(made, invented.encoded([each.asked(attribute) for each in which.all]))
    depth = len(made.blocks) // 2
    probe = linear_probes.logistic(stream[depth][which.fitted], which.guessed[which.fitted], RIDGE)
    pair = found[chosen[0]], found[chosen[1]]
    odds = tuple(float(probe(each.along.stream[depth, :1])) for each in pair)
    signals = [each.signals() for each in found]
    others = {
        name: (tuple(signals[at][name] for at in places[0]), tuple(signals[at][name] for at in places[1]))
        for name in WITHOUT_TRUTH
    }
    return Beside((which.all[chosen[0]], which.all[chosen[1]]), pair, (odds[0], odds[1]), depth,
                  int(which.fitted.sum()), others, max(through_cache_and_at_once(made, pair)))  # fmt: skip


def of_transformers(each: Asked, prompt: Sequence[int]) -> list[float]:
    """The entropy before each token of the likeliest answer, by transformers' Llama on the first seed's weights."""
    theirs = invented.library("whole", invented.seeds()[0])
    with torch.inference_mode():
        logits = theirs(torch.tensor([[*prompt, *each.along.ids]])).logits[0, len(prompt) - 1 : -1].double()
    return torch.distributions.Categorical(logits=logits).entropy().tolist()
