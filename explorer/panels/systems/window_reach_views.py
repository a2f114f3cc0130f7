"""Windows and reach: how far blocks that look a window back let a token be known, and how much of it arrives."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.systems import window_reach as experiment
from explorer.figures.systems import window_reach as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.windows import windows as windows_of

OWN = "own"


def cone(scene: Scene) -> Iterator[Rendered[figure.WindowReach]]:
    ids, source = scene.trace.ids, scene.position
    after = min(len(ids) - source, experiment.MOST)
    if after < 3:
        raise NotApplicableError(
            "Too few tokens follow this one to see how far it is heard.",
            "Select an earlier token, or write a longer prompt.",
        )
    own, chosen = _windows(scene, after)
    for made in experiment.influences(scene.decoder, ids, source, chosen):
        checks = (
            Check("Beyond the bound nothing has changed, at any depth", figure.beyond(made), 0.0, "largest change"),
            Check(
                f"Bound = product of {len(chosen)} blocks' masks",
                float(figure.mask_differences(chosen, after)), 0.0, "differing pairs",
            ),
        )  # fmt: skip
        yield Rendered(figure.window_reach(made, own), checks, token_ids=made.windowed.replaced_by, note=_note(own))


def _windows(scene: Scene, after: int) -> tuple[bool, tuple[int | None, ...]]:
    """(whether they are the model's own, a window for each block)"""
    config = scene.model.hf.config
    own, n_layers = windows_of(config), scene.decoder.config.n_layers
    bites = any(window is not None and window < after for window in own)
    asked = scene.choice("window", OWN, (OWN, *map(str, figure.WINDOWS)))
    if asked == OWN and bites:
        return True, own
    window = figure.likely_window(after, n_layers) if asked == OWN else int(asked)
    return False, (window,) * n_layers


def _note(own: bool) -> str:
    if own:
        return "The windows are the model's own."
    return "The window is put on every block here: the model was not trained with it."
