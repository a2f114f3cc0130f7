"""A policy that has gone some steps on a batch of pairs, and what one more step does to the first of them.

A step of length L goes down the gradient of the loss. The loss is a function of the answers' log-probabilities, so its
gradient is a sum over answers, each answer's own gradient times its weight (`Terms.raises`, `Terms.lowers`)::

    step        theta += L u / |u|,      u = sum over pairs of  raises grad log p(chosen) - lowers grad log p(rejected)
    predicted   log p(a) moves by about  L / |u|  sum over the terms of  <grad log p(a), term>

The inner products say which term moves an answer. Beside them stands the change that is measured: over a short way on
both sides, where the loss is nearly a plane, and over the whole step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.experiments.finetuning.pairs_drawn import InTokens, rows_of
from explorer.experiments.finetuning.sft import ALPHA, R, roles_of
from explorer.fetching.progress import Progress, silent
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.preferences.methods import NAMES, Batch, Name, Settings, terms
from explorer.stack.finetuning.preferences.pairs import Compared, Terms
from explorer.stack.finetuning.preferences.sequences import Answers
from explorer.stack.finetuning.preferences.training import PairRows, Preferred, Reading, part
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.batches import Trainable
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run
from explorer.stack.pretraining.train import Settings as Training
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

Gradient = dict[str, Tensor]
#: By how much the answer that moves most is moved where a slope is measured, in nats.
NUDGE = 0.02
#: Blocks that are trained, the last ones.
BLOCKS = 4


@dataclass(frozen=True)
class Recipe:
    """How the policy came to where it stands."""

    method: Name = "dpo"
    settings: Settings = field(default_factory=Settings)
    rate: float = 0.001
    steps: int = 0
    seed: int = 0


@dataclass(frozen=True)
class OneBatch:
    """A course that is the same pairs at each step, and measures nothing by itself."""

    pairs: PairRows

    def batch(self, step: int) -> PairRows:  # noqa: ARG002
        return self.pairs

    def losses(self, model: Trainable[PairRows], everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}


@dataclass(eq=False)
class Standing:
    """A policy where it stands."""

    pairs: list[InTokens]
    rows: PairRows
    policy: Preferred
    recipe: Recipe
    way: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    """The log-ratios of chosen and rejected answers before the first step, and after each."""
    answers: Answers | None = None
    """Token by token, now."""
    losses: dict[Name, Terms] = field(default_factory=dict)
    """What each loss makes of the batch now; empty before `compared`."""
    kl: float = 0.0
    """KTO's z."""

    @property
    def blocks(self) -> int:
        """That are trained."""
        return min(BLOCKS, len(self.policy.tuned.decoder.blocks))


def first_block(decoder: Decoder) -> int:
    """From which on something is trained."""
    return max(0, decoder.config.n_layers - BLOCKS)


def adapted(decoder: Decoder, seed: int) -> Tuned:
    """The decoder with a LoRA at all linear layers of its last blocks, which changes nothing yet."""
    generator = torch.Generator().manual_seed(seed)
    made = methods.lora(decoder, roles_of(decoder), R, ALPHA, start="gaussian", generator=generator)
    first = first_block(decoder)
    kept = {name: change for name, change in made.changes.items() if int(name.split(".")[1]) >= first}
    return Tuned(decoder, Adapter(kept))


def training(recipe: Recipe, tokens: int) -> Training:
    """AdamW at one rate, without decay."""
    steps = max(recipe.steps, 1)
    return Training(Schedule("constant", recipe.rate, 0.0, 0, steps), tokens, weight_decay=0.0, betas=(0.9, 0.999))


def standing(
    decoder: Decoder, pairs: list[InTokens], recipe: Recipe, progress: Progress = silent
) -> Iterator[Standing]:
    """Yields before the first step and after each. Raises NotFiniteError."""
    rows = rows_of(decoder, pairs, first_block(decoder), progress=progress)
    policy = Preferred(adapted(decoder, recipe.seed), recipe.method, recipe.settings)
    made = Standing(pairs, rows, policy, recipe)
    run = Run(policy, OneBatch(rows), training(recipe, int(rows.answers.rows.ids.numel())))
    _look(made)
    yield made
    for step in range(recipe.steps):
        progress("Training steps", step, recipe.steps)
        with torch.enable_grad():
            run.step()
        _look(made)
        yield made


