"""How sure a model is against how often it is right: what the page puts into bins."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.evaluation.calibration import Predictions
from explorer.figures.payload import Payload
from explorer.stack.evaluation.calibration import EDGES, ece, selective

#: The bins in which server and page are compared.
PROVED = 15


@dataclass(frozen=True, kw_only=True)
class CalibrationPredictions(Payload):
    """Predictions of the next token, each with its confidence."""

    kinds: tuple[str, ...]
    kind: Int[Tensor, " item"]
    confidence: Float[Tensor, " item"]
    tempered: Float[Tensor, " item"]
    """At the fitted temperature."""
    correct: Int[Tensor, " item"]
    surprise: float
    """The mean -log p, in nats."""
    tempered_surprise: float
    temperature: float
    fitted_on: int
    """Tokens of other excerpts."""
    done: int
    total: int
    proved: dict[str, tuple[float, float]]
    """The module's error in 15 bins by each edge rule, plain and at the temperature: the page's are held against it."""
    half: float
    """The module's accuracy of the surer half."""


def calibration(made: Predictions) -> CalibrationPredictions:
    # The page gets float32: what is proved is computed from just these numbers.
    plain, tempered = made.confidence.float(), made.tempered.float()
    return CalibrationPredictions(
        kinds=made.kinds,
        kind=made.kind.int(),
        confidence=plain,
        tempered=tempered,
        correct=made.correct.int(),
        surprise=float(made.surprise.mean()),
        tempered_surprise=float(made.tempered_surprise.mean()),
        temperature=made.temperature,
        fitted_on=made.fitted_on,
        done=made.done,
        total=made.total,
        proved={
            edge: (ece(plain, made.correct, PROVED, edge), ece(tempered, made.correct, PROVED, edge)) for edge in EDGES
        },
        half=float(selective(plain, made.correct).accuracy[(len(plain) + 1) // 2 - 1]),
    )
