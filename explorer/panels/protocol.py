"""What a panel is: a light declaration, and pure functions that render its views. Panels wire no events, hold no state.

``panels/<chapter>/<panel>.py`` ends with ``PANEL = Panel(...)`` and imports nothing heavy: all of them are read to list
the panels. ``panels/<chapter>/<panel>_views.py`` has one function a view, of the view's name, and is imported when the
panel is first drawn. Each view's twin in the browser is
``assets/views/<chapter>/<panel>/<view>.js``.

    def phases(scene: Scene) -> Rendered: ...                # light: in some 50 ms
    def roof(scene: Scene) -> Iterator[Rendered]: ...        # heavy: a job; what it has so far, then the whole

A view says what it requires and which parts of the selection it reads, so that it is asked for again only when one of
those has changed. It is handed what it has named, and nothing else.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from explorer.panels.chapters import CHAPTERS
from explorer.panels.controls import WITH, Control, by_name
from explorer.panels.remade import words
from explorer.panels.scene import Scene
from explorer.panels.selection import FocusField, Scalar
from explorer.panels.tags import Provenance
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.experiments.checkpoints import LiveRecipe, Trainings

#: What must be there before a view is drawn. "run": this prompt's run, which is the only thing that reads the prompt;
#: "model": the model alone; "attention": one with attention heads; "experts": a mixture; "decoder": a model that the
#: project's own decoder reads.
#: "plain": weights that are float32 on the CPU, as for "decoder" alone; "anywhere": also elsewhere, in any format.
#: "companion:NAME": that model, beside the page's.
Requirement = Literal["run", "model", "attention", "experts", "decoder", "plain", "anywhere"] | str
#: What a view needs of a run beside its own: see `figures.overview.compared`; "all": it shows any two runs;
#: "weights": it reads no run, and shows the weights of that run's model where they are others; "loaded": the weights as
#: they were loaded, whatever the run has changed of them.
Compares = Literal[
    "", "all", "weights", "loaded", "any", "place", "model", "heads", "tokens", "words", "parts", "row", "text"
]


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


def in_both(ours: tuple[Check, ...], theirs: tuple[Check, ...], other: str = "the other run") -> tuple[Check, ...]:
    """The checks of two runs: those of one statement as one, with the larger error; the others by themselves.

    >>> ours = Check("a", 1.0, 2.0), Check("8 rows", 0.0, 2.0)
    >>> theirs = Check("a", 3.0, 2.0), Check("9 rows", 1.0, 2.0)
    >>> [(each.statement, each.error) for each in in_both(ours, theirs)]
    [('a, in both runs', 3.0), ('8 rows', 0.0), ('9 rows, in the other run', 1.0)]
    """
    left, made = list(theirs), []
    for mine in ours:
        same = next((each for each in left if each.statement == mine.statement), None)
        if same is None:
            made.append(mine)
            continue
        left.remove(same)
        both = replace(mine, statement=f"{mine.statement}, in both runs", error=worst(mine.error, same.error))
        made.append(both)
    return (*made, *(replace(each, statement=f"{each.statement}, in {other}") for each in left))


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
    chosen: Mapping[str, Scalar] = field(default_factory=dict)
    """Controls that nobody has set, as the view chose them for this run: the other run is rendered with the same."""
    focus: Mapping[FocusField, int] = field(default_factory=dict)
    """What the view shows in place of what is selected: the other run is rendered with the same."""
    passing: bool = False
    """Whether it is so at this moment alone, as while a store is away: the answer is not kept."""


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
    """Names of the panel's controls that its data depend on; the others only redraw in the browser."""
    in_page: tuple[str, ...] = ()
    """Of these, those whose change the page computes by itself: it asks the server for the others alone. A program may
    name all."""
    provenance: tuple[Provenance, ...] = ("MEASURED",)
    source: tuple[str, ...] = ()
    """The objects whose real source the drawer shows: "stack.systems.roofline:probe"."""
    heavy: bool = False
    """True when it takes more than some 100 ms: it is rendered as a job, in a process of its own."""
    long: bool = False
    """True when it takes a minute or more on the default model: the panel's other views are measured before it."""
    requires: tuple[Requirement, ...] | None = None
    """None: what the panel requires."""
    optional: tuple[Requirement, ...] = ()
    """What it draws on where it is there; without it, it shows or checks less."""
    compares: Compares = ""
    """What it needs of another run to show it beside its own; nothing where it shows one run only."""
    together: bool = False
    """Whether its function lays both runs beside each other, because that takes work: it reads `scene.there`. Else it
    is rendered for each run, and the picture gets two payloads."""
    unchanged: bool | None = None
    """Whether the unchanged run stands beside its own while interventions are on. None: where it reads a run and is
    light."""
    trains: tuple[str, ...] = ()
    """The trainings of this view whose checkpoints any panel can open: its module has `<view>_trainings(scene)`."""
    ends: str = "steps"
    """The control that says after how many steps they end."""
    stays: str = ""
    """The control that says whether a measurement that has begun goes on when its visitors have left ("goes"): as long
    as nobody else waits."""

    def __post_init__(self) -> None:
        if self.trains and self.ends not in self.controls:
            raise ValueError(f"{self.name} trains, and has no control “{self.ends}”")
        if unknown := set(self.in_page).difference(self.controls):
            raise ValueError(f"{self.name}: {', '.join(sorted(unknown))} is computed in the page, and is no control")
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
    controls: tuple[Control, ...] = ()
    requires: tuple[Requirement, ...] = ("run",)
    also: tuple[str, ...] = ()
    """Further words by which somebody may look for it."""
    second: str | None = None
    """A control of its own that holds the query of a second run, which the light views are drawn from as well."""

    def __post_init__(self) -> None:
        if self.chapter not in CHAPTERS:
            raise ValueError(f"{self.chapter!r} is no chapter; one of {', '.join(CHAPTERS)}")
        for view in self.views:
            if strange := {*view.controls} - {*self.settings, WITH}:
                raise ValueError(
                    f"the view {view.name!r} depends on {sorted(strange)}, which its panel does not declare"
                )

    @cached_property
    def settings(self) -> Mapping[str, Control]:
        """The declared controls by name."""
        return by_name(self.controls)

    @property
    def chapter_number(self) -> int:
        return list(CHAPTERS).index(self.chapter)

    def view(self, name: str) -> View:
        return next(v for v in self.views if v.name == name)

    def required(self, view: View) -> tuple[Requirement, ...]:
        """What the view requires."""
        return self.requires if view.requires is None else view.requires

    def companions(self, view: View) -> list[str]:
        """Names of the models beside the page's that the view requires."""
        kind = "companion:"
        return [each.removeprefix(kind) for each in self.required(view) if each.startswith(kind)]

    def reads(self, view: View) -> Literal["run", "model", "nothing"]:
        """What the view's data depend on, besides the selection and the controls: this run, its model alone, or none
        of them."""
        required = self.required(view)
        if "run" in required:
            return "run"
        return "model" if {"model", "experts", "decoder"}.intersection(required) else "nothing"

    def unchanged(self, view: View) -> bool:
        """Whether the view is rendered for the unchanged run as well, while interventions are on."""
        if not view.compares or view.together:
            return False
        return not view.heavy and self.reads(view) == "run" if view.unchanged is None else view.unchanged

    def rendering(self, view: str) -> Render:
        """The function that renders the view; imports it."""
        return getattr(import_module(f"explorer.panels.{self.chapter}.{self.name}_views"), view)

    def trainings(self, view: str) -> Callable[[Scene], Trainings]:
        """The function that makes the view's trainings, before their first step."""
        return self.rendering(f"{view}_trainings")  # pyright: ignore[reportReturnType]

    def recipe(self, view: View, controls: Mapping[str, Scalar]) -> LiveRecipe:
        """What the view's trainings are made of."""
        from explorer.experiments.checkpoints import LiveRecipe

        trained = [name for name in view.controls if name != WITH and name not in view.in_page]
        said = {name: self.settings[name].read(controls.get(name)) for name in trained}
        settings = tuple((name, str(value)) for name, value in said.items())
        return LiveRecipe(f"{self.name}.{view.name}", self.title, view.trains, settings, int(said[view.ends] or 0))

    def results(self, view: str, scene: Scene) -> Iterator[Rendered]:
        """All that the view yields; the last is the whole."""
        own = self.scene_of(self.view(view), scene)
        return noted(lambda: self.rendering(view)(own))

    def scene_of(self, view: View, scene: Scene) -> Scene:
        """The scene with what the view has declared, and nothing else."""
        reads, declared = self.reads(view), frozenset((*self.required(view), *view.optional))
        if reads != "run":
            scene = replace(scene, run=None, base=None)
        said = {name: scene.controls[name] for name in view.controls if name in scene.controls}
        return replace(
            scene,
            declared=declared,
            controls=said,
            settings=self.settings,
            recipe=self.recipe(view, said) if view.trains else None,
            loaded=None if reads == "nothing" else scene.loaded,
        )

    def said(self, view: View, controls: Mapping[str, Scalar]) -> tuple[tuple[str, Scalar], ...]:
        """What the view depends on of all that is said about the controls, in the one way to say it: a value that is
        the default is left out, and two that mean the same are the same."""
        said = ((name, controls[name]) for name in view.controls if name in controls)
        meant = ((name, self.settings[name].meant(value) if name in self.settings else value) for name, value in said)
        return tuple((name, value) for name, value in meant if value is not None)

    def render(self, view: str, scene: Scene) -> Rendered:
        """The view's whole result."""
        return whole(self.results(view, scene))


def noted(render: Callable[[], Rendered | Iterator[Rendered]]) -> Iterator[Rendered]:
    """All that a view yields; behind each, what of a long run was made again for it."""
    from explorer.tracing import made_again  # the package first: another thread may be importing it

    heard: dict[made_again.Part, float] = {}
    steps = _steps(render)
    while True:
        with made_again.listening(heard):  # only while the view is at work: who is given its parts reads for himself
            made = next(steps, None)
        if made is None:
            return
        yield replace(made, note=f"{made.note} {words(heard)}".strip())


def _steps(render: Callable[[], Rendered | Iterator[Rendered]]) -> Iterator[Rendered]:
    made = render()
    if isinstance(made, Rendered):
        yield made
    else:
        yield from made


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
