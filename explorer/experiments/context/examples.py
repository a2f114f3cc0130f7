"""Questions with passages, written for this: an invented place, so that no model knows the answers by heart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    title: str
    question: str
    passages: tuple[tuple[str, str], ...]
    """(title, text)"""


_LIGHTHOUSE = (
    "The lighthouse at Kessel Point",
    "The lighthouse at Kessel Point was built in 1874. It is 31 metres high, painted red and white, and stands on a "
    "rock that the sea covers at high tide.",
)
_CAPE = (
    "Kessel Point",
    "Kessel Point is a cape on the island of Varra. About 400 people live there, most of them from fishing. A ferry "
    "comes twice a day.",
)
_OTHER = (
    "The lighthouse at Norrby",
    "The lighthouse at Norrby, on the other side of the bay, was built in 1902. It was the first one in the country "
    "with electric light.",
)
_ENGINEER = (
    "Anna Brandt",
    "Anna Brandt was an engineer. She built bridges in Lund and two lighthouses, the first of them at Kessel Point in "
    "1874.",
)
_SEALS = (
    "Seals of Varra",
    "Seals come to the rocks of Varra in the spring. Visitors watch them from a boat and must keep a distance of 50 "
    "metres.",
)

EXAMPLES = {
    "twice": Example(
        "Two passages hold it",
        "In which year was the lighthouse at Kessel Point built?",
        (_CAPE, _LIGHTHOUSE, _OTHER, _ENGINEER, _SEALS),
    ),
    "once": Example(
        "One passage holds it",
        "How high is the lighthouse at Kessel Point?",
        (_OTHER, _CAPE, _ENGINEER, _SEALS, _LIGHTHOUSE),
    ),
    "missing": Example(
        "No passage holds it",
        "How many windows has the lighthouse at Kessel Point?",
        (_OTHER, _CAPE, _LIGHTHOUSE, _ENGINEER, _SEALS),
    ),
}
