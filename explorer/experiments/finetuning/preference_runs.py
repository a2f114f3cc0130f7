"""The same pairs under two losses: two adapters begin alike, see the same pairs at each step, and part.

Held-out pairs say where both stand: log-ratios, margins, the share of pairs whose margin is above 0. How far a policy
has gone from its reference is measured along answers to one prompt that it draws itself, at temperature 1::

    KL a token = mean over the tokens drawn of  sum over v of  p(v) (ln p(v) - ln p_ref(v))

with the whole vocabulary at each place. Few answers are drawn, so that it is an estimate. Beside them stands the one
that is written with the likeliest token each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch

from explorer.corpora.instructions import Pair
from explorer.corpora.preferences import preferences
from explorer.experiments.finetuning.pairs_drawn import InTokens, in_tokens, rows_of
from explorer.experiments.finetuning.preferring import OneBatch, adapted, first_block
from explorer.experiments.finetuning.spoken import Spoken
from explorer.fetching.progress import Progress, silent
from explorer.stack.finetuning.adapter import merged
from explorer.stack.finetuning.conversations import Example, padded
from explorer.stack.finetuning.preferences.methods import TITLES, Name, Settings
from explorer.stack.finetuning.preferences.training import PairRows, Preferred, Reading, scored
from explorer.stack.finetuning.rollouts import roll
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run
from explorer.stack.pretraining.train import Settings as Training
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model

#: Pairs of a step; times that it is measured on the way; answers that are drawn then, and new tokens of each.
AT_ONCE, MEASURED, DRAWN, NEW = 2, 2, 4, 12
NEWS_S = 0.5


@dataclass(frozen=True)
class RunRecipe:
    """All that both trainings follow from."""

    rule: str = "polite"
    methods: tuple[Name, Name] = ("dpo", "ipo")
    settings: Settings = field(default_factory=Settings)
    pairs: int = 8
    rate: float = 0.0003
    steps: int = 12
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """Where a policy stands on the held-out pairs."""

    step: int
    chosen: float
    rejected: float
    right: float
    kl: float
    said: str


@dataclass(eq=False)
class Arm:
    """One loss, as far as it has come."""

    method: Name
    policy: Preferred
    run: Run[PairRows]
    measured: list[Measured] = field(default_factory=list)
    stopped: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.method]

    @property
    def step(self) -> int:
        return self.run.progress.step


@dataclass(frozen=True)
class Shuffled(OneBatch):
    """Every pair once, in an order of the epoch's own, before any pair again."""

    seed: int = 0

    def order(self, step: int) -> list[int]:
        found: list[int] = []
        epoch, skipped = divmod(step * AT_ONCE, self.pairs.pairs)
        while len(found) < skipped + AT_ONCE:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            found += torch.randperm(self.pairs.pairs, generator=generator).tolist()
            epoch += 1
        return found[skipped : skipped + AT_ONCE]

    def batch(self, step: int) -> PairRows:
        return self.pairs.some(self.order(step))


@dataclass(eq=False)
class Both:
    """Two trainings on the same pairs."""

    recipe: RunRecipe
    decoder: Decoder
    held: list[InTokens]
    held_rows: PairRows
    arms: list[Arm]
    speech: Spoken
    ask: str

    @property
    def done(self) -> bool:
        return all(
            arm.stopped or (arm.measured[-1:] and arm.measured[-1].step == self.recipe.steps) for arm in self.arms
        )


