"""Size against quality: the whole model in every format, on text that no part was chosen on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.systems.quantized_model_reading import Tell, pack, reading_of_all
from explorer.stack.systems.quantization.format import Packed
from explorer.stack.systems.quantization.matrices import Matrix, matrices, quantized, weight_bytes
from explorer.stack.systems.quantization.quality import Scores
from explorer.stack.systems.quantization.schemes import SCHEMES, Scheme
from explorer.stack.systems.quantization.sensitivity import Reading
from explorer.zoo.model import Model

#: Of a matrix, that are compared at a time.
ROWS = 8192


@dataclass(frozen=True, eq=False)
class Quality:
    """All matrices in one format."""

    scheme: Scheme
    nbytes: int
    """Of all weights, norms included."""
    bits: float
    """A weight of the packed matrices."""
    weight_error: float
    """Root mean square of the weights' error, relative to theirs."""
    scores: Scores


@dataclass(frozen=True, eq=False)
class Qualities:
    """Every format measured so far."""

    ids: Int[Tensor, "window pos"]
    context: int
    base: Scores
    """The unchanged model against itself."""
    nbytes: int
    """Of its weights."""
    made: tuple[Quality, ...]
    refused: tuple[tuple[str, str], ...]
    """Titles of formats that do not suit the model, and why."""
    total: int


def qualities(model: Model, each: int, tell: Tell) -> Iterator[Qualities]:
    """Format by format, all matrices in it, the embedding with the unembedding where both are one table."""
    decoder = model.decoder
    known = matrices(decoder)
    reasons = {name: each.misfit(known) for name, each in SCHEMES.items()}
    refused = tuple((SCHEMES[name].title, reason) for name, reason in reasons.items() if reason)
    fitting = [SCHEMES[name] for name, reason in reasons.items() if reason is None]
    tell(0, len(fitting))
    reading = reading_of_all(model, each)
    base, size = reading.scores({}), weight_bytes(decoder)
    made: list[Quality] = []
    for scheme in fitting:
        tell(len(made), len(fitting))
        made.append(quality(reading, known, scheme))
        yield Qualities(reading.ids, reading.context, base, size, tuple(made), refused, len(fitting))


def quality(reading: Reading, known: Sequence[Matrix], scheme: Scheme) -> Quality:
    packed = pack(known, [*scheme.formats(known).values()])
    off = sum(_squared_error(packed[m.name], m.weight) for m in known)
    own = sum(float(m.weight.square().sum()) for m in known)
    changed = quantized(reading.decoder, packed)
    bits = 8 * sum(p.nbytes for p in packed.values()) / sum(m.weight.numel() for m in known)
    return Quality(scheme, weight_bytes(changed), bits, math.sqrt(off / own), reading.scored(changed))


def _squared_error(packed: Packed, weight: Float[Tensor, "out in"]) -> float:
    """Some rows at a time: a table of 262,144 tokens is 0.7 GB once it is widened."""
    parts = (
        (packed.rows(at, min(at + ROWS, len(weight))), weight[at : at + ROWS]) for at in range(0, len(weight), ROWS)
    )
    return sum(float((some.dequantize() - rows).square().sum()) for some, rows in parts)
