"""k1, k2, k3 on two policies: values, spreads, gradients."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.finetuning.kl_estimators import Compared
from explorer.figures.payload import Payload
from explorer.stack.finetuning.policy.kl import KINDS


@dataclass(frozen=True, kw_only=True)
class KlEstimator(Payload):
    """One of them, over all positions."""

    name: str
    value: float
    """On average, nats a token."""
    deviation: float
    """Standard deviation of one sample, root mean square over positions."""
    spread: float
    """Of a mean of the samples of one batch, from the exact variance."""
    means: Float[ndarray, " batch"]
    by_position: Float[ndarray, " pos"]
    cosine: float | None
    """Of its average gradient to that of KL(policy || reference); None where it has none."""
    other: float | None
    """To that of KL(reference || policy)."""
    length: float
    """Of its average gradient, by that of KL(policy || reference)."""


@dataclass(frozen=True, kw_only=True)
class KlEstimators(Payload):
    """All of them."""

    policy: str
    reference: str
    offered: tuple[str, ...]
    ids: tuple[int, ...]
    exact: Float[ndarray, " pos"]
    mean: float
    draws: int
    each: tuple[KlEstimator, ...]


def estimators(
    made: Compared, policy: str, reference: str, offered: tuple[str, ...], ids: tuple[int, ...]
) -> KlEstimators:
    return KlEstimators(
        policy=policy,
        reference=reference,
        offered=offered,
        ids=ids,
        exact=made.exact.numpy(),
        mean=float(made.exact.mean()),
        draws=made.draws,
        each=tuple(
            KlEstimator(
                name=kind,
                value=float(made.found.value[kind].mean()),
                deviation=float(made.found.variance[kind].mean().sqrt()),
                spread=made.samples[kind].spread,
                means=made.samples[kind].means.numpy(),
                by_position=made.found.value[kind].numpy(),
                cosine=_real(made.cosine[kind]),
                other=_real(made.other[kind]),
                length=made.length[kind],
            )
            for kind in KINDS
        ),
    )


def _real(value: float) -> float | None:
    return value if value == value else None
