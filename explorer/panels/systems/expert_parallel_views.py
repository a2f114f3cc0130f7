"""Experts over ranks: tokens travel to the processes that hold their experts, and back."""

from __future__ import annotations

from explorer.errors import NotApplicableError
from explorer.experiments.systems import expert_parallel as experiment
from explorer.experiments.systems.expert_parallel import Travelled
from explorer.figures.systems import expert_parallel as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.parallelism.expert_parallel import refusal
from explorer.stack.worst import worst

#: Tokens of the run that travel.
MOST = 24
OUTPUT, GRADIENT = 1e-5, 1e-5
FLOAT = 4


def travel(scene: Scene) -> Rendered[figure.ExpertTravel]:
    decoder, ids = scene.decoder, scene.trace.ids[:MOST]
    usual = next((each for each in (4, 2) if len(ids) >= each and not refusal(decoder.config, each)), 2)
    ranks = scene.whole("ranks", default=usual)
    if refused := refusal(decoder.config, ranks):
        raise NotApplicableError(refused, "Choose another number of ranks, or another model.")
    if len(ids) < ranks:
        raise NotApplicableError(
            f"{len(ids)} tokens leave nothing for some of {ranks} ranks.",
            "Write a longer prompt, or choose fewer ranks.",
        )
    said = scene.one_of("capacity")
    factor = None if said == "none" else float(said)
    one = experiment.alone(decoder, ids, scene.layer, ranks, factor)
    made = experiment.travelled(one, factor, scene.ticks("Layers"))
    data = figure.travel(made, ids.numpy(), scene.layer, factor, experiment.ROUNDS)
    return Rendered(data, _checks(made), token_ids=ids.tolist(), chosen={"ranks": ranks})


def _checks(made: Travelled) -> tuple[Check, ...]:
    ranks = range(len(made.ranks))
    d_model = made.one.x.shape[1]
    wrong = 0
    for rank in ranks:
        wrong += sum(abs(a - b) for a, b in zip(made.ranks[rank].visit.sends, made.leaving(rank), strict=True))
    forward = [next(each for each in made.ranks[rank].records if each.what == "dispatch") for rank in ranks]
    away = [sum(made.leaving(rank)) - made.leaving(rank)[rank] for rank in ranks]
    return (
        Check("Outputs of the ranks = one process’s, every token", made.output_error, OUTPUT, "relative error"),
        Check(
            "Gradients of experts, router and tokens = one process’s", made.gradient_error, GRADIENT, "relative error"
        ),
        Check("Rows that each rank sends to each = the router’s choices in one process", float(wrong), 0.0, "rows"),
        Check(
            "Bytes of the dispatch = rows that leave a rank × their width",
            worst(abs(each.formula - FLOAT * d_model * rows) for each, rows in zip(forward, away, strict=True)),
            0.0, "bytes",
        ),
    )  # fmt: skip
