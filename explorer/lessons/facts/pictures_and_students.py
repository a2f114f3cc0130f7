"""Of pictures among words, of students of a teacher, and of texts that are filled in any order: what was recorded."""

from __future__ import annotations

from statistics import fmean

from explorer.experiments.frontier import distilling_kept, emoji_kept, mask_weights, scenes_kept, unmask_twins
from explorer.figures.frontier.mask_weights import twins_weights
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene


@fact("share")
def seen_right(_: Scene, kind: str = "", who: str = "said") -> float:
    """Held-out questions about scenes that are answered rightly: by the model ("said"), or its twin ("blind")."""
    rows = [each for each in scenes_kept.stored().answers if not each.unseen and kind in ("", each.kind)]
    return fmean(getattr(each, who) == each.answer for each in rows)


@fact("share")
def emoji_right(_: Scene, kind: str, sort: str) -> float:
    """Held-out questions about emoji of a sort that are answered rightly."""
    rows = [each for each in emoji_kept.stored().answers if (each.kind, each.sort) == (kind, sort)]
    return fmean(each.said == each.answer for each in rows)


@fact("number")
def student_ends(_: Scene, way: str, size: str = "0.3") -> float:
    """The held-out loss of a student taught in a way, nats a token at its end, the mean of its seeds."""
    curves = distilling_kept.stored().curves
    return fmean(each.held[-1] for each in curves if (each.way, each.size) == (way, size))


@fact("number")
def held_out_nats(_: Scene, what: str) -> float:
    """Of held-out texts, nats a token, the mean of their kinds: the masked model's "bound", the twin's "exact" loss."""
    return fmean(getattr(each, what) for each in unmask_twins.held_out())


@fact("number")
def any_order_gap(_: Scene) -> float:
    """By how much the masked model's bound lies above its causal twin's loss, nats a token."""
    return fmean(each.gap for each in unmask_twins.held_out())


@fact("number")
def uniform_weights_gap(_: Scene) -> float:
    """The masked model's bound where all hidden tokens weigh alike in training, less that with weights of 1/t: nats a
    token, the mean of the seeds."""
    return twins_weights(mask_weights.stored(), 0).gaps[0].mean


@fact("share")
def connector_right(_: Scene, arm: str) -> float:
    """Questions answered rightly with a connector, trained short, the mean of its seeds."""
    return fmean(each.mean for each in scenes_kept.stored().compared if each.arm == arm)


@fact("count")
def connector_tokens(_: Scene, arm: str) -> int:
    """Image tokens that a connector hands to the decoder."""
    return next(each.image_tokens for each in scenes_kept.stored().compared if each.arm == arm)
