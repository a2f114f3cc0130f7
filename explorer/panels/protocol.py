"""What a panel is: a light declaration, and pure functions that render its views. Panels wire no events, hold no state.

``panels/<chapter>/<panel>.py`` ends with ``PANEL = Panel(...)`` and imports nothing heavy: all of them are read to list
the panels. ``panels/<chapter>/<panel>_views.py`` has one function a view, of the view's name, and is imported when the
panel is first drawn. Each view's twin in the browser is
``assets/views/<chapter>/<panel>/<view>.js``.

    def phases(scene: Scene) -> Rendered: ...                # light: in some 50 ms
    def roof(scene: Scene) -> Iterator[Rendered]: ...        # heavy: a job; what it has so far, then the whole

A view says what it requires and which parts of the selection it reads, so that it is asked for again only when one of
those has changed.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from explorer.errors import ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.panels.selection import Focus, FocusField, Scalar

if TYPE_CHECKING:
    from explorer.figures.overview.compared import Compared
    from explorer.stack.transformer.decoder import Decoder
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

Provenance = Literal["MEASURED", "DERIVED", "FORMULA", "QUOTED", "RECORDED"]
#: What must be there before a view is drawn. "run": this prompt's run, which is the only thing that reads the prompt;
#: "model": the model alone; "experts": a mixture; "decoder": a model that the project's own decoder reads.
#: "companion:NAME": a model beside the shelf's.
Requirement = Literal["run", "model", "experts", "decoder"] | str
#: What a view needs of a run beside its own: see `figures.overview.compared`; "all": it shows any two runs.
Compares = Literal["", "all", "tokens", "words", "parts", "row", "text"]
#: The page's own control: the query of the run that its run is compared with. Links write it once, for all panels.
WITH = "with"

#: The reference's chapters, whose names are the folders of `panels` and `stack`.
CHAPTERS = {
    "overview": "The walk",
    "tokenization": "Tokenization",
    "embeddings": "Embeddings",
    "transformer": "The transformer block",
    "architectures": "Architectures",
    "pretraining": "Pre-training",
    "finetuning": "Fine-tuning",
    "inference": "Inference",
    "systems": "Systems",
    "context": "Context",
    "safety": "Safety",
    "evaluation": "Evaluation",
    "frontier": "Frontier",
}


@dataclass(frozen=True)
class Check:
    """An invariant and the error measured on this very run. It holds while ``error <= tolerance``; NaN fails.

    It compares independent things: some test breaks the mechanism and sees it fail, and says so with
    ``@pytest.mark.breaks("<panel>.<view>", "<regular expression for the statement>")``.
    """

    statement: str
    error: float
    tolerance: float
    word: str = "error"

    @property
    def holds(self) -> bool:
        return not math.isnan(self.error) and self.error <= self.tolerance


Data = TypeVar("Data", covariant=True)


@dataclass(frozen=True)
class Rendered(Generic[Data]):
    """What a view shows: data for its drawing, its checks, and the ids of the tokens that it names."""

    data: Data
    """A `figures.payload.Payload`; its type, in the annotation of the view's function, is the documented one."""
    checks: tuple[Check, ...] = ()
    token_ids: Iterable[int] = ()
    title: str | None = None
    about: str | None = None
    note: str = ""
    """A sentence behind the view's own, about this run."""


def _nothing() -> None:
    """No second run is chosen."""


