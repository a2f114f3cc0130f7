"""Drills of a sweep: exact match beside the likelihood of a token, and whether a jump is the metric's.

Schaeffer et al. 2023 (arXiv 2304.15004): an answer of L tokens is exact when all are right. With each right by chance
p, independently, exact match is p^L: a slope of p becomes a jump. Where tokens are not independent (an answer is known
as a whole or not at all), exact match lies above p^L.

>>> [round(p**8, 2) for p in (.5, .7, .9, .95)]
[0.0, 0.06, 0.43, 0.66]
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import exp

from explorer.experiments.pretraining.sweep import FOLDER, Answers, Run, Sweep
from explorer.stack.worst import worst
from explorer.training.sweep import CURVES, Questions, answered, read_rows

#: Of the decoder that answers its own questions: rows, tokens asked and answered, words of its vocabulary.
ROWS, ASKED, ANSWERED, VOCABULARY = 6, 5, 4, 50


def ordered(sweep: Sweep) -> tuple[Run, ...]:
    """All runs but those that tried learning rates, the worst loss on text first."""
    runs = [run for run in sweep.runs if run.part != "rate"]
    return tuple(sorted(runs, key=lambda run: -run.loss))


def likelihood(answers: Answers) -> float:
    """Of a token of an answer: the geometric mean."""
    return exp(-answers.nats)


def sharpest(values: Sequence[float]) -> float:
    """Of the whole way from the least to the most, the largest step between two neighbours.

    >>> sharpest([0, 0, 0, 1, 1]), sharpest([0, .25, .5, .75, 1]), sharpest([2, 2, 2])
    (1.0, 0.25, 0.0)
    """
    way = max(values) - min(values)
    steps = [abs(after - before) for before, after in pairwise(values)]
    return max(steps) / way if way else 0.0


def last_of_curves() -> dict[tuple[str, str], float]:
    """Exact match at the end of each curve, by run and drill."""
    found = {}
    for row in read_rows(FOLDER / CURVES):
        for name, value in row.items():
            if name.endswith("_exact") and value:
                found[row["run"], name.removesuffix("_exact")] = float(value)
    return found


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
