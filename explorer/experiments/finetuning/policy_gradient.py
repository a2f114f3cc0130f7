"""The same answers under eight estimators, by a policy that is fresh or has moved on.

Answers are drawn once, rewarded, and scored by three policies: the one that wrote them, and the same after 3 and 8
GRPO updates on these answers. For each policy, each prompt and all of them together, the gradient of each estimator's
coded loss is computed by autograd, and a step along it is really taken; norms, cosines and steps of the same are
predicted from one matrix of inner products of token gradients (`policy_moved`), which serves any other rewards too.

A step has the length at which GRPO's (all prompts, fresh policy) would change the tokens' log-probabilities by
`STEP` nats (root mean square, to first order); an update that makes the policy older, by `DRIFT`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.finetuning.policy_drawn import Drawn
from explorer.experiments.finetuning.policy_moved import Moved
from explorer.fetching.progress import Progress
from explorer.stack.finetuning.policy.by_name import NAMES, all_of
from explorer.stack.finetuning.policy.estimate import Estimate
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

#: Nats, of a step and of an update.
STEP, DRIFT = 0.1, 0.12
#: Updates since the answers were written.
AGES = (0, 3, 8)
#: So many times shorter is the step by which the prediction is held against the real change.
SHORTER = 50


@dataclass(frozen=True)
class Scope:
    """One prompt's answers, or all: what autograd says of each estimator there, and what its step does."""

    rows: tuple[int, ...]
    loss: tuple[float, ...]
    norm: tuple[float, ...]
    cosine: Float[Tensor, "estimator estimator"]
    """NaN where one of them has no gradient."""
    by_length: Float[Tensor, "estimator text"]
    """log-probability of each answer after a step of the length."""
    by_rate: Float[Tensor, "estimator text"]
    """After a step at the rate with which GRPO's has the length (Dr.GRPO's where GRPO has none)."""
    apart: float
    """Largest difference of norms and cosines from those of the matrix of inner products."""
    changed: float
    """Largest difference of predicted and real change under short steps, by the largest change."""


@dataclass(frozen=True)
class State:
    """One policy."""

    age: int
    """Updates taken: fewer than asked for where GRPO has no gradient left."""
    logp: Float[Tensor, "text token"]
    gram: Float[Tensor, "slot slot"]
    scopes: tuple[Scope, ...]
    """Each prompt's, then, where there are several, that of all."""


@dataclass(frozen=True)
class Swapped:
    """What has been measured so far."""

    drawn: Drawn
    states: tuple[State, ...]
    step: float
    """Its length, in parameters."""
    moved: int
    """Numbers that move."""
    whole: bool
    stuck: bool
    """No update moves the policy: GRPO has no gradient."""


def swapped(decoder: Decoder, made: Drawn, progress: Progress) -> Iterator[Swapped]:
    """State by state."""
    moved = Moved(decoder, made.texts)
    with torch.no_grad():
        sampler = moved.logp()
    everyone = tuple(range(len(made.of)))
    step, stuck = 0.0, False
    states = list[State]()
    n = len(made.asked.prompts)
    scopes = [tuple(i for i in everyone if made.groups[i] == at) for at in range(n)]
    scopes += [everyone] if n > 1 else []
    total = len(AGES) * (1 + len(scopes) * len(NAMES))
    done = 0

    def tick() -> None:
        nonlocal done
        progress("Gradients of token and estimator", done, total)
        done += 1

    age = 0
    for to in AGES:
        while age < to and _older(moved, made, sampler):
            age += 1
        stuck = to > 0 and age == 0
        tick()
        policy = _Policy(moved, made, sampler)
        if not states:
            step = policy.length(everyone, STEP)
        found = tuple(policy.scope(rows, step, tick) for rows in scopes)
        states.append(State(age, policy.logp, policy.gram, found))
        yield Swapped(made, tuple(states), step, moved.numbers, moved.whole, stuck)


