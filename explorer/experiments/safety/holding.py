"""The direction held at the level of harmless text: means of the writers, which direction it is, conditions.

Selection is the published one with two differences: candidates are held, not ablated, and their KL is the mean over all
tokens of answers to harmless requests, which is what the page states. Those requests are others than the ones that the
conditions are measured on. The direction is measured at several strengths, since what is moved less harms less; its
placebos at full strength.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from jaxtyping import Float
from torch import Tensor

from explorer.corpora.requests import Twins
from explorer.experiments.finetuning.course import Speaks
from explorer.experiments.safety import changing
from explorer.experiments.safety.asking import asked
from explorer.experiments.safety.changing import Bench, Condition
from explorer.experiments.safety.finding import AT_ONCE, Asked, Found, padded, streams
from explorer.stack.safety.direction_affine import held, writer_means
from explorer.stack.safety.direction_edits import Edit
from explorer.stack.safety.refusal_direction import Candidate, refusal_score
from explorer.stack.transformer.decoder import Decoder

STRENGTHS = (0.8, 0.9, 0.95, 1.0)
Means = Float[Tensor, "writer d_model"]


@dataclass(frozen=True)
class Holding:
    """The direction that is held, and those that were tried."""

    layer: int
    position: int
    """From the prompt's end."""
    tried: tuple[Candidate, ...]


def means(decoder: Decoder, speech: Speaks, twins: Sequence[Twins]) -> Means:
    """Over the harmless ones of some pairs."""
    prompts = [asked(speech, each.harmless) for each in twins]
    return writer_means(
        decoder, (padded(prompts[first : first + AT_ONCE]) for first in range(0, len(prompts), AT_ONCE))
    )


def tried(bench: Bench, made: Found, of: Asked, about: Means, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """The candidates of the ablation, held: what adding them does is the same."""
    positions = made.directions.shape[1]
    for each in candidates:
        direction = made.directions[each.layer, each.position + positions].float()
        changed = held(bench.decoder, Edit(direction, direction), about)
        score = refusal_score(streams(changed, of.forbidden, 1).logits, made.first)
        yield replace(each, ablated=float(score.mean()), kl=bench.kl(changed)[0])


def conditions(
    decoder: Decoder, of: dict[str, Tensor], about: Means, strengths: Sequence[float] = STRENGTHS
) -> list[Condition]:
    """The direction at each strength and its placebos at the last one, held at the level of the same means."""
    each = [("direction", strength) for strength in strengths]
    placebos = [(name, strengths[-1]) for name in of if name != "direction"]
    return [
        Condition(name, "held", strength, partial(held, decoder, changing.taking(name, of, strength), about))
        for name, strength in (*each, *placebos)
    ]
