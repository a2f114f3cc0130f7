"""Documents on their way, and the stages that read them: one at a time, or all together by a sketch of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from explorer.stack.pretraining.data.verdict import Verdict

Order = Literal["reference", "fineweb"]
ORDERS: Mapping[Order, tuple[str, ...]] = {
    "reference": (
        "language", "url", "extraction", "exact duplicates", "near duplicates", "substring duplicates", "perplexity",
        "gopher repetition", "gopher quality", "c4", "fineweb", "classifier", "pii", "toxicity", "contamination",
    ),
    "fineweb": (
        "url", "extraction", "language", "gopher repetition", "gopher quality", "c4", "fineweb", "near duplicates",
        "pii",
    ),
}  # fmt: skip
#: Which stages are meant to act on what a recipe plants: removed, or (personal data) replaced.
PLANTED: Mapping[str, frozenset[str]] = {
    "language": frozenset({"language"}),
    "url": frozenset({"blocked"}),
    "exact duplicates": frozenset({"exact"}),
    "near duplicates": frozenset({"exact", "near"}),
    "pii": frozenset({"personal"}),
    "toxicity": frozenset({"toxic"}),
    "contamination": frozenset({"item"}),
    **{
        name: frozenset({"spam", "keywords", "boilerplate"})
        for name in ("perplexity", "gopher repetition", "gopher quality", "c4", "fineweb", "classifier")
    },
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document on its way: raw, then text."""

    id: str
    """Where it stands in the input, the same on every run."""
    url: str = ""
    html: bytes | None = None
    """As it was served; None once the text is extracted, and where there never was any."""
    charset: str = ""
    """As the server declared it."""
    text: str = ""


class SetAside(ValueError):
    """A document cannot be read: it leaves the pipeline with the reason, and no rule has removed it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Cut:
    """A piece of the text before a stage that is not in the text after it."""

    start: int
    stop: int
    by: str
    """The rule."""
    put: str = ""
    """What stands in its place."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a stage makes of one document."""

    verdicts: tuple[Verdict, ...] = ()
    text: str | None = None
    """The text afterwards; None where it stays as it is."""
    cuts: tuple[Cut, ...] = ()
    origin: str = ""
    """The document that it copies."""


@dataclass(frozen=True)
class Each:
    """A stage that needs one document at a time."""

    name: str
    read: Callable[[Document], Reading]
    key: object = None
    """What the reading depends on besides the document: settings that are no thresholds."""


@dataclass(frozen=True)
class Whole:
    """A stage that needs all documents."""

    name: str
    sketch: Callable[[Document], bytes]
    compare: Callable[[Iterable[tuple[str, bytes]]], Iterator[Reading]]
    """Names and sketches, in order, to a reading each."""
    """Names and sketches, in order, to a reading each."""
    key: object = None


Stage = Each | Whole


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person may set."""

    order: Order = "reference"
    thresholds: Mapping[str, float | int] = field(default_factory=dict)
    """By the name of a rule; the others are the field's."""
    languages: frozenset[str] = frozenset({"en"})
    terminal: bool = False
    """Whether C4 cuts lines without a mark at their end; FineWeb does not."""
    words: int = 5
    """Of a shingle."""
    bands: int = 14
    rows: int = 8
    passage: int = 200
    """Bytes of a passage that is cut where it stands before."""
    block: int = 16_000_000
    """Bytes of text whose passages are compared at a time: one that stands before in another block is not found."""
