"""What a panel is: a declaration and a pure `render`. Panels wire no events and hold no state.

A `Panel` has one or more `View`s. A view says which fields of the `Focus` its data depend on, so that the page asks
the server again only when one of those has changed; everything else is drawn in the browser. Its JavaScript twin is
``assets/views/<panel name>.js``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from explorer.errors import ExplorerError, NotApplicableError

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo import Model

Provenance = Literal["MEASURED", "DERIVED", "FORMULA", "RECORDED"]
FocusField = Literal["position", "layer", "head", "target", "expert"]

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
class Focus:
    """The one selection that all panels follow."""

    position: int = 0
    layer: int = 0
    head: int = 0
    target: int | None = None
    """Token id; None is the likeliest next token at the position."""
    expert: int | None = None


@dataclass(frozen=True)
class Check:
    """An invariant and the error measured on this very run. It holds while ``error <= tolerance``; NaN fails."""

    statement: str
    error: float
    tolerance: float
    word: str = "error"

    @property
    def holds(self) -> bool:
        return not math.isnan(self.error) and self.error <= self.tolerance


@dataclass(frozen=True)
class Rendered:
    """What a view shows: data for its drawing, its checks, and the ids of the tokens that it names."""

    data: Mapping[str, Any]
    checks: tuple[Check, ...] = ()
    token_ids: Iterable[int] = ()
    title: str | None = None
    about: str | None = None


@dataclass(frozen=True)
class Scene:
    """All that a view may draw from."""

    model: Model
    trace: Trace
    base: Trace | None
    """The same run without interventions; None when none is on."""
    focus: Focus = Focus()
    controls: Mapping[str, Any] = field(default_factory=dict)
    progress: Callable[[int, int], None] | None = None

    @property
    def position(self) -> int:
        return min(max(self.focus.position, 0), len(self.trace.tokens) - 1)

    @property
    def layer(self) -> int:
        return min(max(self.focus.layer, 0), self.trace.dims.n_layers - 1)

    @property
    def head(self) -> int:
        return min(max(self.focus.head, 0), self.trace.dims.n_heads - 1)

    @property
    def expert(self) -> int | None:
        """The chosen expert, if the model has it."""
        chosen = self.focus.expert
        return chosen if chosen is not None and 0 <= chosen < self.trace.dims.n_experts else None

    @cached_property
    def target(self) -> int:
        """The token id whose logit is explained: the chosen one, or the likeliest at this position."""
        chosen = self.focus.target
        if chosen is not None and 0 <= chosen < self.trace.dims.d_vocab:
            return chosen
        return int(self.trace.logits[self.position].argmax())

    def number(self, name: str, default: int | float, low: int | float, high: int | float) -> Any:
        """A control's value, kept within its range; a whole number if the default is one.

        What is no number (a link may say anything) is the default.
        """
        try:
            value = float(self.controls.get(name, default))
        except (TypeError, ValueError):
            value = default
        value = min(max(value if math.isfinite(value) else default, low), high)
        return round(value) if isinstance(default, int) else value

    def choice(self, name: str, default: str, known: Iterable[str]) -> str:
        """A control's value if it is one of those known, else the default."""
        value = str(self.controls.get(name, default))
        return value if value in tuple(known) else default

    def companion(self, name: str) -> Any:
        """A model beside the shelf's (`zoo.companions`), its weights fetched with progress when first asked for.

        Raises NotApplicableError where it cannot be had.
        """
        from explorer.zoo.companions import companion

        report = self.progress
        try:
            return companion(name, (lambda _, done, total: report(done, total)) if report else None)
        except ExplorerError as error:
            raise NotApplicableError(error.message, error.hint) from error

    @property
    def comparable(self) -> Trace | None:
        """The base run, if it read the same tokens up to the selected position."""
        base, here = self.base, self.position
        if base is None or len(base.tokens) <= here:
            return None
        same = [t.id for t in base.tokens[: here + 1]] == [t.id for t in self.trace.tokens[: here + 1]]
        return base if same else None


@dataclass(frozen=True)
class View:
    """One framed picture."""

    name: str
    title: str
    about: str
    """One sentence: what one sees and why it matters."""
    render: Callable[[Scene], Rendered]
    depends: tuple[FocusField, ...] = ()
    controls: tuple[str, ...] = ()
    """Names of the panel's controls whose change needs new data; the others only redraw in the browser."""
    provenance: tuple[Provenance, ...] = ("MEASURED",)
    source: tuple[Any, ...] = ()
    """The objects whose real source the drawer shows."""
    heavy: bool = False
    """True when it runs the model for seconds: it waits in the queue and reports progress."""

    def source_text(self) -> str:
        """The source of the mechanism itself, as it runs."""
        return "\n\n".join(inspect.getsource(obj) for obj in self.source)


@dataclass(frozen=True)
class Panel:
    """A screen of the page, reachable by link as ``?panel=<name>``."""

    name: str
    title: str
    chapter: str
    order: int
    about: str
    views: tuple[View, ...]
    needs: Literal["trace", "moe", "nothing"] = "trace"

    def __post_init__(self) -> None:
        if self.chapter not in CHAPTERS:
            raise ValueError(f"{self.chapter!r} is no chapter; one of {', '.join(CHAPTERS)}")

    @property
    def chapter_number(self) -> int:
        return list(CHAPTERS).index(self.chapter)

    def view(self, name: str) -> View:
        return next(v for v in self.views if v.name == name)
