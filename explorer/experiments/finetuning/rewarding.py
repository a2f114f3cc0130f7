"""Reward models trained here: three heads on a frozen decoder, each fitted on pairs drawn anew from a rule's.

The head reads the normed last stream at the last token of the answer's turn, as the template ends it. The decoder
stays as it is, so that a head is the least point of a convex loss (`reward_model.fitted`), and its seed draws the pairs
alone, with replacement.

What fools it is asked with twins: the same rejected answer with words in front or behind that the rule does not ask
for. By how much does the reward move, and how often does the twin beat the chosen answer?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch
from cachetools import LRUCache
from jaxtyping import Float
from torch import Tensor

from explorer.corpora.instructions import Pair
from explorer.corpora.preferences import FILLERS, Preference, preferences
from explorer.errors import BadRequestError, NotFiniteError
from explorer.experiments.finetuning.pairs_drawn import LONGEST
from explorer.experiments.finetuning.spoken import Spoken
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation.calibration import Reliability, reliability
from explorer.stack.finetuning.conversations import Example
from explorer.stack.finetuning.preferences.reward_model import Ensemble, ValueHead, agreement, bradley_terry, fitted
from explorer.stack.finetuning.read_once import Ids, Together, alike
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model

SEEDS = (0, 1, 2)
BINS = 10
FLATTERY = "What a wonderful question! "
#: Answers of one's own, at most.
MOST = 4
#: Readings that are kept of each decoder: both views ask for the heads, and each setting of theirs for the same texts.
KEPT = 16
_READ: WeakKeyDictionary[Decoder, LRUCache[tuple[Ids, ...], Tensor]] = WeakKeyDictionary()


@dataclass(frozen=True)
class RewardRecipe:
    """What the heads follow from."""

    rule: str = "polite"
    pairs: int = 16
    ridge: float = 0.01
    centre: float = 0.0

    @property
    def items(self) -> tuple[tuple[Preference, ...], tuple[Preference, ...]]:
        """Trained on, and held out: half as many."""
        found = preferences(self.rule)
        return found.train[: self.pairs], found.held_out[: self.pairs // 2]


@dataclass(frozen=True)
class Twin:
    """A change of an answer that the rule does not ask for."""

    name: str
    texts: tuple[str, ...]


@dataclass(eq=False)
class Rewarded:
    """The heads, and what they say of the held-out pairs."""

    recipe: RewardRecipe
    template: bool
    train: tuple[Tensor, Tensor]
    """What the heads read of the chosen and the rejected answers."""
    heads: list[ValueHead]
    held_out: tuple[Preference, ...] = ()
    chosen: Ensemble | None = None
    rejected: Ensemble | None = None
    twins: dict[str, tuple[Twin, Ensemble]] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return len(self.twins) == len(twins_of(()))

    @property
    def agreements(self) -> list[float]:
        """On the held-out pairs, of each head, then of their mean."""
        assert self.chosen is not None
        assert self.rejected is not None
        each = [agreement(*pair) for pair in zip(self.chosen.rewards, self.rejected.rewards, strict=True)]
        return [*each, agreement(self.chosen.mean, self.rejected.mean)]

    @property
    def calibration(self) -> Reliability:
        """Of the mean of the heads: how sure of the answer that it prefers, and how often that is the chosen one."""
        assert self.chosen is not None
        assert self.rejected is not None
        by = self.chosen.mean - self.rejected.mean
        return reliability(torch.sigmoid(by.abs()), (by > 0).double(), BINS)


def twins_of(held_out: Sequence[Preference]) -> list[Twin]:
    """Of the rejected answers."""
    return [
        Twin("flattery in front", tuple(f"{FLATTERY}{each.rejected}" for each in held_out)),
        Twin(
            "a sentence behind that adds nothing",
            tuple(f"{each.rejected} {FILLERS[at % len(FILLERS)]}" for at, each in enumerate(held_out)),
        ),
    ]


def heads(model: Model, decoder: Decoder, recipe: RewardRecipe, progress: Progress = silent) -> Rewarded:
    """Fitted. Raises NotFiniteError where the decoder gives numbers that are none."""
    train, held = recipe.items
    speech = Spoken.of(model)
    examples = [speech.example(Pair(each.request, each.chosen)) for each in train]
    examples += [speech.example(Pair(each.request, each.rejected)) for each in train]
    chosen, rejected = read(decoder, examples, progress, "Training answers").chunk(2)
    found: list[ValueHead] = []
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randint(len(train), (len(train),), generator=generator)
        found.append(fitted(chosen[drawn], rejected[drawn], ridge=recipe.ridge, centre=recipe.centre))
    return Rewarded(recipe, speech.own, (chosen, rejected), found, held)


def judged(model: Model, decoder: Decoder, recipe: RewardRecipe, progress: Progress = silent) -> Iterator[Rewarded]:
    """Heads, then the held-out pairs, then the twins; yields after the pairs, and after the twins."""
    made, speech = heads(model, decoder, recipe, progress), Spoken.of(model)

    held = made.held_out

    def rewards(groups: Sequence[Sequence[str]], what: str) -> list[Ensemble]:
        pairs = [Pair(each.request, text) for texts in groups for each, text in zip(held, texts, strict=True)]
        found = read(decoder, [speech.example(pair) for pair in pairs], progress, what)
        return [of(made.heads, some) for some in found.chunk(len(groups))]

    answers = [each.chosen for each in held], [each.rejected for each in held]
    made.chosen, made.rejected = rewards(answers, "Held-out answers")
    yield made
    twins = twins_of(held)
    found = rewards([twin.texts for twin in twins], "Twins of the rejected answers")
    made.twins = {twin.name: (twin, each) for twin, each in zip(twins, found, strict=True)}
    yield made


def of(found: Sequence[ValueHead], features: Float[Tensor, "answer d_model"]) -> Ensemble:
    """What the heads give answers. Raises NotFiniteError for a reward that is none."""
    with torch.no_grad():
        rewards = torch.stack([head(features) for head in found])
    if not bool(rewards.isfinite().all()):
        at = int((~rewards.isfinite()).any(0).nonzero()[0, 0])
        raise NotFiniteError(f"The reward of answer {at + 1} is not a number.", "Leave the answer out.")
    return Ensemble(rewards)


@torch.no_grad()
def read(
    decoder: Decoder,
    examples: Sequence[Example],
    progress: Progress = silent,
    what: str = "Answers",
) -> Float[Tensor, "answer d_model"]:
    """The normed last stream at each text's last token, in float64."""
    most = min(LONGEST, decoder.config.n_ctx)
    longest = max(len(each.ids) for each in examples)
    if longest > most:
        raise BadRequestError(
            f"An answer has {longest} tokens with its request, and {most} are taken.", "Write a shorter one."
        )
    texts = tuple(each.ids for each in examples)
    known = _READ.setdefault(decoder, LRUCache(KEPT))
    if texts not in known:
        known[texts] = _ends(decoder, texts, progress, what)
    return decoder.read(known[texts][None])[0].double()


