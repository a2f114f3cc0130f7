"""What a token's shares are measured over, as the page and its checks say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from explorer.stack.transformer.references import Over
from explorer.tracing.derived.attribution import Attribution
from explorer.tracing.derived.baseline import explained

Kind = Literal["others", "mean", "rival", "raw"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The lead that shares add up to."""

    over: Kind
    rival: int | None
    """The token, where it is one."""
    reference: float
    """The reference's logit; 0 where the raw logit is taken apart."""
    lead: float
    """The target's logit less the reference's."""

    @classmethod
    def of(cls, share: Attribution) -> Measured:
        kind: Kind = share.over if isinstance(share.over, str) else "rival"
        return cls(
            over=kind,
            rival=share.over if isinstance(share.over, int) else None,
            reference=share.reference,
            lead=share.lead,
        )


@dataclass(frozen=True, kw_only=True)
class MovedNumber:
    """The number that shares explain (`baseline.explained`), before a change and after it."""

    over: Kind
    before: float
    after: float

    @classmethod
    def of(
        cls, before: Float[Tensor, " d_vocab"], after: Float[Tensor, " d_vocab"], target: int, over: Over
    ) -> MovedNumber:
        was, now = (float(explained(each, target, over)) for each in (before, after))
        return cls(over=over if isinstance(over, str) else "rival", before=was, after=now)


def named(over: Over, label: Callable[[int], str]) -> str:
    """The reference in a sentence.

    >>> named("others", str), named("mean", str), named(7, lambda token: f" token {token}")
    ('the other tokens', 'the average token', '“ token 7”')
    """
    match over:
        case "others":
            return "the other tokens"
        case "mean":
            return "the average token"
        case "raw":
            return "nothing"
        case _:
            return f"“{label(over)}”"


def sum_of(share: Attribution, label: Callable[[int], str]) -> str:
    """What the parts add up to, with its number: the end of a check's statement."""
    if share.over == "raw":
        return f"the model's logit, {share.logit:.4f}"
    lead = f"{share.lead:.4f}".replace("-", "−")
    return f"the lead over {named(share.over, label)} in the model's own logits, {lead}"
