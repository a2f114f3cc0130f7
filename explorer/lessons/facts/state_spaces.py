"""Of models that carry a state: how large it is, and what tiny ones of them copy."""

from __future__ import annotations

from statistics import fmean

from explorer.experiments.frontier import copying, one_thing
from explorer.figures.frontier.copying import cannot_copy
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene
from explorer.stack.frontier.state_spaces.config import StateSpaceConfig


@fact("count")
def state_numbers(_: Scene) -> int:
    """Numbers that Six Kinds Mamba carries from token to token."""
    return StateSpaceConfig(192, 6144, ("mamba",) * 6).state_numbers(0)


@fact("share")
def recalled(_: Scene, arm: str, task: str) -> float:
    """What a kind of tiny model copies or recalls at the longest trained length, the mean of its seeds."""
    made, at = cannot_copy(copying.stored(), copying.STEPS), copying.TASKS.index(task)
    points = next(each.points[at] for each in made.arms if each.name == arm)
    return next(each.mean for each in points if each.length == made.trained_to[at])


@fact("share")
def found_far(_: Scene, arm: str) -> float:
    """Texts of the longest measured length after whose mark a kind of tiny model says the right symbol, the mean of
    its seeds."""
    return fmean(each.accuracy[-1] for each in one_thing.stored().runs if each.arm == arm)
