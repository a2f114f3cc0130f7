"""What a view may draw from: the model, this run and one beside it, the selection and the panel's own controls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, overload

from explorer.errors import ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.panels.controls import Control, Kind, Number
from explorer.panels.selection import FIELD, Focus, FocusField, Scalar, sizes_of

if TYPE_CHECKING:
    from explorer.experiments.checkpoints import LiveRecipe
    from explorer.figures.overview.compared import Compared
    from explorer.stack.transformer.decoder import Decoder
    from explorer.stack.transformer.references import Over
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

Companion = TypeVar("Companion")
Word = TypeVar("Word", bound=str)


#: What sentences call the run on the page.
OWN = "this run"


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
    """What a link or a program says of those that the view depends on, as it came: views read it by `whole`, `real`,
    `one_of`, `text`."""
    progress: Progress = silent
    """`progress(what is counted, done, total)`, at least twice a second: it raises where nobody waits any more."""
    second: Callable[[], tuple[Model, Trace] | None] = _nothing
    """The run that the panel's own control `Panel.second` names, and its model; None while none is chosen. Raises
    NotApplicableError where it cannot be made."""
    other: Compared | None = None
    """This run and the one that it is compared with; None while none is chosen."""
    other_model: Model | None = None
    """The chosen run's model, for a view that reads no run; None where its weights are this one's."""
    alone: bool = False
    """Nothing stands beside this run, not even the one without interventions: a run was chosen that cannot be shown."""
    files: Mapping[str, bytes] | None = None
    """What a visitor has brought, by the value of the control that names it; None where nothing may be brought."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Texts that a visitor has brought, by the value of the control that names them."""
    whose: str = OWN
    """What sentences call the run."""
    again: bool = False
    """Whether a person asks for the view to be measured anew: nothing is read that was measured before."""
    declared: frozenset[str] | None = None
    """What the view says that it draws on (see `protocol.Requirement`): nothing else is handed out to it. None where
    this is no view's own scene."""
    recipe: LiveRecipe | None = None
    """What the view's trainings are made of, where their checkpoints are kept."""
    settings: Mapping[str, Control] | None = None
    """The declarations of the panel: a control that the view does not depend on has its default."""

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
        """The explorer's own decoder on the model. Raises NotApplicableError where it does not know the model, or
        where a view that does not run anywhere meets weights that are not float32 on the CPU."""
        self._check_declared("decoder")
        anywhere = self.declared is not None and "anywhere" in self.declared
        return self.model.decoder if anywhere else self.model.plain_decoder

    @property
    def position(self) -> int:
        return FIELD["position"].inside(self.focus.position, sizes_of(None, len(self.trace.tokens)))

    @property
    def layer(self) -> int:
        return FIELD["layer"].inside(self.focus.layer, sizes_of(self.model.dims))

    @property
    def head(self) -> int:
        return FIELD["head"].inside(self.focus.head, sizes_of(self.model.dims))

    @property
    def expert(self) -> int | None:
        """The chosen expert, if the model has it."""
        chosen = self.focus.expert
        return chosen if FIELD["expert"].among(chosen, sizes_of(self.model.dims)) else None

    @cached_property
    def target(self) -> int:
        """The token id whose logit is explained: the chosen one, or the likeliest at this position."""
        chosen = self.focus.target
        if chosen is not None and FIELD["target"].among(chosen, sizes_of(self.model.dims)):
            return chosen
        return self.trace.answer(self.position)

    @property
    def over(self) -> Over:
        """What shares of the target's logit are measured over: the chosen rival, or the reference of that name."""
        return self.over_of(self.target)

    def over_of(self, target: int) -> Over:
        """The same for another target: no token is its own rival."""
        from explorer.stack.transformer.references import NAMED

        sizes, rival = sizes_of(self.model.dims), self.focus.rival
        if rival is not None and rival != target and FIELD["rival"].among(rival, sizes):
            return rival
        return NAMED[FIELD["over"].inside(self.focus.over or 0, sizes)]

    def whole(self, name: str, **of_run: int) -> int:
        """The value of a control that is a whole number. `default`, `low`, `high`: what its declaration leaves to the
        run."""
        return int(self._of_kind(name, "whole", of_run))

    def real(self, name: str, **of_run: float) -> float:
        """The value of a control that is a number."""
        return float(self._of_kind(name, "real", of_run))

    @overload
    def one_of(self, name: str) -> str: ...

    @overload
    def one_of(self, name: str, known: Iterable[Word], default: Word | None = None) -> Word: ...

    def one_of(self, name: str, known: Iterable[Word] | None = None, default: Word | None = None) -> str:
        """The value of a control that is one of a few. `known`: those of the run, or the names that the declaration
        offers, where a type knows them: all of these must be known."""
        control = self.declared_control(name)
        if known is None:
            return str(self._of_kind(name, "choice", {}))
        found = list(known)
        if control.kind == "choice" and (strange := [each for each in control.values if each not in found]):
            raise LookupError(f"the control “{name}” offers {strange}, which the view does not know")
        said = str(control.read(self.controls.get(name)))
        if self.whose != OWN and self.said(name) and said not in found:
            what = f"{self.whose[0].upper()}{self.whose[1:]} does not offer “{said}”."
            raise NotApplicableError(what, f"Choose another {(control.label or name).lower()}.")
        usual = control.default if control.default in found else default
        value = next((each for each in found if each == said), usual)
        if value is None:
            raise LookupError(f"the control “{name}” has no default among {found}")
        return str(value)

    def text(self, name: str, default: str | None = None) -> str:
        """The value of a control that is a text, or whatever the view offers; nothing where nothing is said."""
        said = self.declared_control(name).read(self.controls.get(name), default=default)
        return "" if said is None else str(said)

    def offered(self, name: str) -> tuple[int, ...]:
        """The whole numbers among the choices that are declared."""
        return tuple(each for each in self.declared_control(name).values if isinstance(each, int))

    def said(self, name: str) -> bool:
        """Whether the link says anything about it: else the view decides."""
        return self.declared_control(name).meant(self.controls.get(name)) is not None

    def _of_kind(self, name: str, kind: Kind, of_run: Mapping[str, Number]) -> Number | str:
        control = self.declared_control(name)
        if control.kind != kind:
            raise LookupError(f"the control “{name}” is {control.kind}, not {kind}")
        value = control.read(self.controls.get(name), **of_run)
        if value is None:
            raise LookupError(f"the control “{name}” has no default, and the view gives none")
        return value

    def declared_control(self, name: str) -> Control:
        if self.settings is None or name not in self.settings:
            raise LookupError(f"the view reads the control “{name}”, which its panel does not declare")
        return self.settings[name]

    def check_inside(self, *fields: FocusField) -> None:
        """Raises NotApplicableError where the model of the other run has not what is selected in this one's."""
        for name in fields if self.whose != OWN else ():
            chosen = getattr(self.focus, name)
            if chosen is not None and not FIELD[name].among(chosen, sizes_of(self.model.dims)):
                what = FIELD[name].label
                raise NotApplicableError(
                    f"The model of {self.whose} has no {what} {chosen}.", f"Choose another {what}."
                )

    def ticks(self, what: str) -> Callable[[int, int], None]:
        """`progress` of one kind of thing that is counted."""
        return lambda done, total: self.progress(what, done, total)

    def companion(self, name: str, kind: type[Companion]) -> Companion:
        """A model beside the shelf's (`zoo.companions`), its weights fetched with progress when first asked for.

        Raises NotApplicableError where it cannot be had.
        """
        from explorer.zoo.companions import companion

        self._check_declared(f"companion:{name}")
        try:
            opened = companion(name, self.progress)
        except ExplorerError as error:
            raise NotApplicableError.of(error) from error
        assert isinstance(opened, kind)
        return opened

    def _check_declared(self, what: str) -> None:
        if self.declared is not None and what not in self.declared:
            raise LookupError(f"the view draws on “{what}”: name it in `requires`, or in `optional`")

    @property
    def left_out(self) -> str:
        """A note for a view that runs the explorer's own decoder on the tokens of this run, and of a chosen one: what
        interventions do to activations is left out there. Changed weights are not."""
        runs = [self.trace] if self.other is None else [self.trace, self.other.other.trace]
        if all(each.site == "weights" for run in runs for each in run.key.interventions):
            return ""
        return f"The interventions of {self.whose if self.other is None else 'either run'} are not applied here."

    @cached_property
    def there(self) -> Scene | None:
        """What the chosen run's own picture is drawn from: the same settings, and the position that belongs to the
        selected one; None while none is chosen."""
        if self.other is None and self.other_model is None:
            return None
        alone = replace(self._of("the other run"), other=None, other_model=None, base=None)
        if self.other is None:
            return replace(alone, loaded=self.other_model)
        there, (model, trace) = self.other.there(self.position), self.other.other
        focus = self.focus if there is None else replace(self.focus, position=there)
        return replace(alone, loaded=model, run=trace, focus=focus)

    @cached_property
    def unchanged(self) -> Scene | None:
        """What the unchanged run's own picture is drawn from, at the same position; None where none is on."""
        if self.base is None or self.alone:
            return None
        return replace(self._of("the unchanged run"), loaded=self.model.original, run=self.base, base=None)

    def _of(self, whose: str) -> Scene:
        """The same, where what is counted is counted of another run."""
        told = self.progress
        return replace(self, whose=whose, progress=lambda what, done, total: told(f"{what} of {whose}", done, total))

    @property
    def against(self) -> Trace | None:
        """The run that stands beside this one: the chosen one, else the same without interventions."""
        if self.other is not None:
            return self.other.other.trace
        return None if self.alone else self.base

    @property
    def against_model(self) -> Model:
        """That one's model: without interventions none of its weights is changed."""
        return self.model.original if self.other is None else self.other.other.model

    @cached_property
    def shared(self) -> int:
        """So many positions from the start stand beside that one's: without interventions of the same tokens."""
        if self.other is not None:
            return self.other.shared
        if self.against is None:
            return 0
        n = min(len(self.against), len(self.trace))
        return int((self.against.ids[:n] == self.trace.ids[:n]).int().cumprod(0).sum())

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