@torch.no_grad()
def compared(made: Standing, progress: Progress = silent) -> None:
    """What every loss makes of the batch where the policy stands."""
    for name in NAMES:
        progress("Losses", len(made.losses), len(NAMES))
        assert made.answers is not None
        batch = made.policy.completed(made.rows, made.answers, name)
        made.losses[name] = terms(name, batch, made.recipe.settings)
        if batch.mismatched is not None:
            made.kl = max(float(batch.mismatched.mean()), 0.0)


@torch.no_grad()
def _look(made: Standing) -> None:
    batch, made.answers = made.policy.batch(made.rows, "dpo")
    made.way.append((batch.pairs.chosen_ratio, batch.pairs.rejected_ratio))


@dataclass(frozen=True, eq=False)
class Fallen:
    """One more step, and what it does to both answers of the first pair."""

    standing: Standing
    terms: Terms
    names: tuple[str, ...]
    """Of the terms that are summed."""
    predicted: Float[Tensor, "answer term"]
    """Of the chosen answer and the rejected one, the change by each term: an inner product times the step."""
    slope: Float[Tensor, " answer"]
    """The change over the whole step, if it went on as over a short way, measured."""
    norms: tuple[float, float]
    """Of the two answers' gradients."""
    cosine: float
    length: float
    gradient: float
    """|u|."""
    by_hand: float
    """How far u is from the gradient of the loss by autograd, as a share of it."""
    before: Answers
    after: Answers
    alone: tuple[Answers, Answers]
    """After the chosen term alone, and after the rejected one alone, each as long as it is within the step."""


def fallen(made: Standing, length: float, *, alone: bool, progress: Progress = silent) -> Fallen:
    """alone: the step is that of the first pair's loss, not of the batch's. Raises BadRequestError for no gradient."""
    policy, rows, n = made.policy, made.rows, made.rows.pairs
    tell = _counted(progress, 6)
    tell()
    with torch.enable_grad():
        weighed, found = policy.terms(rows)
        whole = _gradient(policy, -weighed.total)
    tell()
    of_chosen, of_rejected, parts = _parts(policy, rows, weighed)
    apart = _norm(_sum([*parts.values(), _times(whole, -1.0)])) / max(_norm(whole), 1e-12)
    tell()
    kept = dict(list(parts.items())[:2]) if alone else parts
    u = _sum(list(kept.values()))
    size = _norm(u)
    if size < 1e-9:
        raise BadRequestError(
            "The gradient is nought: this loss asks nothing more of these pairs.",
            "Choose fewer steps, or another loss.",
        )
    by, own = length / size, rows.answers[[0, n]]
    predicted = torch.tensor([[by * _dot(each, term) for term in kept.values()] for each in (of_chosen, of_rejected)])
    tell()
    # Over a short way on both sides, so that a curve cancels.
    share = min(NUDGE / max(float(predicted.sum(1).abs().max()), 1e-9), 1.0)
    ahead, back = (_moved(policy, own, u, sign * share * by) for sign in (1, -1))
    tell()
    after, *lone = (_moved(policy, own, each, by) for each in (u, *list(kept.values())[:2]))
    norms = _norm(of_chosen), _norm(of_rejected)
    cosine = _dot(of_chosen, of_rejected) / max(norms[0] * norms[1], 1e-12)
    before = part(Answers(found.logp.detach(), found.learnt, found.marked), [0, n])
    return Fallen(
        made, weighed, tuple(kept), predicted, (ahead.total - back.total) / (2 * share), norms, cosine, length, size,
        apart, before, after, (lone[0], lone[1]),
    )  # fmt: skip


