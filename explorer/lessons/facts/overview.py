"""Of the reference's claims."""

from __future__ import annotations

from explorer.experiments.overview.errata.book import CLAIMS
from explorer.experiments.overview.errata.claims import Ground, Verdict, checked
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene


@fact("count")
def n_claims(_: Scene) -> int:
    """Claims of the reference that the list holds."""
    return len(CLAIMS)


@fact("yes")
def claim_holds(scene: Scene, name: str) -> bool:
    """Whether a claim is right, computed now."""
    return _verdict(scene, name) == "right"


@fact("yes")
def claim_fails(scene: Scene, name: str) -> bool:
    """Whether a claim is wrong or loose, computed now."""
    return _verdict(scene, name) in ("wrong", "loose")


def _verdict(scene: Scene, name: str) -> Verdict:
    claim = next(each for each in CLAIMS if each.name == name)
    trace = scene.trace
    return checked(claim, Ground(trace, scene.model, min(trace.n_prompt, len(trace.tokens)) - 1)).verdict


@fact("number")
def top_p_off(scene: Scene) -> float:
    """Total variation between the reference's top-p and transformers', at the selected position."""
    from explorer.experiments.overview.errata import top_p

    return top_p.filtered(scene.trace.logits[scene.position].float(), 0.7, 50, 0.9).distance