class _Policy:
    """The moved part as it stands: everything that is asked of it."""

    def __init__(self, moved: Moved, made: Drawn, sampler: Tensor) -> None:
        self.moved, self.made, self.sampler = moved, made, sampler
        self.gram = moved.gram()
        with torch.no_grad():
            self.logp = moved.logp()

    def estimates(self, logp: Tensor, rows: Sequence[int]) -> dict[str, Estimate]:
        return estimates(self.made, logp, self.sampler, rows)

    def along(self, weight: Tensor, rows: Sequence[int]) -> Float[Tensor, " slot"]:
        """The weights of slots, from those of the tokens of some answers."""
        return slot_weights(self.made, weight, rows)

    def length(self, rows: Sequence[int], nats: float) -> float:
        """Of the step by GRPO that changes log-probabilities so; where it has no gradient, by PPO or REINFORCE. 0 where
        none has one: no reward differs from 0."""
        made = self.estimates(self.logp, rows)
        for name in ("GRPO", "PPO", "REINFORCE"):
            u = self.along(made[name].weight, rows)
            norm = float((u @ self.gram @ u).clamp(min=0).sqrt())
            if norm > 1e-9:
                slots = self.made.texts.slots[self.made.of][self.made.texts.mask[self.made.of]]
                return nats * norm / float((self.gram @ u)[slots].square().mean().sqrt())
        return 0.0

    def scope(self, rows: Sequence[int], step: float, tick: Callable[[], None]) -> Scope:
        with torch.enable_grad():
            logp = self.moved.logp()
            made = self.estimates(logp, rows)
            gradients = list[list[Tensor]]()
            for each in made.values():
                tick()
                gradients.append(_descent(each, self.moved.weights))
        flat = [torch.cat([part.flatten() for part in each]).double() for each in gradients]
        norms = torch.stack([each.norm() for each in flat])
        live = norms > 1e-9 * float(norms.max().clamp(min=1))
        cosine = torch.tensor([[float(a @ b / (a.norm() * b.norm())) for b in flat] for a in flat], dtype=torch.float64)
        cosine[~live], cosine[:, ~live] = torch.nan, torch.nan
        first = next((at for at in (3, 4) if bool(live[at])), None)
        rate = 0.0 if first is None else step / float(norms[first])
        after = [
            [self._after(each, by) for each, by in zip(gradients, lengths, strict=True)]
            for lengths in (
                [step / float(n) if ok else 0.0 for n, ok in zip(norms, live, strict=True)],
                [rate if ok else 0.0 for ok in live],
            )
        ]
        return Scope(
            tuple(rows),
            tuple(each.value for each in made.values()),
            tuple(float(n) if ok else 0.0 for n, ok in zip(norms, live, strict=True)),
            cosine,
            torch.stack(after[0]),
            torch.stack(after[1]),
            self._apart(made, rows, norms, cosine),
            self._changed(made, rows, gradients, norms, live, step / SHORTER),
        )

    def _after(self, gradient: list[Tensor], by: float) -> Float[Tensor, " text"]:
        if not by:
            return self.logp.sum(1)
        with self.moved.stepped(gradient, by), torch.no_grad():
            return self.moved.logp().sum(1)

    def _vectors(self, made: dict[str, Estimate], rows: Sequence[int]) -> Float[Tensor, "estimator slot"]:
        return torch.stack([self.along(each.weight, rows) for each in made.values()])

    def _apart(self, made: dict[str, Estimate], rows: Sequence[int], norms: Tensor, cosine: Tensor) -> float:
        u = self._vectors(made, rows)
        inner = u @ self.gram @ u.T
        predicted = inner.diagonal().clamp(min=0).sqrt()
        by_hand = inner / (predicted[:, None] * predicted)
        off = ((predicted - norms).abs() / norms.max().clamp(min=1e-12)).max()
        both = ~cosine.isnan()
        return float(torch.cat([off[None], (by_hand - cosine).abs()[both]]).max())

    def _changed(
        self,
        made: dict[str, Estimate],
        rows: Sequence[int],
        gradients: list[list[Tensor]],
        norms: Tensor,
        live: Tensor,
        step: float,
    ) -> float:
        """Of two estimators that have a gradient: enough to tell a wrong matrix, in a fraction of the time."""
        texts = self.made.texts
        off, moved = list[float](), list[float]()
        u = self._vectors(made, rows)
        for at in live.nonzero().flatten()[:2].tolist():
            with self.moved.stepped(gradients[at], step / float(norms[at])), torch.no_grad():
                real = (self.moved.logp() - self.logp).double()[texts.mask]
            guess = (self.gram @ u[at])[texts.slots[texts.mask]] * step / float(norms[at])
            off.append(float((real - guess).abs().max()))
            moved.append(float(real.abs().max()))
        largest = worst(moved) if moved else 0.0
        return worst(off) / largest if largest else 0.0


def estimates(made: Drawn, logp: Tensor, sampler: Tensor, rows: Sequence[int]) -> dict[str, Estimate]:
    """All eight, over some of the answers."""
    keep = torch.zeros(len(made.of), dtype=torch.bool)
    keep[list(rows)] = True
    values = made.values[made.of][keep].to(logp.dtype)
    return all_of(made.scored(logp, sampler).only(keep), values, made.longest)


def slot_weights(made: Drawn, weight: Tensor, rows: Sequence[int]) -> Float[Tensor, " slot"]:
    of = made.of[list(rows)]
    mask = made.texts.mask[of]
    found = torch.zeros(made.texts.count, dtype=torch.float64)
    return found.index_add(0, made.texts.slots[of][mask], weight[mask].double())


def _descent(made: Estimate, weights: Sequence[Tensor]) -> list[Tensor]:
    """Minus the gradient of the coded loss, by autograd."""
    if not made.loss.requires_grad:
        return [torch.zeros_like(each) for each in weights]
    found = torch.autograd.grad(made.loss, list(weights), retain_graph=True, allow_unused=True)
    return [torch.zeros_like(w) if g is None else -g for w, g in zip(weights, found, strict=True)]


def _older(moved: Moved, made: Drawn, sampler: Tensor) -> bool:
    """One GRPO update on all answers. False where it has no gradient."""
    rows = range(len(made.of))
    policy = _Policy(moved, made, sampler)
    with torch.enable_grad():
        gradient = _descent(estimates(made, moved.logp(), sampler, rows)["GRPO"], moved.weights)
    norm = float(torch.cat([each.flatten() for each in gradient]).double().norm())
    u = policy.along(estimates(made, policy.logp, sampler, rows)["GRPO"].weight, rows)
    if norm < 1e-9 or not bool(u.any()):
        return False
    slots = made.texts.slots[made.of][made.texts.mask[made.of]]
    reach = float((policy.gram @ u)[slots].square().mean().sqrt()) / norm
    moved.move(gradient, DRIFT / reach / norm)
    return True
