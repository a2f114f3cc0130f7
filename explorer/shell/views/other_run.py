"""The run that is laid beside a view's own: the one that was chosen, where the view can show both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError
from explorer.fetching.progress import Progress
from explorer.panels.controls import WITH
from explorer.panels.protocol import Panel, Rendered, View
from explorer.panels.scene import Scene
from explorer.shell.views.rendering import require, results
from explorer.shell.views.subjects import second, second_model, second_query

if TYPE_CHECKING:
    from explorer.figures.overview.compared import Compared, Said
    from explorer.panels.selection import Scalar
    from explorer.zoo.model import Model


@dataclass(frozen=True)
class Beside:
    """The second run of the page, made when the first view asks for it."""

    scene: Scene
    """Of the page's run alone."""
    controls: Mapping[str, Scalar]
    progress: Progress

    @property
    def query(self) -> str:
        return second_query(WITH, self.controls)

    @cached_property
    def compared(self) -> Compared | None:
        """Raises NotApplicableError where the second run cannot be made."""
        from explorer.figures.overview.compared import Compared
        from explorer.figures.overview.two_places import Run

        found = second(self.query, self.progress)
        return None if found is None else Compared(Run(self.scene.model, self.scene.trace), Run(*found))

    def drawn(self, panel: Panel, view: View) -> Iterator[tuple[Rendered, Said | None]]:
        """All that the view yields, the last being the whole, and what its frame says of the second run.

        Where it cannot show that run by itself, it shows the page's alone. Raises NotApplicableError.
        """
        scene, said = self.of(panel, view)
        try:
            for made in results(panel, view, scene):
                yield made, said
        except NotApplicableError as error:
            if said is None or not said.fits:
                raise
            said = replace(said, text=_words(error), fits=False)
            for made in results(panel, view, replace(self.scene, alone=True)):
                yield made, said

    def of(self, panel: Panel, view: View) -> tuple[Scene, Said | None]:
        """What the view is drawn from, and what its frame says of the second run; nothing while none is chosen.

        Raises NotApplicableError where the second run cannot be made and the view shows nothing else.
        """
        from explorer.figures.overview.compared import Said

        if not view.compares or not self.query:
            return self.scene, None
        alone = replace(self.scene, alone=True)  # what was not chosen is not compared with
        if view.compares == "weights":
            return self._weights(panel, view)
        try:
            found = self.compared
        except NotApplicableError as error:
            if view.compares == "all":
                raise
            return alone, Said("another run", _words(error), False)
        if found is None:
            return self.scene, None
        if view.compares == "all":
            return replace(self.scene, other=found), None
        said = found.said(view.compares, self.scene.position)
        if said.fits and (lack := _lack(panel, view, found.other.model)):
            said = replace(said, text=lack, fits=False)
        return (replace(self.scene, other=found) if said.fits else alone), said

    def _weights(self, panel: Panel, view: View) -> tuple[Scene, Said]:
        """The same for a view that reads no run."""
        from explorer.figures.overview.compared import Said

        try:
            title, model = second_model(self.query, self.progress)
        except NotApplicableError as error:
            return self.scene, Said("another run", _words(error), False)
        if model is self.scene.loaded:
            return self.scene, Said(title, "That run has the same weights, and this view shows only weights.", False)
        if lack := _lack(panel, view, model):
            return self.scene, Said(title, lack, False)
        return replace(self.scene, other_model=model), Said(title, "", True)


def _words(error: NotApplicableError) -> str:
    return f"{error.message} {error.hint}".strip()


def _lack(panel: Panel, view: View, model: Model) -> str:
    """What the view requires and the second run's model lacks, in words."""
    try:
        require(panel, view, model)
    except NotApplicableError as error:
        return _words(error)
    return ""


def chosen(views: tuple[View, ...] | list[View], controls: Mapping[str, Scalar]) -> str:
    """The query of the second run that some of these views are drawn from as well."""
    return second_query(WITH, controls) if any(view.compares for view in views) else ""
