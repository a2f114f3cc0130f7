"""All claims of the reference that are checked, in the order of its chapters: one list.

Each chapter adds its own. A new entry is a `Claim` in one of the modules below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cachetools import LRUCache

from explorer.experiments.overview.errata import (
    attention_claims,
    budget_claims,
    context_claims,
    drafting_claims,
    evaluation_claims,
    frontier_claims,
    model_claims,
    parallel_claims,
    precision_claims,
    run_claims,
    safety_claims,
    sampling_claims,
    serving_claims,
    token_claims,
)
from explorer.experiments.overview.errata.claims import Checked, Claim, Ground, checked

CLAIMS = tuple(
    sorted(
        (
            *model_claims.CLAIMS,
            *token_claims.CLAIMS,
            *run_claims.CLAIMS,
            *budget_claims.CLAIMS,
            *sampling_claims.CLAIMS,
            *serving_claims.CLAIMS,
            *drafting_claims.CLAIMS,
            *precision_claims.CLAIMS,
            *parallel_claims.CLAIMS,
            *attention_claims.CLAIMS,
            *context_claims.CLAIMS,
            *safety_claims.CLAIMS,
            *evaluation_claims.CLAIMS,
            *frontier_claims.CLAIMS,
        ),
        key=lambda claim: claim.chapter,
    )
)

#: What was found of claims that read neither the run nor its model: the next prompt changes nothing in it.
_known: LRUCache[Claim, Checked] = LRUCache(len(CLAIMS))


def all_checked(ground: Ground, tell: Callable[[int, int], None]) -> Iterator[tuple[Checked, ...]]:
    """Every claim, one after the other; yields what is known so far."""
    made: list[Checked] = []
    for at, claim in enumerate(CLAIMS):
        tell(at, len(CLAIMS))
        made.append(_known.get(claim) or _checked(claim, ground))
        yield tuple(made)


def _checked(claim: Claim, ground: Ground) -> Checked:
    """The claim, checked now; what another run cannot change is kept, unless it is open: it may be checked later."""
    made = checked(claim, ground)
    if not claim.grounded and made.verdict != "open":
        _known[claim] = made
    return made
