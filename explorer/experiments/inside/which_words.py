"""Which words mattered: every way to share an answer out among the words before it, on one text.

All ways but rollout play one game (`stack.frontier.token_attribution`): a word is absent when its embeddings are
replaced by one that stands for nothing. What they say is then comparable number by number, and their sums with what the
answer has over the text of nothing but such embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.stats import kendalltau
from torch import Tensor

from explorer.stack.frontier import shapley
from explorer.stack.frontier.carried import Metric, carry, enter, say
from explorer.stack.frontier.rollout import rollout
from explorer.stack.frontier.token_attribution import (
    Integrated,
    Score,
    gradient_x_input,
    grouped,
    integrated_gradients,
    leave_one_out,
    present,
)
from explorer.stack.worst import worst
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, hooked

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

Absent = Literal["mean", "zero"]
Method = Literal["gradient", "integrated", "left_out", "shapley", "rollout"]
METHODS: tuple[Method, ...] = ("gradient", "integrated", "left_out", "shapley", "rollout")
Tell = Callable[[str, int, int], None]
#: Of the way to the baseline, the step that a gradient is held against.
STEP = 0.01


@dataclass(frozen=True, eq=False)
class Game:
    """One text, one number at its end, and what stands for an absent token."""

    ids: Int[Tensor, " pos"]
    x: Float[Tensor, "pos d_model"]
    baseline: Float[Tensor, "pos d_model"]
    score: Score
    whole: float
    """F of the text."""
    nothing: float
    """F of the baseline at every position."""


@dataclass(frozen=True, eq=False)
class Attributed:
    """What one method gives each unit."""

    method: Method
    shares: Float[Tensor, " unit"]
    errors: Float[Tensor, " unit"] | None = None
    """Standard errors, where the method is an estimate by draws."""
    calls: int = 0
    """Runs of the text that it took; a backward pass counts as two."""


@dataclass(frozen=True, eq=False)
class Shared:
    """The answer shared out, by the methods done so far."""

    game: Game
    groups: list[list[int]]
    methods: tuple[Attributed, ...] = ()
    path: Integrated | None = None
    exact: bool = True
    """Whether Shapley values are over all coalitions."""
    redone: Redone | None = None

    @property
    def agreement(self) -> Float[Tensor, "method other"]:
        """Kendall's tau-b of each two methods' shares. Rollout has no sign: it is held against the others' sizes."""
        n = len(self.methods)
        found = torch.full((n, n), torch.nan)
        if len(self.groups) < 2:  # one unit has no order
            return found
        for i, one in enumerate(self.methods):
            for j, other in enumerate(self.methods):
                pair = [one.shares, other.shares]
                if "rollout" in (one.method, other.method):
                    pair = [each.abs() for each in pair]
                found[i, j] = float(np.asarray(kendalltau(*(each.tolist() for each in pair)))[0])
        return found


@dataclass(frozen=True)
class Redone:
    """What the model's own run, by another implementation, makes of two changes to its embeddings."""

    unit: int
    """The one whose absence moves F most."""
    left_out: float
    """F lost without it, by the model's own run."""
    slope: float
    """(F at 1 % less of the way from the baseline, subtracted from F at 1 % more) / 2 %."""
    whole: float
    """F of the text."""


def play(decoder: Decoder, ids: Int[Tensor, " pos"], metric: Metric, absent: Absent) -> Game:
    """The game on a text. `mean`: an absent token has the vocabulary's mean embedding; `zero`: none at all."""
    x, at = enter(decoder, ids)
    rows = decoder.embed(torch.arange(decoder.config.d_vocab)[None])[0] if absent == "mean" else None
    stands = torch.zeros(x.shape[1]) if rows is None else rows.mean(0)

    def instead(tensor: Tensor, **_: object) -> Tensor:
        return stands.expand_as(tensor)

    with torch.no_grad(), decoder.hooks([("hook_embed", instead)]):
        baseline, _ = enter(decoder, ids)

    def score(rows: Float[Tensor, "row pos d_model"]) -> Float[Tensor, " row"]:
        return metric(say(decoder, carry(decoder, rows, at)))

    with torch.no_grad():
        ends = score(torch.stack([x, baseline]))
    return Game(ids, x.detach(), baseline.detach(), score, float(ends[0]), float(ends[1]))


