"""The sampler's settings, in one table: how each is called, what it may be, and what it does.

`Sampler` reads its bounds here, the link its short names, the page its sliders, the command line its options. Nothing
heavy is imported: a page is built, and an option explained, before torch is there.

>>> SETTING["top_k"].label, SETTING["top_k"].link, SETTING["top_k"].neutral
('Top-k', 'k', 0)
>>> SETTING["min_p"].checked(1)
1.0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from explorer.errors import BadRequestError

#: The sampler's steps, in the order in which transformers takes them.
StageName = Literal["penalty", "presence", "frequency", "temperature", "top_k", "top_p", "min_p", "typical"]
STAGE_NAMES: tuple[StageName, ...] = get_args(StageName)


@dataclass(frozen=True)
class Setting:
    """One number that a person may choose."""

    name: str
    """The field of `Sampler`, the slider's name and, with hyphens, the option of the command line."""
    link: str
    """Its name in a link."""
    stage: StageName
    """The step that it sets."""
    label: str
    """On a slider."""
    term: str
    """In a sentence."""
    meaning: str
    """What it does, in one short sentence."""
    low: float | int
    high: float | int
    """What the sampler takes: `low` to `high`, or only above `low` where `low` itself keeps no token."""
    neutral: float | int
    """The value that changes nothing; a whole number where the setting counts."""
    least: float | int
    most: float | int
    step: float | int
    """The slider's ends and its step."""
    shown_first: float | int | None = None
    """The page's first value, where it is not the neutral one: every step of its first run has something to show."""
    open_below: bool = False
    """Whether `low` itself is refused."""
    later: bool = False
    """Whether an order may leave its step out, since links and callers name only the steps that were there before."""
    penalises: bool = False
    """Whether its step moves the logits of tokens that are in the text already."""
    rare: bool = False
    """Whether the picture of the sampler has no column for its step while that changes nothing."""

    @property
    def whole(self) -> bool:
        return isinstance(self.neutral, int)

    @property
    def first(self) -> float | int:
        """The page's first value."""
        return self.neutral if self.shown_first is None else self.shown_first

    @property
    def help(self) -> str:
        """For the command line."""
        above = "Above" if self.open_below else "From"
        return f"{self.meaning} {above} {_said(self.low)} to {_said(self.high)}; {_said(self.neutral)} changes nothing."

    def checked(self, value: float | int) -> float | int:
        """The value as the sampler keeps it, a whole number or a float. Raises BadRequestError."""
        if not self.low <= value <= self.high:  # NaN fails as well
            raise BadRequestError(
                f"A {self.term} of {value} is outside {_said(self.low)} to {_said(self.high)}.", value=value
            )
        if self.open_below and value == self.low:
            raise BadRequestError(f"A {self.term} of 0 keeps no token.", "Use temperature 0 for the likeliest token.")
        if not self.whole:
            return float(value) + 0.0  # 1 and 1.0, and -0.0 and 0.0, are one setting
        if int(value) != value:
            raise BadRequestError(f"{self.label} counts tokens: {value} is not a whole number.", value=value)
        return int(value)


def _said(number: float | int) -> str:
    return f"{number:,.10g}"


SETTINGS = (
    Setting(
        "temperature", "T", "temperature", "Temperature", "temperature",
        "Divides the logits. 0 always takes the likeliest token.",
        low=0.0, high=100.0, neutral=1.0, least=0, most=3, step=0.05,
    ),
    Setting(
        "top_k", "k", "top_k", "Top-k", "top-k", "Keeps the k likeliest tokens.",
        low=0, high=10_000_000, neutral=0, least=0, most=100, step=1, shown_first=24,
    ),
    Setting(
        "top_p", "p", "top_p", "Top-p", "top-p", "Keeps the smallest set of tokens whose probabilities reach p.",
        low=0.0, high=1.0, neutral=1.0, least=0.05, most=1, step=0.01, shown_first=0.97, open_below=True,
    ),
    Setting(
        "min_p", "minp", "min_p", "Min-p", "min-p", "Keeps tokens with at least this share of the likeliest token’s "
        "probability.",
        low=0.0, high=1.0, neutral=0.0, least=0, most=0.5, step=0.001, shown_first=0.002,
    ),
    Setting(
        "repetition_penalty", "rep", "penalty", "Repetition", "repetition penalty",
        "Lowers the logits of tokens that are already in the text.",
        low=0.01, high=100.0, neutral=1.0, least=1, most=2, step=0.01, penalises=True, rare=True,
    ),
    Setting(
        "typical_p", "typ", "typical", "Typical-p", "typical-p",
        "Keeps the tokens whose surprise is nearest to the entropy.",
        low=0.0, high=1.0, neutral=1.0, least=0.05, most=1, step=0.01, open_below=True, later=True, rare=True,
    ),
    Setting(
        "presence_penalty", "pres", "presence", "Presence", "presence penalty",
        "Lowers the logit of each token that the model has written, once.",
        low=-2.0, high=2.0, neutral=0.0, least=-2, most=2, step=0.05, later=True, penalises=True, rare=True,
    ),
    Setting(
        "frequency_penalty", "freq", "frequency", "Frequency", "frequency penalty",
        "Lowers a token’s logit each time that the model has written it.",
        low=-2.0, high=2.0, neutral=0.0, least=-2, most=2, step=0.05, later=True, penalises=True, rare=True,
    ),
)  # fmt: skip
"""In the order of the page's sliders."""
SETTING = {each.name: each for each in SETTINGS}


@dataclass(frozen=True)
class NamedOrder:
    """An order of the sampler's steps that has a name."""

    name: str
    meaning: str
    stages: tuple[StageName, ...]


ORDERS = (
    NamedOrder("transformers", "Temperature first, after the penalties", STAGE_NAMES),
    NamedOrder(
        "llama.cpp", "Temperature last, after the cuts",
        ("penalty", "presence", "frequency", "top_k", "typical", "top_p", "min_p", "temperature"),
    ),
)  # fmt: skip
