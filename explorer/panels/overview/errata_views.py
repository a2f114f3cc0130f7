"""The ledger of claims: what real weights, configs and runs say to each, and three drawings."""

from __future__ import annotations

from collections.abc import Iterator

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.inference.decoding.fair_draws import Fairness, expected_distance
from explorer.experiments.overview.errata import model_claims, rejected_drafts, rope_pairs, run_claims
from explorer.experiments.overview.errata import top_p as sampling
from explorer.experiments.overview.errata.book import CLAIMS, all_checked
from explorer.experiments.overview.errata.claims import REFERENCE, Ground
from explorer.figures.overview import errata as figure
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.moe_parameters import MIXTRAL_8X7B, MIXTRAL_8X22B, parameters
from explorer.stack.worst import worst


def entries(scene: Scene) -> Iterator[Rendered[figure.ErrataEntries]]:
    """All claims, at the prompt's last position."""
    titles, made = {name: panel.title for name, panel in panels().items()}, ()

    def drawn() -> figure.ErrataEntries:
        found = tuple(figure.entry(each, titles) for each in made)
        return figure.ErrataEntries(reference=REFERENCE, entries=found, total=len(CLAIMS))

    for made in all_checked(_at_prompt(scene), scene.ticks("Claims")):
        if len(made) < len(CLAIMS):
            yield Rendered(drawn())
    apart = sum(
        abs(parameters(each).total - model_claims.by_transformers(each)) for each in (MIXTRAL_8X7B, MIXTRAL_8X22B)
    )
    told = "Both Mixtrals: the parameters counted from their sizes = the parameters in transformers’ own tensors"
    yield Rendered(drawn(), (Check(told, float(apart), 0.0, "difference"),))


def _at_prompt(scene: Scene) -> Ground:
    """A run and its prompt's last position."""
    trace = scene.trace
    return Ground(trace, scene.model, min(trace.n_prompt, len(trace.tokens)) - 1)


def top_p(scene: Scene) -> Rendered[figure.ErrataTopP]:
    logits = _logits(Ground(scene.trace, scene.model, scene.position))
    settings = (scene.real("temperature"), scene.whole("top_k", high=len(logits)), scene.real("top_p"))
    made, theirs = sampling.filtered(logits, *settings), sampling.by_transformers(logits, *settings)
    error = rejected_drafts.distance(made.right, theirs)
    data = figure.top_p(scene.position, made, *settings)
    told = "Scattered by the indices themselves, the probabilities = those of transformers’ processors"
    return Rendered(data, (Check(told, error, 1e-6, "total variation"),), [*data.ids.tolist(), *data.lands.tolist()])


def _logits(ground: Ground) -> Float[Tensor, " d_vocab"]:
    return ground.trace.logits[ground.position].float()


def draft(scene: Scene) -> Rendered[figure.ErrataDraft]:
    ground = Ground(scene.trace, scene.model, scene.position)
    n_layers = scene.model.dims.n_layers
    blocks = scene.whole("blocks", default=run_claims.exit_of(ground), high=n_layers)
    own = float(scene.trace.key.sampler.temperature)
    temperature = scene.real("draft_temperature", default=own if own > 0 else 1.0)
    p, q = run_claims.draft(ground, blocks, temperature)
    drawn = rejected_drafts.drawn(p, q, seed=scene.trace.key.seed)
    data = figure.draft(scene.position, blocks, n_layers, temperature, p, q, drawn)
    allowed = Fairness(1, drawn.draws).allowed
    checks = []
    for name, shares, exact in (
        ("the residual, the draws follow the target, but for chance", drawn.from_residual, p),
        (
            "the target, the draws follow the computed probabilities, but for chance",
            drawn.from_target,
            rejected_drafts.from_target(p, q),
        ),
    ):
        excess = worst(0.0, rejected_drafts.distance(shares, exact) - expected_distance(exact, drawn.draws))
        checks.append(Check(f"Resampled from {name}", excess, allowed, "total variation beyond chance"))
    return Rendered(data, tuple(checks), data.ids.tolist(), chosen={"draft_temperature": temperature})


def rope(scene: Scene) -> Iterator[Rendered[figure.ErrataRope]]:
    ids, rotary = scene.trace.ids[: rope_pairs.MOST], scene.decoder.config.rope
    scene.progress("Layouts", 0, 1)
    made = rope_pairs.three_ways(scene.decoder, ids)
    d_head = scene.decoder.config.d_head
    data = figure.rope(min(scene.position, len(ids) - 1), d_head, rotary.d_rotary if rotary else d_head, made)
    whose, logits = (
        ("the model’s", made.halves) if scene.base else ("this run’s", scene.trace.logits[: len(ids)].float())
    )
    told = f"Adjacent pairs on reordered rows give {whose} logits"
    yield Rendered(
        data,
        (Check(told, made.error(logits, "reordered"), 1e-4, "relative error"),),
        figure.named(data.ways),
        note=scene.left_out,
    )