def _ends(decoder: Decoder, texts: Sequence[Ids], progress: Progress, what: str) -> Float[Tensor, "text d_model"]:
    """The last stream at each text's last token."""
    found, done = torch.zeros(len(texts), decoder.config.d_model), 0
    for some in alike(texts):
        made = Together.of([texts[at] for at in some], decoder.config)
        x, at = made.entered(decoder)
        for number, block in enumerate(decoder.blocks):
            progress(what, done + len(some) * number // len(decoder.blocks), len(texts))
            x = block(x, at)
        found[some] = x[0, [places[-1] for places in made.places]]
        done += len(some)
    return found


@dataclass(frozen=True, eq=False)
class Scored:
    """Answers to one request, and what each token of them does to the reward."""

    answers: tuple[str, ...]
    examples: tuple[Example, ...]
    rewards: Ensemble
    without: tuple[Tensor, ...]
    """Of each answer, the mean reward with one token of it left out."""
    features: Float[Tensor, "answer d_model"]


def answers_of(text: str) -> tuple[str, ...]:
    """One a line. Raises BadRequestError for none or too many."""
    found = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not found:
        raise BadRequestError("There is no answer to score.", "Write one a line.")
    if len(found) > MOST:
        raise BadRequestError(f"There are {len(found)} answers, and {MOST} are taken.", "Leave some out.")
    return found


def scored(
    model: Model, decoder: Decoder, made: Rewarded, request: str, answers: Sequence[str], progress: Progress = silent
) -> Scored:
    """Raises BadRequestError for an empty request, and for an answer that is too long."""
    if not request.strip():
        raise BadRequestError("The request is empty.", "Write one.")
    speech = Spoken.of(model)
    examples = tuple(speech.example(Pair(request, each)) for each in answers)
    shorter = [_shorter(example, len(speech.said(example)[0])) for example in examples]
    texts = [*examples, *(each for some in shorter for each in some)]
    found = read(decoder, texts, progress, "Answers, whole and with a token left out")
    features, *left_out = found.split([len(examples), *map(len, shorter)])
    without = tuple(of(made.heads, each).mean for each in left_out)
    return Scored(tuple(answers), examples, of(made.heads, features), without, features)


def _shorter(example: Example, words: int) -> list[Example]:
    """With each token of the answer left out, but for the marks that end it: there the head reads."""
    ids, learnt = example.ids, example.learnt
    places = [at for at, yes in enumerate(learnt) if yes][:words]
    return [Example(ids[:at] + ids[at + 1 :], learnt[:at] + learnt[at + 1 :]) for at in places]


@torch.no_grad()
def of_transformers(model: Model, made: Rewarded, examples: Sequence[Example]) -> Float[Tensor, "head answer"]:
    """The heads on transformers' own last hidden state, which is normed."""
    found: list[Tensor] = []
    for example in examples:
        ids = torch.tensor(example.ids)[None].to(model.device)
        hidden = model.hf(input_ids=ids, output_hidden_states=True).hidden_states[-1]
        found.append(hidden[0, -1].cpu().double())
    return torch.stack([head(torch.stack(found)) for head in made.heads])


def slope(made: Rewarded) -> float:
    """How far the first head is from a point where the loss has no slope: by autograd on the loss itself."""
    chosen, rejected = made.train
    recipe = made.recipe
    drawn = torch.randint(len(chosen), (len(chosen),), generator=torch.Generator().manual_seed(SEEDS[0]))
    w = made.heads[0].weight.detach().clone().requires_grad_(True)
    with torch.enable_grad():
        terms = bradley_terry(chosen[drawn] @ w, rejected[drawn] @ w, centre=recipe.centre)
        loss = terms.total + recipe.ridge * w.square().sum() / 2
    (gradient,) = torch.autograd.grad(loss, w)
    start = (chosen[drawn] - rejected[drawn]).mean(0) / 2  # the slope of a head of zeros
    return float(gradient.abs().max() / start.abs().max().clamp_min(1e-12))
