"""Where one concept stands ready on a text, by block and position, and how firm its directions are."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.jacobian_lens import Ready, agreement
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class ConceptReady(Payload):
    """Standard deviations from what the prompts' tokens read; NaN at the first token."""

    token: int
    start: int
    tokens: Int[Tensor, " pos"]
    z: Float[Tensor, "layer pos"]
    error: Float[Tensor, "layer pos"]
    """Over the prompts; NaN of one prompt."""
    logit: Float[Tensor, "layer pos"]
    p: Float[Tensor, " pos"]
    """What the model gives the token as the next."""
    stream: Float[Tensor, " layer"]
    """How long the stream is behind each block, the mean without the first token."""
    agreement: Float[Tensor, "count two layer"]
    """Cosine of so many prompts' mean with as many others': mean and standard deviation over draws."""
    prompts: int
    of: int
    length: int


def ready(
    made: Ready,
    tokens: Int[Tensor, " pos"],
    start: int,
    p: Float[Tensor, " pos"],
    stream: Float[Tensor, " layer"],
) -> ConceptReady:
    return ConceptReady(
        token=made.token, start=start, tokens=tokens, z=made.z, error=made.error, logit=made.logit, p=p,
        stream=stream, agreement=agreement(made.vectors), prompts=len(made.vectors), of=made.of, length=made.length,
    )  # fmt: skip
