"""Two models: the same items, the ones that flip, and whether the difference is more than chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from explorer.corpora import minimal_pairs
from explorer.errors import BadRequestError
from explorer.experiments.evaluation import two_models as experiment
from explorer.figures.evaluation import two_models as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.tracing.changes.interventions import Intervention, parse_intervention

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Items whose margins transformers computes as well, and how far apart they may lie, in nats.
AGAIN, NATS = 12, 1e-3
ROUNDS, SURE = 20_000, 4.5


def flips(scene: Scene) -> Iterator[Rendered[figure.TwoModels]]:
    items = minimal_pairs.agreement()[: scene.whole("items")]
    try:
        first, second = _contestants(scene)
    except BadRequestError as error:
        names = (scene.model.card.title, "")
        yield Rendered(figure.two_models(names, (), (), (), wrong=f"{error.message} {error.hint}".strip()))
        return
    names = (first.name, second.name)
    mine = experiment.margins(first, items, scene.ticks(f"Items read by {first.name}"))
    theirs = experiment.margins(second, items, scene.ticks(f"Items read by {second.name}"))
    scene.progress("Check", 0, 0)
    tested = figure.verdict(items, mine, theirs)
    data = figure.two_models(names, items, mine, theirs, tested, given=_given(scene) is not None)
    yield Rendered(data, _checks(first, second, items, mine, theirs, tested))


def _contestants(scene: Scene) -> tuple[experiment.Contestant, experiment.Contestant]:
    """Raises BadRequestError for a change that cannot be made."""
    model = scene.model.original
    first = experiment.as_it_is(model, model.card.title)
    if (given := _given(scene)) is not None:
        return first, experiment.as_it_is(given, _named(given.card.title, given.edits))
    changes, chosen = _changes(scene), scene.one_of("second")
    inside = _named(model.card.title, tuple(each.text for each in changes))
    name = inside if chosen == "do" else f"{model.card.title} in {chosen.upper()}"
    return first, experiment.contestant(model, name, changes)


def _given(scene: Scene) -> Model | None:
    """The second as the page gives it: the other run's model, or what its own stack changes in the weights."""
    if scene.there is not None and scene.there.model is not scene.model.original:
        return scene.there.model
    return scene.model if scene.model.edits else None


def _named(title: str, edits: tuple[str, ...]) -> str:
    return f"{title} with {', '.join(edits)}" if edits else title


def _changes(scene: Scene) -> tuple[Intervention, ...]:
    chosen = scene.one_of("second")
    said = scene.text("do") if chosen == "do" else f"quant:all:{chosen}"
    found = tuple(parse_intervention(each.strip()) for each in said.split(",") if each.strip())
    if not found:
        raise BadRequestError("There is no change yet.", "Write one, such as ablate:3.1.")
    return found


def _checks(
    first: experiment.Contestant,
    second: experiment.Contestant,
    items: tuple[minimal_pairs.Pair, ...],
    mine: list[float],
    theirs: list[float],
    tested: figure.PairedVerdict,
) -> tuple[Check, ...]:
    some = items[:AGAIN]
    read = [(first, mine)] + ([] if second.inside else [(second, theirs)])
    off = worst(abs(a - b) for one, found in read for a, b in zip(experiment.elsewhere(one, some), found, strict=False))
    by_coins = experiment.coin_rounds(tested.only_first, tested.only_second, torch.Generator().manual_seed(1), ROUNDS)
    spread = math.sqrt(max(tested.p * (1 - tested.p), 1 / ROUNDS) / ROUNDS)
    return (
        Check(f"The margins of {len(some)} items = those that transformers computes", off, NATS, "largest error, nats"),
        Check(
            f"McNemar’s exact p = the part of {ROUNDS:,} rounds of fair coins that are as one-sided",
            abs(by_coins - tested.p) / spread, SURE, "standard errors",
        ),
    )  # fmt: skip
