"""Cost and memory: what a state takes and what a cache takes, by length."""

from __future__ import annotations

from collections.abc import Iterator

from explorer import zoo
from explorer.experiments.frontier import state_cost_recording as recording
from explorer.experiments.frontier.state_cost import FIRST, FLOAT32, filled, measured, stepped_error
from explorer.figures.frontier import state_cost as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.state_spaces.model import Stepper
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.zoo.state_space import StateSpace

TWIN = "six-kinds-dense"
#: Tokens that the state reads again, one by one.
READ = 24
#: Tokens that both read at once, before one more.
TEXT = 96


def _both(scene: Scene) -> tuple[StateSpace, Decoder, tuple[str, str]]:
    made, twin = scene.companion("six-kinds-mamba", StateSpace), zoo.load(TWIN)
    return made, twin.decoder, (made.card.title, twin.card.title)


def carried(scene: Scene) -> Rendered[figure.StateBytes]:
    made, decoder, names = _both(scene)
    parameters = made.card.parameters, zoo.load(TWIN).card.parameters
    data = figure.state_bytes(names, parameters, made.model.config, decoder.config)
    own = sum(each.numel() for _, layer in Stepper(made.model).layers for each in (layer.state.h, layer.state.window))
    # A cache keeps the positions of its tokens beside keys and values.
    kept = filled(decoder, FIRST).nbytes - 8 * FIRST
    off = worst((abs(FLOAT32 * own - data.state[0]), abs(kept - figure.cache_bytes(decoder.config, FIRST))))
    return Rendered(data, (Check(f"The tensors behind {FIRST} tokens have these bytes", float(off), 0.0, "bytes"),))


def recorded(scene: Scene) -> Rendered[figure.StateCostRecorded]:
    made, decoder, names = _both(scene)
    kept = recording.stored()
    state = FLOAT32 * made.model.config.state_numbers(0)
    off = worst(
        apart
        for row in kept.rows
        for apart in (
            abs(row.state.carried - state), abs(row.cache.carried - figure.cache_bytes(decoder.config, row.length)),
        )
    )  # fmt: skip
    error = worst(recording.read_on_error(made.model, decoder, TEXT))
    checks = (
        Check("The bytes that were recorded are those of these models", float(off), 0.0, "bytes"),
        Check(f"One token read on from {TEXT} = all {TEXT + 1} at once, by state and by cache", error, 1e-4,
              "relative error"),
    )  # fmt: skip
    return Rendered(figure.state_cost_recorded(names, kept), checks)


def times(scene: Scene) -> Iterator[Rendered[figure.StateTimes]]:
    made, decoder, names = _both(scene)
    longest, found = scene.whole("longest"), None
    for rows in measured(made.model, decoder, longest, scene.whole("rounds"), scene.ticks("Lengths measured")):
        found = figure.state_times(names, longest, rows)
        yield Rendered(found)
    assert found is not None
    statement = f"Token by token the state gives the logits of {READ} tokens read at once"
    yield Rendered(
        found, (Check(statement, stepped_error(made.model, list(range(1, READ + 1))), 1e-4, "relative error"),)
    )
