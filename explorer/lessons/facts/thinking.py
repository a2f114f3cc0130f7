"""Of answers that take longer: chains, votes and best of n of sums, and nets that think in cycles."""

from __future__ import annotations

from statistics import fmean

from explorer.experiments.frontier import compute_accuracy, cycles, thinking_course
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene


@fact("share")
def answered(_: Scene, model: str, kind: str, n: int = 1) -> float:
    """How often a way to answer is right, the mean of the recorded prompts: "direct", "chain", "vote", "best"."""
    found = (each for each in compute_accuracy.recorded() if (each.model, each.kind, each.n) == (model, kind, n))
    return fmean(next(found).right)


@fact("share")
def solved(_: Scene, arm: str, after: int) -> float:
    """Held-out puzzles that a net has solved after so many cycles, the mean of its seeds."""
    return fmean(each.held[after - 1] for each in cycles.outcomes() if each.arm == arm)


@fact("share")
def trained_to(_: Scene, training: str, what: str) -> float:
    """What a training of the model with chains ends at: right at once ("direct") or in steps ("chain"), the mean of its
    seeds."""
    rows = [each for each in thinking_course.stored() if each.training == training]
    last = max(each.step for each in rows)
    return fmean(getattr(each, what) for each in rows if each.step == last)