def _parts(policy: Preferred, rows: PairRows, weighed: Terms) -> tuple[Gradient, Gradient, dict[str, Gradient]]:
    """The gradients of the first pair's two answers, and of each term: an answer's weight times its log-probability."""
    n = rows.pairs
    raises, lowers = (each.detach() / n for each in (weighed.raises, weighed.lowers))

    def total(which: Sequence[int], weights: Tensor) -> Gradient:
        with torch.enable_grad():
            return _gradient(policy, (weights * policy.scored(rows.answers[which]).total).sum())

    of_chosen, of_rejected = total([0], torch.ones(1)), total([n], torch.ones(1))
    parts = {
        "the chosen answer, raised": _times(of_chosen, float(raises[0])),
        "the rejected answer, lowered": _times(of_rejected, -float(lowers[0])),
    }
    if n > 1:
        parts["the other chosen answers"] = total(range(1, n), raises[1:])
        parts["the other rejected answers"] = total(range(n + 1, 2 * n), -lowers[1:])
    if weighed.beside is not None and rows.texts is not None:
        with torch.enable_grad():
            text = policy.scored(rows.texts)
            parts["cross-entropy of the chosen texts"] = _gradient(policy, text.total.sum() / text.tokens.sum())
    return of_chosen, of_rejected, parts


@torch.no_grad()
def _moved(policy: Preferred, answers: Reading, along: Gradient, by: float) -> Answers:
    """The answers where the policy would stand; it is put back bit for bit."""
    weights = dict(policy.named_parameters())
    kept = {name: weights[name].clone() for name in along}
    for name, direction in along.items():
        weights[name].add_(direction, alpha=by)
    found = policy.scored(answers)
    for name, before in kept.items():
        weights[name].copy_(before)
    return found


def _gradient(policy: Preferred, of: Tensor) -> Gradient:
    names, weights = zip(*policy.named_parameters(), strict=True)
    found = torch.autograd.grad(of, weights, allow_unused=True)
    return {name: each for name, each in zip(names, found, strict=True) if each is not None}


def _times(of: Gradient, by: float) -> Gradient:
    return {name: each * by for name, each in of.items()}


def _sum(of: list[Gradient]) -> Gradient:
    names = {name: None for each in of for name in each}
    return {name: torch.stack([each[name] for each in of if name in each]).sum(0) for name in names}


def _dot(one: Gradient, other: Gradient) -> float:
    return float(
        torch.stack([(one[name].double() * other[name].double()).sum() for name in one if name in other]).sum()
    )


def _norm(of: Gradient) -> float:
    return _dot(of, of) ** 0.5


def _counted(progress: Progress, whole: int) -> Callable[[], None]:
    done = iter(range(whole))
    return lambda: progress("Gradients and passes", next(done), whole)


def weights_apart(made: Standing, by: float = 1e-4) -> float:
    """How far the weights of each loss are from its slopes, by differences; a share of the batch's largest weight."""
    assert made.answers is not None
    pairs = _doubled(made.policy.completed(made.rows, made.answers, "dpo").pairs)
    apart: list[float] = []
    mismatched = torch.tensor([made.kl], dtype=torch.float64)
    for name in NAMES:

        def of(chosen: float, rejected: float, name: Name = name) -> Terms:
            moved = replace(pairs, chosen=pairs.chosen + chosen, rejected=pairs.rejected + rejected)
            return terms(name, Batch(moved, mismatched), made.recipe.settings)

        raises = (of(-by, 0.0).loss - of(by, 0.0).loss) / (2 * by)
        lowers = (of(0.0, by).loss - of(0.0, -by).loss) / (2 * by)
        found = of(0.0, 0.0)
        size = torch.stack([found.raises, found.lowers]).abs().max().clamp_min(1e-6)
        apart.append(float(torch.stack([raises - found.raises, lowers - found.lowers]).abs().max() / size))
    return worst(apart)


def _doubled(pairs: Compared) -> Compared:
    return replace(
        pairs, chosen=pairs.chosen.double(), rejected=pairs.rejected.double(),
        reference_chosen=pairs.reference_chosen.double(), reference_rejected=pairs.reference_rejected.double(),
    )  # fmt: skip
