"""All claims of the reference that are checked, in the order of its chapters: one list.

Each chapter adds its own. A new entry is a `Claim` in one of the modules below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from explorer.experiments.overview.errata import budget_claims, model_claims, run_claims, token_claims
from explorer.experiments.overview.errata.claims import Checked, Ground, checked

CLAIMS = tuple(
    sorted(
        (*model_claims.CLAIMS, *token_claims.CLAIMS, *run_claims.CLAIMS, *budget_claims.CLAIMS),
        key=lambda claim: claim.chapter,
    )
)


def all_checked(ground: Ground, tell: Callable[[int, int], None]) -> Iterator[tuple[Checked, ...]]:
    """Every claim, one after the other; yields what is known so far."""
    made: list[Checked] = []
    for at, claim in enumerate(CLAIMS):
        tell(at, len(CLAIMS))
        made.append(checked(claim, ground))
        yield tuple(made)


def checked_again(ground: Ground, tell: Callable[[int, int], None]) -> dict[str, Checked]:
    """By name, the claims of which another run may find something else."""
    made, grounded = {}, [claim for claim in CLAIMS if claim.grounded]
    for at, claim in enumerate(grounded):
        tell(at, len(grounded))
        made[claim.name] = checked(claim, ground)
    return made