def trained(model: Model, decoder: Decoder, recipe: RunRecipe, ask: str, progress: Progress = silent) -> Iterator[Both]:
    """Both a step further in turns; yields whenever there is news. A training that loses its numbers stops by itself,
    at its last good step."""
    found, speech = preferences(recipe.rule), Spoken.of(model)
    train = in_tokens(model, found.train[: recipe.pairs])
    held = in_tokens(model, found.held_out[: max(2, recipe.pairs // 2)])
    first = first_block(decoder)
    apart = "kto" in recipe.methods
    rows, held_rows = (rows_of(decoder, each, first, apart=apart, progress=progress) for each in (train, held))
    made = Both(recipe, decoder, held, held_rows, [], speech, ask)
    settings = Training(
        Schedule("constant", recipe.rate, 0.0, 0, recipe.steps), int(rows.answers.rows.ids.shape[1]) * 2 * AT_ONCE,
        weight_decay=0.0, betas=(0.9, 0.999),
    )  # fmt: skip
    for method in recipe.methods:
        policy = Preferred(adapted(decoder, recipe.seed), method, recipe.settings)
        made.arms.append(Arm(method, policy, Run(policy, Shuffled(rows, recipe.seed), settings)))
    when = {round(recipe.steps * each / MEASURED) for each in range(MEASURED + 1)}
    told = time.monotonic()
    for step in range(recipe.steps + 1):
        tick = partial(progress, "Training steps", step, recipe.steps)
        if step == 0:  # neither has moved
            at_first = _measured(made, made.arms[0], tick)
            for arm in made.arms:
                arm.measured.append(at_first)
        for arm in made.arms:
            if step and step in when and not arm.stopped:
                arm.measured.append(_measured(made, arm, tick))
        if step in when or time.monotonic() - told > NEWS_S:
            told = time.monotonic()
            yield made
        if step == recipe.steps or all(arm.stopped for arm in made.arms):
            break
        for arm in made.arms:
            tick()
            _stepped(arm)
    if not made.done or any(arm.stopped for arm in made.arms):
        yield made


def _stepped(arm: Arm) -> None:
    if arm.stopped:
        return
    try:
        with torch.enable_grad():
            arm.run.step()
    except NotFiniteError as error:
        arm.stopped = str(error)


@torch.no_grad()
def _measured(made: Both, arm: Arm, tick: partial[None]) -> Measured:
    batch, _ = arm.policy.batch(made.held_rows, "dpo")
    tick()
    kl, said = answers(made, arm.policy.tuned.decoder, tick)
    pairs = batch.pairs
    return Measured(
        arm.step,
        float(pairs.chosen_ratio.mean()),
        float(pairs.rejected_ratio.mean()),
        float((pairs.margin > 0).float().mean()),
        kl,
        said,
    )


@torch.no_grad()
def answers(made: Both, policy: Decoder, tick: Callable[[], None] = lambda: None) -> tuple[float, str]:
    """KL a token along answers to the prompt that the policy draws; and the answer of the likeliest tokens."""
    example = made.speech.example(Pair(made.ask, "."))
    prompt, (_, end) = made.speech.asked(example), made.speech.said(example)
    generator = torch.Generator().manual_seed(made.recipe.seed)
    rolled = roll(
        policy, [prompt], group=1 + DRAWN, longest=NEW, end=end, generator=generator, greedy=True, told=tick
    )  # fmt: skip
    likeliest, *drawn = rolled.answers
    return kl_a_token(policy, made.decoder, prompt, drawn), made.speech.decode(
        [each for each in likeliest if each != end]
    )


@torch.no_grad()
def kl_a_token(policy: Decoder, reference: Decoder, prompt: Sequence[int], drawn: Sequence[Sequence[int]]) -> float:
    """With the whole vocabulary at each place; the two are alike before the reference's `first_block`."""
    return kl_along(policy, reference, [answer_of(prompt, each) for each in drawn])


def answer_of(prompt: Sequence[int], answer: Sequence[int]) -> Example:
    """A prompt and its answer, of which each token is learnt."""
    return Example((*prompt, *answer), (False,) * len(prompt) + (True,) * len(answer))


@torch.no_grad()
def kl_along(policy: Decoder, reference: Decoder, texts: Sequence[Example]) -> float:
    """KL a token along the answers of these texts, as `kl_a_token`."""
    reading = Reading.of(reference, padded(texts), first_block(reference))
    ours, theirs = (torch.log_softmax(reading.said(each).double(), -1) for each in (policy, reference))
    return float((ours.exp() * (ours - theirs)).sum(-1)[reading.asked[1]].mean())


@torch.no_grad()
def of_merged(made: Both, arm: Arm) -> float:
    """How far the first held-out pair's log-probabilities by the last blocks, with the adapter beside them, are from
    those of the whole decoder with the adapter merged in: the larger difference, in nats."""
    adapter = arm.policy.tuned.adapter
    assert adapter is not None
    rows = padded([made.held[0].chosen, made.held[0].rejected])
    whole = scored(merged(made.decoder, (adapter, 1.0)), Reading.of(made.decoder, rows, 0))
    parts = arm.policy.scored(made.held_rows.answers[[0, len(made.held)]])
    return float((whole.total - parts.total).abs().max())
