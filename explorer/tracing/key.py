"""What identifies a run: model, text, how it continues, and what is changed in it. Its text form is the link's.

>>> key = TraceKey("smollm2-135m", "Hello, world", max_new_tokens=3, sampler=Sampler(temperature=0.5), seed=7)
>>> key.query()
'model=smollm2-135m&text=Hello,%20world&new=3&T=0.5&seed=7'
>>> TraceKey.parse(key.query()) == key
True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import parse_qsl, quote

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.sampler_settings import SETTINGS, STAGE_NAMES, StageName
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.tokenization.text import well_formed
from explorer.tracing.changes import interventions as iv
from explorer.tracing.changes.interventions import Intervention, number
from explorer.zoo import DEFAULT

PLAIN = Sampler()
MAX_INTERVENTIONS = 32
"""In one run: each acts on every forward, and may bring a forward of its own."""
PARTS = dict.fromkeys(
    ("model", "text", "chat", "new", *(each.link for each in SETTINGS), "order", "seed", "force", "do")
)
"""The names that a query may have, in its order."""
T = TypeVar("T")


@dataclass(frozen=True)
class TraceKey:
    """Two equal keys give the same numbers, to everybody; within rounding, where runs are made in one batch."""

    model: str
    text: str
    chat: bool = False
    """Put the text into the model's chat template, as the user's turn."""
    max_new_tokens: int = 0
    sampler: Sampler = PLAIN
    seed: int = 0
    forced: tuple[tuple[int, int], ...] = ()
    """(step, token id): the token that is taken at a generation step, whatever the sampler says."""
    interventions: tuple[Intervention, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", well_formed(self.model))
        object.__setattr__(self, "text", well_formed(self.text))
        object.__setattr__(self, "forced", tuple(sorted((int(s), int(t)) for s, t in self.forced)))
        object.__setattr__(self, "interventions", tuple(self.interventions))
        _check_number(len(self.interventions))
        if self.max_new_tokens < 0:
            raise BadRequestError(f"{self.max_new_tokens} new tokens are outside the range of a run.")
        if not 0 <= self.seed < 1 << 63:
            raise BadRequestError(f"The seed {self.seed} is outside 0 to 2^63 - 1.")
        if len(dict(self.forced)) != len(self.forced):
            raise BadRequestError("One generation step is forced to two tokens.")
        for step, token in self.forced:
            if not 0 <= step < self.max_new_tokens or token < 0:
                raise BadRequestError(
                    f"Token {token} cannot be forced at step {step}.",
                    f"This run has {self.max_new_tokens} generation steps, numbered from 0.",
                )

    def query(self) -> str:
        """The URL's query string: stable order, defaults left out."""
        sampler = self.sampler
        values = [
            ("model", self.model, None),
            ("text", self.text, None),
            ("chat", str(int(self.chat)), "0"),
            ("new", str(self.max_new_tokens), "0"),
            *((each.link, number(sampler.numbers[each.name]), number(each.neutral)) for each in SETTINGS),
            ("order", ",".join(sampler.order), ",".join(STAGE_NAMES)),
            ("seed", str(self.seed), "0"),
            ("force", ",".join(f"{step}:{token}" for step, token in self.forced), ""),
            ("do", ",".join(each.text for each in self.interventions), ""),
        ]
        return "&".join(f"{name}={quote(value, safe=':,')}" for name, value, default in values if value != default)

    @classmethod
    def parse(cls, query: str) -> TraceKey:
        """The key of a query string; names that are not the key's are passed over. Raises BadRequestError."""
        given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))

        def read(name: str, kind: Callable[[str], T], default: T) -> T:
            if name not in given:
                return default
            try:
                return kind(given[name])
            except (ValueError, KeyError) as error:
                raise BadRequestError(
                    f"“{given[name][:60]}” is not a value of “{name}”.", "Correct the link."
                ) from error

        numbers = {each.name: read(each.link, _whole if each.whole else float, each.neutral) for each in SETTINGS}
        sampler = Sampler.of(numbers, read("order", _order, STAGE_NAMES))
        return cls(
            model=given.get("model") or DEFAULT,
            text=given.get("text", ""),
            chat=read("chat", {"0": False, "1": True, "": False}.__getitem__, False),
            max_new_tokens=read("new", _whole, 0),
            sampler=sampler,
            seed=read("seed", _whole, 0),
            forced=read("force", read_forced, ()),
            interventions=read_interventions([each for each in given.get("do", "").split(",") if each]),
        )

    def without_interventions(self) -> TraceKey:
        """The key of the unchanged run."""
        return replace(self, interventions=())


def read_interventions(texts: Sequence[str]) -> tuple[Intervention, ...]:
    """Interventions from their text forms. Raises BadRequestError for one that is none, and for too many."""
    _check_number(len(texts))
    return tuple(iv.parse_intervention(each) for each in texts)


def _check_number(interventions: int) -> None:
    if interventions > MAX_INTERVENTIONS:
        raise BadRequestError(
            f"{interventions:,} interventions pass the limit of {MAX_INTERVENTIONS} in one run.",
            f"Remove {interventions - MAX_INTERVENTIONS:,} of them.",
            interventions=interventions,
            limit=MAX_INTERVENTIONS,
        )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ValueError(text)
    return int(text)


def _order(text: str) -> tuple[StageName, ...]:
    by_name: dict[str, StageName] = {name: name for name in STAGE_NAMES}
    return tuple(by_name[name] for name in text.split(","))


def read_forced(text: str) -> tuple[tuple[int, int], ...]:
    """Forced tokens as a link writes them.

    >>> read_forced("0:12,3:7")
    ((0, 12), (3, 7))
    """
    pairs = [each.split(":") for each in text.split(",") if each]
    return tuple((_whole(step), _whole(token)) for step, token in pairs)
