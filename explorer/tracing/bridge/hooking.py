"""Hooks on a model while it runs: those of a run that is kept, and those of the interventions that change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from torch import Tensor

from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import RUNNING, anatomy
from explorer.tracing.bridge.recorder import Hook, Recorder
from explorer.tracing.bridge.stand_ins import StandIns
from explorer.tracing.changes import interventions as iv
from explorer.tracing.changes.edits import Run
from explorer.tracing.changes.routing_edits import Rerouting
from explorer.zoo.own_runner import OwnRunner

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Seconds for which a lock that was given back is not taken again: at once it would go to nobody else.
LET_IN = 0.002


@contextmanager
def hooked(model: Model, fwd_hooks: list[Hook]) -> Iterator[None]:
    """TransformerLens hooks on the model while the block runs, in their order.

    As `bridge.hooks` does, without its search for other names of each of them (3 ms for some 350 hooks). What nothing
    is hooked to runs meanwhile as in plain transformers, to the last bit.
    """
    stand_ins, added = anatomy(model.bridge).stand_ins, []
    if isinstance(model.bridge, OwnRunner):
        with model.bridge.hooks(fwd_hooks):
            yield
        return
    assert isinstance(stand_ins, StandIns)
    try:
        for name, hook in fwd_hooks:
            point = stand_ins.points[name]
            added.append((point, point.add_hook(hook)))
        stand_ins.put()
        yield
    finally:
        stand_ins.take_out()
        for point, handle in added:
            handle.hook.remove()
            point.fwd_hooks[:] = [other for other in point.fwd_hooks if other is not handle]


@contextmanager
def turn(model: Model, fwd_hooks: list[Hook]) -> Iterator[None]:
    """`hooked` for a part of a long run. Between its parts those who wait for the model are let in."""
    with RUNNING, hooked(model, fwd_hooks):
        yield
    time.sleep(LET_IN)


def edit_hooks(
    model: Model, interventions: tuple[iv.Intervention, ...], run: Run, recorder: Recorder | None = None
) -> list[Hook]:
    """The hooks of all interventions; what they add to the stream is told to the recorder."""

    def hook_for(site: str, layer: int, edits: list[iv.StreamEdit]) -> Callable[..., Tensor]:
        def hook(activation: Tensor, **_: object) -> Tensor:
            run.fired.update(each.text for each in edits)
            changed = iv.apply(edits, activation, run)
            if site == "resid_post" and recorder is not None:
                recorder.edited(layer, changed - activation)
            return changed

        return hook

    found: list[Hook] = []
    for (site, layer), edits in iv.by_site(interventions, model.dims.n_layers).items():
        if site == "routing":
            found += reroute(model, layer, Rerouting(edits, run))
        elif (name := hooks.in_block(layer, hooks.EDITED[site])) in anatomy(model.bridge).stand_ins.points:
            found.append((name, hook_for(site, layer, edits)))
    run.wanted = {each.text for each in interventions if each.site != "weights"}
    return found


def reroute(model: Model, layer: int, rerouting: Rerouting) -> list[Hook]:
    """Hooks on a layer's router; none in a dense layer of a model that has experts in others."""
    firing = anatomy(model.bridge).firing
    logits, weights = (hooks.found(firing, layer, name) for name in hooks.WITHOUT_BATCH)
    if logits is None or weights is None:
        return []
    found: list[Hook] = [(logits, rerouting.on_logits), (weights, rerouting.on_weights)]
    indices = weights.replace("hook_expert_weights", "hook_expert_indices")
    # The explorer's own layer takes the experts from the weights.
    return found if isinstance(model.bridge, OwnRunner) else [*found, (indices, rerouting.on_indices)]
