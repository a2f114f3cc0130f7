"""The run that stands beside the page's: the chosen one, or the unchanged one while interventions are on.

A view says what it needs of such a run (`View.compares`). Its function is rendered for both runs, and the answer holds
two payloads, with the positions that belong together. A view that lays both beside each other by itself
(`View.together`) is rendered once, and reads `scene.there`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError
from explorer.fetching.progress import Progress
from explorer.panels.controls import WITH
from explorer.panels.protocol import Panel, View, in_both
from explorer.panels.scene import Scene
from explorer.shell.views.drawn import Drawn, Side, There
from explorer.shell.views.rendering import require, results
from explorer.shell.views.subjects import second, second_model, second_query

if TYPE_CHECKING:
    from explorer.figures.overview.compared import Compared, Said
    from explorer.panels.selection import Scalar
    from explorer.zoo.model import Model


@dataclass(frozen=True)
class Beside:
    """The other run of the page, made when the first view asks for it."""

    scene: Scene
    """Of the page's run alone."""
    controls: Mapping[str, Scalar]
    progress: Progress

    @property
    def query(self) -> str:
        return second_query(WITH, self.controls)

    @cached_property
    def compared(self) -> Compared | None:
        """Raises NotApplicableError where the other run cannot be made."""
        from explorer.figures.overview.compared import Compared
        from explorer.figures.overview.two_places import Run

        found = second(self.query, self.progress)
        return None if found is None else Compared(Run(self.scene.model, self.scene.trace), Run(*found))

    def drawn(self, panel: Panel, view: View) -> Iterator[Drawn]:
        """All that the view yields, the last being the whole. What has no checks yet is a part.

        Where the other run cannot be shown, the page's stands alone. Raises NotApplicableError.
        """
        scene, said = self.of(panel, view)
        if view.compares and not view.together:
            yield from of_each(panel, view, scene, said)
            return
        try:
            for made in results(panel, view, scene):
                yield Drawn(made, said)
        except NotApplicableError as error:
            if said is None or not said.fits:
                raise
            said = replace(said, text=_words(error), fits=False)
            for made in results(panel, view, replace(self.scene, alone=True)):
                yield Drawn(made, said)

    def of(self, panel: Panel, view: View) -> tuple[Scene, Said | None]:
        """What the view is drawn from, and what its frame says of the other run; nothing while none is chosen.

        Raises NotApplicableError where the other run cannot be made and the view shows nothing else.
        """
        from explorer.figures.overview.compared import Said

        if not view.compares or not self.query:
            return self.scene, None
        alone = replace(self.scene, alone=True)  # what was not chosen is not compared with
        if view.compares in ("weights", "loaded"):
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
        if view.compares == "loaded" and self.scene.loaded and model.original is self.scene.loaded.original:
            words = "Both runs have the same model, and this view packs it as it was loaded."
            return self.scene, Said(title, words, False)
        if lack := _lack(panel, view, model):
            return self.scene, Said(title, lack, False)
        return replace(self.scene, other_model=model), Said(title, "", True)


def side_of(panel: Panel, view: View, scene: Scene) -> Side | None:
    """What the view is rendered from besides: the chosen run, or the unchanged one, where it can be compared."""
    if (there := scene.there) is not None:
        if scene.other is None:
            return Side(there, one_vocabulary=there.model.vocabulary is scene.model.vocabulary)
        other = scene.other
        return Side(_aimed(scene, there, other.one_vocabulary), other.places, other.shared, other.one_vocabulary)
    if not panel.unchanged(view) or (there := scene.unchanged) is None:
        return None
    shared = scene.shared
    if view.compares in AT_A_PLACE and scene.position >= shared:
        return None
    places = (*range(shared), *[None] * (len(scene.trace) - shared))
    return Side(_aimed(scene, there, True), places, shared)


#: What is compared at the selected position: the unchanged run must have read the same tokens up to there.
AT_A_PLACE = ("place", "words", "parts", "row")


def _aimed(here: Scene, there: Scene, one_vocabulary: bool) -> Scene:
    """The other run's scene, where the same token's logit is explained."""
    return replace(there, focus=replace(there.focus, target=here.target)) if one_vocabulary else there


def of_each(panel: Panel, view: View, scene: Scene, said: Said | None = None) -> Iterator[Drawn]:
    """The view rendered for each run of the scene: this run's results, then the other's beside this one's whole."""
    side, alone = side_of(panel, view, scene), replace(scene, other=None, other_model=None, alone=True)
    here = there = None
    for here in results(panel, view, alone):
        yield Drawn(here if side is None else replace(here, checks=()), said)
    if side is None or here is None:
        return
    if here.chosen or here.focus:
        scene = side.scene
        focus = replace(scene.focus, **here.focus)
        side = replace(side, scene=replace(scene, focus=focus, controls={**scene.controls, **here.chosen}))
    try:
        for there in results(panel, view, side.scene):
            yield Drawn(replace(here, checks=()), said, There(side, there))
    except NotApplicableError as error:
        yield Drawn(here, said and replace(said, text=_words(error), fits=False))
        return
    if there is not None:
        checks = in_both(here.checks, there.checks, side.scene.whose)
        notes = dict.fromkeys(filter(None, (here.note, there.note)))
        yield Drawn(replace(here, checks=checks, note=" ".join(notes)), said, There(side, there))


def _words(error: NotApplicableError) -> str:
    return f"{error.message} {error.hint}".strip()


def _lack(panel: Panel, view: View, model: Model) -> str:
    """What the view requires and the other run's model lacks, in words."""
    try:
        require(panel, view, model)
    except NotApplicableError as error:
        return _words(error)
    return ""


def chosen(views: tuple[View, ...] | list[View], controls: Mapping[str, Scalar]) -> str:
    """The query of the other run that some of these views are drawn from as well."""
    return second_query(WITH, controls) if any(view.compares for view in views) else ""
