"""Windows and reach: how far blocks that look a window back let a token be known, and how much of it arrives."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.systems import window_reach as experiment
from explorer.experiments.systems.window_reach import Reached
from explorer.figures.systems import window_reach as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.tracing.windows import windows as windows_of

#: Tokens that must follow, with the token itself.
LEAST = 3


def cone(scene: Scene) -> Iterator[Rendered[figure.WindowReach]]:
    ids, source = scene.trace.ids, scene.position
    after = min(len(ids) - source, experiment.MOST)
    if after < LEAST:
        raise NotApplicableError(
            "Too few tokens follow this one to measure how far it reaches.",
            "Select an earlier token, or write a longer prompt.",
        )
    own, chosen = _windows(scene, after)
    made = None
    for made in experiment.influences(scene.decoder, ids, source, chosen):
        yield _shown(scene, made, own)
    assert made is not None
    if (beside := _beside(scene, own, chosen)) is not None:
        yield _shown(scene, made, own, beside)


def _beside(scene: Scene, own: bool, chosen: tuple[int | None, ...]) -> Reached | None:
    """The same of the token that belongs to this one in the chosen run, its own windows where these are the model's
    own; None where there is none, or too little follows it."""
    if scene.other is None or scene.beside is None:
        return None
    (trace, source), model = scene.beside, scene.against_model
    if len(trace) - source < LEAST:
        return None
    windows = windows_of(model.hf.config) if own else chosen[:1] * model.dims.n_layers
    return Reached(windows, experiment.influence(model.decoder.with_windows(windows), trace.ids, source))


def _shown(scene: Scene, made: Reached, own: bool, beside: Reached | None = None) -> Rendered[figure.WindowReach]:
    both = [made] if beside is None else [made, beside]
    off = sum(figure.mask_differences(each.windows, each.windowed.change.shape[1]) for each in both)
    either = "" if beside is None else ", in either run"
    blocks = " and ".join(dict.fromkeys(str(len(each.windows)) for each in both))
    checks = (
        Check(
            f"Change beyond the bound = 0 at every depth{either}", worst(map(figure.beyond, both)), 0.0,
            "largest change",
        ),
        Check(f"Bound = product of {blocks} blocks’ masks{either}", float(off), 0.0, "differing pairs"),
    )  # fmt: skip
    data = figure.window_reach(made, own, windows_of(scene.model.hf.config), beside)
    return Rendered(data, checks, token_ids=made.windowed.replaced_by, note=_note(scene, own))


def _windows(scene: Scene, after: int) -> tuple[bool, tuple[int | None, ...]]:
    """(whether they are the model's own, a window for each block)"""
    config = scene.model.hf.config
    own, n_layers = windows_of(config), scene.decoder.config.n_layers
    asked = scene.one_of("window")
    if asked == "own" and figure.bites(own, after):
        return True, own
    window = figure.likely_window(after, n_layers, scene.offered("window")) if asked == "own" else int(asked)
    return False, (window,) * n_layers


def _note(scene: Scene, own: bool) -> str:
    put = "The view gives every block this window; the model was not trained with it."
    said = "The windows are the model's own." if own else put
    return f"{said} {scene.left_out}".strip()