def share_out(
    game: Game,
    groups: list[list[int]],
    patterns: Sequence[Float[Tensor, "head query key"]],
    steps: int,
    orders: int,
    tell: Tell,
) -> Iterator[Shared]:
    """The methods one after another, the quick ones first; Shapley values as their estimate grows."""
    n = len(groups)
    made = Shared(game, groups, exact=n <= shapley.EXACT)

    def done(method: Method, shares: Tensor, calls: int, errors: Tensor | None = None) -> Shared:
        others = tuple(each for each in made.methods if each.method != method)
        return replace(made, methods=(*others, Attributed(method, shares, errors, calls)))

    with RUNNING:
        tell("Gradients", 0, steps)
        made = done("gradient", grouped(gradient_x_input(game.score, game.x, game.baseline), groups), 3)
        made = done("left_out", leave_one_out(game.score, game.x, game.baseline, groups), n + 1)
    rolled = rollout(patterns)[len(game.ids) - 1]
    made = done("rollout", grouped(rolled, groups), 1)
    yield made
    with RUNNING:
        path = integrated_gradients(
            game.score, game.x, game.baseline, steps, told=lambda at, of: tell("Gradients", at, of)
        )
    made = replace(done("integrated", grouped(path.shares, groups), 3 * steps), path=path)
    yield made
    yield from _shapley(game, groups, orders, tell, done)


def _shapley(
    game: Game, groups: list[list[int]], orders: int, tell: Tell, done: Callable[..., Shared]
) -> Iterator[Shared]:
    n = len(groups)

    def worth(those: Sequence[frozenset[int]]) -> Tensor:
        return present(game.score, game.x, game.baseline, groups, those)

    if n <= shapley.EXACT:
        with RUNNING:
            tell("Coalitions", 0, 2**n)
            shares = shapley.exact(worth, n)
        yield done("shapley", shares.float(), 2**n)
        return
    draws = shapley.sampling(worth, n, orders, torch.Generator().manual_seed(0))
    for _ in range(max(1, orders // 2)):
        tell("Orders of the words", 2 * _, orders)
        with RUNNING:
            found = next(draws)
        yield done("shapley", found.values.float(), found.orders * (n + 1), found.errors.float())


def again(model: Model, game: Game, made: Shared, metric: Metric) -> Shared:
    """With the strongest absence and the gradient held against the model's own run, through the bridge."""
    left = next(each for each in made.methods if each.method == "left_out").shares
    unit = int(left.abs().argmax())
    without = game.x.clone()
    without[made.groups[unit]] = game.baseline[made.groups[unit]]
    way = STEP * (game.x - game.baseline)
    said = [
        float(metric(_whole_run(model, game.ids, x)[None])[0]) for x in (game.x, without, game.x + way, game.x - way)
    ]
    return replace(made, redone=Redone(unit, said[0] - said[1], (said[2] - said[3]) / (2 * STEP), said[0]))


def slope_error(model: Model, game: Game, path: Integrated, metric: Metric, small: float = 2e-3) -> float:
    """How far the summed gradients at three points of the way are from what two of the model's own runs differ by,
    relative to the steepest of the three."""
    errors, sizes = [0.0], [1e-6]
    for step in (0, len(path.alphas) // 2, len(path.alphas) - 1):
        alpha, slope = float(path.alphas[step]), float(path.slopes[step].double().sum())
        rows = [game.baseline + (alpha + sign * small) * (game.x - game.baseline) for sign in (1, -1)]
        up, down = (float(metric(_whole_run(model, game.ids, x)[None])[0]) for x in rows)
        errors.append(abs((up - down) / (2 * small) - slope))
        sizes.append(abs(slope))
    return worst(*errors) / worst(*sizes)


def _whole_run(model: Model, ids: Int[Tensor, " pos"], x: Float[Tensor, "pos d_model"]) -> Float[Tensor, " d_vocab"]:
    """The last position's logits of the model's own pass whose stream begins with x."""

    def begin(tensor: Tensor, **_: object) -> Tensor:
        return x[None].to(tensor)

    with RUNNING, torch.inference_mode(), hooked(model, [(hooks.EMBED, begin)]):
        return here(
            model.bridge(ids[None].to(model.device), return_type="logits", use_cache=False, logits_to_keep=1)[0, -1]
        )
