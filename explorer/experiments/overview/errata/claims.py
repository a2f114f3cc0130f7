"""A claim of the reference, and what a check of it gives: the data that the ledger of claims is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.errors import ExplorerError, NotApplicableError

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

Verdict = Literal["wrong", "loose", "right", "open"]
"""loose: right of some of what it speaks of; open: it cannot be checked on this model or machine."""

#: The reference's chapters by their numbers, titled as it titles them.
CHAPTERS = {
    1: "High-Level Overview", 2: "Tokenization", 3: "Embeddings", 4: "The Transformer Block",
    5: "Architecture Variants", 6: "Pre-Training", 7: "Fine-Tuning & Alignment", 8: "Inference & Decoding",
    9: "Systems & Optimization", 10: "Context & Memory", 11: "Safety & Alignment", 12: "Evaluation & Benchmarks",
    13: "Frontier Research Directions", 14: "Glossary",
}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """The text whose claims are checked: what it says of itself."""

    title: str
    subtitle: str
    chapters: int


#: The text that this explorer makes real. It names neither an author nor a date.
REFERENCE = Reference(
    "LLM Architecture & Internals",
    "A comprehensive technical reference covering everything from tokenization to inference optimization",
    len(CHAPTERS),
)


def share(value: float | int, digits: int = 1) -> str:
    """
    >>> share(0.4789), share(1.0, 0)
    ('47.9 %', '100 %')
    """
    return f"{100 * value:.{digits}f} %"


def power_of_ten(value: float | int, digits: int = 1) -> str:
    """
    >>> power_of_ten(8.4e23), power_of_ten(1.3e-6), power_of_ten(0.0)
    ('8.4e23', '1.3e−6', '0')
    """
    if not value:
        return "0"
    digit, exponent = f"{value:.{digits}e}".split("e")
    return f"{digit}e{int(exponent)}".replace("-", "−")


@dataclass(frozen=True)
class Ground:
    """What a check may stand on: the run, its model, and the position at which both are read."""

    trace: Trace
    model: Model
    position: int


@dataclass(frozen=True)
class Figure:
    """One number behind a verdict."""

    name: str
    value: str
    """Written, with its unit."""


@dataclass(frozen=True)
class Found:
    """What came out, beside what is said."""

    said: str
    found: str
    holds: bool
    why: str
    """A sentence or two, with the numbers."""
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One entry of the list."""

    name: str
    chapter: int
    section: str
    """The heading in the chapter under which the claim stands, as the reference has it."""
    says: str
    """In a few words of ours."""
    quotation: str
    """As the reference has it; … stands where something is left out."""
    check: Callable[[Ground], Found]
    """Computes; knows nothing of the verdict."""
    refuted: Literal["wrong", "loose"] = "wrong"
    """What the claim is called when the check does not hold it up."""
    panel: str = ""
    """Where one sees it; nothing where no panel shows it yet."""
    view: str = ""
    grounded: bool = False
    """Whether its check reads the run or its model, so that another run may find something else."""
    command: str = ""
    """What measures it at length, where that is another command than the ledger's own."""


def written(
    chapter: int,
    name: str,
    section: str,
    says: str,
    quotation: str,
    check: Callable[[Ground], Found],
    refuted: Literal["wrong", "loose"] = "wrong",
    at: tuple[str, str] = ("", ""),
    *,
    grounded: bool = False,
) -> Claim:
    """A claim in a line of a chapter's list; `at`: the panel and the view where one sees it."""
    return Claim(name, chapter, section, says, quotation, check, refuted, *at, grounded=grounded)


@dataclass(frozen=True)
class Checked:
    claim: Claim
    verdict: Verdict
    found: Found


def not_here(why: str, instead: str = "") -> Callable[[Ground], Found]:
    """A check of what nothing on this machine can compute; `why` says so, `instead` what comes nearest: a panel, a
    source.

    >>> not_here("Who uses a product is no property of its weights.")(object.__new__(Ground))
    Traceback (most recent call last):
    ...
    explorer.errors.NotApplicableError: Who uses a product is no property of its weights.
    """

    def refuse(_: Ground) -> Found:
        raise NotApplicableError(why, instead)

    return refuse


def measured_elsewhere(what: str) -> Callable[[Ground], Found]:
    """A check whose work takes minutes: its panel or its benchmark does it."""
    return not_here("The list does not run this: it takes minutes.", what)


def apart(said: str, error: float | int, why: str, *figures: Figure, allowed: float | int = 1e-5) -> Found:
    """A statement that two things are one: it holds if they differ by no more than what rounding explains.

    >>> apart("the same", 2e-7, "Computed twice.").found, apart("the same", 0.25, "Computed twice.").holds
    ('differs by 2.0e−7', False)
    """
    found = f"differs by {power_of_ten(error)}" if error else "no difference"
    return Found(said, found, bool(error <= allowed), why, figures)


def checked(claim: Claim, ground: Ground) -> Checked:
    """The claim, held against what can be computed; open, with the reason, where it cannot be here."""
    try:
        found = claim.check(ground)
    except ExplorerError as error:
        return Checked(claim, "open", Found("", "not checked", False, f"{error.message} {error.hint}".strip()))
    return Checked(claim, "right" if found.holds else claim.refuted, found)
