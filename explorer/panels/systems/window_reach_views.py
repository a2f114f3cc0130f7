"""Windows and reach: how far blocks that look a window back let a token be known, and how much of it arrives."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.systems import window_reach as experiment
from explorer.experiments.systems.window_reach import Reached
from explorer.figures.systems import window_reach as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.windows import windows as windows_of

#: Tokens that must follow, with the token itself.
LEAST = 3
#: The choice of the model’s own windows.
OWN_WINDOWS = "own"


def cone(scene: Scene) -> Iterator[Rendered[figure.WindowReach]]:
    ids, source = scene.trace.ids, scene.position
    after = min(len(ids) - source, experiment.MOST)
    if after < LEAST:
        raise NotApplicableError(
            f"In {scene.whose}, too few tokens follow this one to measure how far it reaches.",
            "Select an earlier token, or write a longer prompt.",
        )
    own, chosen = _windows(scene, after)
    for made in experiment.influences(scene.decoder, ids, source, chosen):
        yield _shown(scene, made, own)


def _shown(scene: Scene, made: Reached, own: bool) -> Rendered[figure.WindowReach]:
    off = figure.mask_differences(made.windows, made.windowed.change.shape[1])
    blocks = len(made.windows)
    checks = (
        Check("Change beyond the bound = 0 at every depth", figure.beyond(made), 0.0, "largest change"),
        Check(f"Bound = product of {blocks} blocks’ masks", float(off), 0.0, "differing pairs"),
    )
    data = figure.window_reach(made, own, windows_of(scene.model.hf.config))
    chosen = {"window": OWN_WINDOWS if own else str(made.windows[0])}
    return Rendered(data, checks, token_ids=made.windowed.replaced_by, note=_note(scene, own), chosen=chosen)


def _windows(scene: Scene, after: int) -> tuple[bool, tuple[int | None, ...]]:
    """(whether they are the model's own, a window for each block)"""
    config = scene.model.hf.config
    own, n_layers = windows_of(config), scene.decoder.config.n_layers
    asked = scene.one_of("window")
    if asked == OWN_WINDOWS and figure.bites(own, after):
        return True, own
    window = figure.likely_window(after, n_layers, scene.offered("window")) if asked == OWN_WINDOWS else int(asked)
    return False, (window,) * n_layers


def _note(scene: Scene, own: bool) -> str:
    put = "The view gives every block this window; the model was not trained with it."
    said = "The windows are the model's own." if own else put
    return f"{said} {scene.left_out}".strip()
