"""Drills of a sweep: exact match beside the likelihood of a token, and whether a jump is the metric's.

Schaeffer et al. 2023 (arXiv 2304.15004): an answer of L tokens is exact when all are right. With each right by chance
p, independently, exact match is p^L: a slope of p becomes a jump. Where tokens are not independent (an answer is known
as a whole or not at all), exact match lies above p^L.

>>> [round(p**8, 2) for p in (.5, .7, .9, .95)]
[0.0, 0.06, 0.43, 0.66]

The sweep trains models of several sizes on little else than drills, and asks them on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp
from pathlib import Path

from explorer import places
from explorer.corpora import drills
from explorer.experiments.pretraining import sweep
from explorer.experiments.pretraining.sweep import Answers, Run
from explorer.stack.worst import worst
from explorer.training.sweep import CURVES, Questions, answered, read_rows

FOLDER = places.assets() / "sweeps" / "drills"
#: Of the decoder that answers its own questions: rows, tokens asked and answered, words of its vocabulary.
ROWS, ASKED, ANSWERED, VOCABULARY = 6, 5, 4, 50


@dataclass(frozen=True)
class Asked:
    """A model on its way, and what it answers."""

    run: Run
    tokens: int
    """Read so far."""
    drills: dict[str, Answers]

    @property
    def compute(self) -> float:
        """6 N D so far."""
        return 6.0 * self.run.parameters * self.tokens


def asked(folder: Path = FOLDER) -> tuple[Asked, ...]:
    """Every model of the sweep, the smallest first, at each place where it was asked."""
    rows = [row for row in read_rows(folder / CURVES) if row["held"]]
    runs = sorted(sweep.load(folder).runs, key=lambda run: run.parameters)
    return tuple(
        Asked(run, int(row["tokens"]), {kind: sweep.answers(row, kind) for kind in drills.KINDS})
        for run in runs
        for row in rows
        if row["run"] == run.name
    )


def likelihood(answers: Answers) -> float:
    """Of a token of an answer: the geometric mean."""
    return exp(-answers.nats)


def sharpest(values: Sequence[float]) -> float:
    """Of the whole way from the least to the most, the largest step between two neighbours.

    >>> sharpest([0.0, 0.0, 0.0, 1.0, 1.0]), sharpest([0.0, 0.25, 0.5, 0.75, 1.0]), sharpest([2.0, 2.0])
    (1.0, 0.25, 0.0)
    """
    way = max(values) - min(values)
    steps = [abs(after - before) for before, after in pairwise(values)]
    return max(steps) / way if way else 0.0


def apart(made: Sequence[Asked]) -> float:
    """How far the answers at the end of each training are from those of its run's row, which were asked anew."""
    last = {each.run.name: each for each in made}
    return worst(
        abs(last[name].drills[kind].exact[-1] - each.run.drills[kind].exact[-1])
        for name, each in last.items()
        for kind in drills.KINDS
    )


@lru_cache(maxsize=1)
def greedy() -> tuple[dict[str, float], dict[str, float]]:
    """What an untrained decoder gets for the very answers that it decodes greedily, and for the same with another last
    token."""
    import torch

    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder

    generator = torch.Generator().manual_seed(0)
    with torch.inference_mode():
        decoder = Decoder(DecoderConfig(1, 16, 2, 2, 8, 32, VOCABULARY, ASKED + ANSWERED)).initialise(generator)
        ids = torch.randint(VOCABULARY, (ROWS, ASKED), generator=generator)
        for _ in range(ANSWERED):
            ids = torch.cat([ids, decoder(ids)[:, -1:].argmax(-1)], 1)
        other = ids.clone()
        other[:, -1] = (other[:, -1] + 1) % VOCABULARY
        right, wrong = (answered(decoder, Questions((each,), ANSWERED)) for each in (ids, other))
    return right, wrong


def greedy_error() -> float:
    """How far the counts are from what greedy decoding says: all exact; with the last token changed, none, and up to
    there all."""
    right, wrong = greedy()
    before = f"exact{ANSWERED - 1}"
    return worst([abs(right["exact"] - 1), abs(wrong["exact"]), abs(wrong[before] - 1)])
