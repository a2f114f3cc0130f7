"""Who looks at a request: each says of every text whether it sees something forbidden.

`DETECTORS` is the list that panels read. One more is one entry: its name, what the page calls it, and a function of
what was read and answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.safety.asking import Said
from explorer.stack.safety.linear_probes import Probe


@dataclass(frozen=True, eq=False)
class Looked:
    """What a detector may look at."""

    texts: Sequence[str]
    said: Sequence[Said]
    """The model's answers."""
    x: Float[Tensor, "text d_model"]
    """Its stream where the request has been read and nothing is said yet."""
    probe: Probe
    """Fitted to plain requests."""
    guard: Callable[[Sequence[str]], list[bool]]
    """Whether the guard in front flags each text."""


@dataclass(frozen=True)
class Detector:
    name: str
    title: str
    sees: Callable[[Looked], list[bool]]
    """Of each text, whether it sees something forbidden."""


def _refused(at: Looked) -> list[bool]:
    return [each.verdict == "refused" for each in at.said]


def _probed(at: Looked) -> list[bool]:
    return (at.probe(at.x) > 0).tolist()


def _guarded(at: Looked) -> list[bool]:
    return at.guard(at.texts)


DETECTORS = (
    Detector("refusal", "the model refuses", _refused),
    Detector("probe", "the probe says forbidden", _probed),
    Detector("guard", "the guard flags it", _guarded),
)