@dataclass(frozen=True)
class Scene:
    """All that a view may draw from: what it does not require may not be there."""

    loaded: Model | None = None
    run: Trace | None = None
    base: Trace | None = None
    """The same run without interventions; None when none is on."""
    focus: Focus = field(default_factory=Focus)
    controls: Mapping[str, Scalar] = field(default_factory=dict)
    progress: Progress = silent
    """`progress(what is counted, done, total)`, at least twice a second: it raises where nobody waits any more."""
    second: Callable[[], tuple[Model, Trace] | None] = _nothing
    """The run that the panel's own control `Panel.second` names, and its model; None while none is chosen. Raises
    NotApplicableError where it cannot be made."""
    other: Compared | None = None
    """This run and the one that it is compared with; None while none is chosen."""
    files: Mapping[str, bytes] | None = None
    """What a visitor has brought, by the value of the control that names it; None where nothing may be brought."""

    @property
    def model(self) -> Model:
        if self.loaded is None:
            raise LookupError("the view does not require a model, and reads one")
        return self.loaded

    @property
    def trace(self) -> Trace:
        if self.run is None:
            raise LookupError("the view does not require a run, and reads one")
        return self.run

    @property
    def decoder(self) -> Decoder:
        return self.model.decoder

    @property
    def position(self) -> int:
        return min(max(self.focus.position, 0), len(self.trace.tokens) - 1)

    @property
    def layer(self) -> int:
        return min(max(self.focus.layer, 0), self.model.dims.n_layers - 1)

    @property
    def head(self) -> int:
        return min(max(self.focus.head, 0), self.model.dims.n_heads - 1)

    @property
    def expert(self) -> int | None:
        """The chosen expert, if the model has it."""
        chosen = self.focus.expert
        return chosen if chosen is not None and 0 <= chosen < self.model.dims.n_experts else None

    @cached_property
    def target(self) -> int:
        """The token id whose logit is explained: the chosen one, or the likeliest at this position."""
        chosen = self.focus.target
        if chosen is not None and 0 <= chosen < self.model.dims.d_vocab:
            return chosen
        return int(self.trace.logits[self.position].argmax())

    @overload
    def number(self, name: str, default: int, low: float | int, high: float | int) -> int: ...

    @overload
    def number(self, name: str, default: float, low: float | int, high: float | int) -> float: ...

    def number(self, name: str, default: float | int, low: float | int, high: float | int) -> float | int:
        """A control's value, kept within its range; a whole number if the default is one.

        What is no number (a link may say anything) is the default.
        """
        try:
            said = self.controls.get(name)
            value = float(default if said is None else said)
        except ValueError:
            value = default
        value = min(max(value if math.isfinite(value) else default, low), high)
        return round(value) if isinstance(default, int) else value

    def choice(self, name: str, default: str, known: Iterable[str]) -> str:
        """A control's value if it is one of those known, else the default."""
        value = str(self.controls.get(name, default))
        return value if value in tuple(known) else default

    def ticks(self, what: str) -> Callable[[int, int], None]:
        """`progress` of one kind of thing that is counted."""
        return lambda done, total: self.progress(what, done, total)

    def companion(self, name: str) -> Any:
        """A model beside the shelf's (`zoo.companions`), its weights fetched with progress when first asked for.

        Raises NotApplicableError where it cannot be had.
        """
        from explorer.zoo.companions import companion

        try:
            return companion(name, self.progress)
        except ExplorerError as error:
            raise NotApplicableError(error.message, error.hint) from error

    @property
    def made_again(self) -> str:
        """A note on a long run, of which attention, logits and gates are not kept; nothing on a short one."""
        if self.run is None or self.run.witness is None:
            return ""
        return (
            f"Of a text of {len(self.run):,} tokens, attention, logits and gates are not kept: what is shown of them "
            "is made again from the run's own stream, queries and keys, exactly but for rounding, and held against "
            "what was read as it ran."
        )

    @property
    def against(self) -> Trace | None:
        """The run that stands beside this one: the chosen one, else the same without interventions."""
        return self.base if self.other is None else self.other.other.trace

    @property
    def against_model(self) -> Model:
        """That one's model: without interventions none of its weights is changed."""
        return self.model.original if self.other is None else self.other.other.model

    @cached_property
    def shared(self) -> int:
        """So many positions from the start stand beside that one's: without interventions of the same tokens."""
        if self.other is not None:
            return self.other.shared
        if self.base is None:
            return 0
        n = min(len(self.base), len(self.trace))
        return int((self.base.ids[:n] == self.trace.ids[:n]).int().cumprod(0).sum())

    @property
    def comparable(self) -> Trace | None:
        """That run, if position by position it can be laid beside this one up to the selected position."""
        return self.against if self.position < self.shared else None

    @property
    def beside(self) -> tuple[Trace, int] | None:
        """That run, and its position that belongs to the selected one; None where it has none."""
        if self.other is None:
            return None if self.comparable is None else (self.comparable, self.position)
        there = self.other.there(self.position)
        return None if there is None else (self.other.other.trace, there)


Render = Callable[[Scene], Rendered | Iterator[Rendered]]


@dataclass(frozen=True)
class View:
    """One framed picture."""

    name: str
    title: str
    about: str
    """One sentence: what one sees and why it matters."""
    depends: tuple[FocusField, ...] = ()
    controls: tuple[str, ...] = ()
    """Names of the panel's controls whose change needs new data; the others only redraw in the browser."""
    provenance: tuple[Provenance, ...] = ("MEASURED",)
    source: tuple[str, ...] = ()
    """The objects whose real source the drawer shows: "stack.systems.roofline:probe"."""
    heavy: bool = False
    """True when it takes more than some 100 ms: it is rendered as a job, in a process of its own."""
    requires: tuple[Requirement, ...] | None = None
    """None: what the panel requires."""
    compares: Compares = ""
    """What it needs of a second run to show it beside its own; nothing where it shows one run only."""

    def __post_init__(self) -> None:
        if self.compares and WITH not in self.controls:
            object.__setattr__(self, "controls", (*self.controls, WITH))

    def source_text(self) -> str:
        """The source of the mechanism itself, as it runs."""
        return "\n\n".join(inspect.getsource(resolve_name(f"explorer.{each}")) for each in self.source)


@dataclass(frozen=True)
class Panel:
    """A screen of the page, reachable by link as ``?panel=<name>``."""

    name: str
    title: str
    chapter: str
    order: int
    about: str
    views: tuple[View, ...]
    requires: tuple[Requirement, ...] = ("run",)
    also: tuple[str, ...] = ()
    """Further words by which somebody may look for it."""
    second: str | None = None
    """A control of its own that holds the query of a second run, which the light views are drawn from as well."""

    def __post_init__(self) -> None:
        if self.chapter not in CHAPTERS:
            raise ValueError(f"{self.chapter!r} is no chapter; one of {', '.join(CHAPTERS)}")

    @property
    def chapter_number(self) -> int:
        return list(CHAPTERS).index(self.chapter)

    def view(self, name: str) -> View:
        return next(v for v in self.views if v.name == name)

    def required(self, view: View) -> tuple[Requirement, ...]:
        """What the view requires."""
        return self.requires if view.requires is None else view.requires

    def reads(self, view: View) -> Literal["run", "model", "nothing"]:
        """What the view's data depend on, besides the selection and the controls: this run, its model alone, or none
        of them."""
        required = self.required(view)
        if "run" in required:
            return "run"
        return "model" if {"model", "experts", "decoder"}.intersection(required) else "nothing"

    def rendering(self, view: str) -> Render:
        """The function that renders the view; imports it."""
        return getattr(import_module(f"explorer.panels.{self.chapter}.{self.name}_views"), view)

    def render(self, view: str, scene: Scene) -> Rendered:
        """The view's whole result."""
        return whole(self.rendering(view)(scene))


def whole(made: Rendered | Iterator[Rendered]) -> Rendered:
    """The last of what a view yields."""
    if isinstance(made, Rendered):
        return made
    last = None
    for last in made:  # noqa: B007
        pass
    if last is None:
        raise LookupError("the view yielded nothing")
    return last
