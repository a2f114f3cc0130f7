"""The reference, checked: every claim that real weights, configs and runs were held against, and three drawings."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inference.fair_draws import Fairness, expected_distance
from explorer.experiments.overview.errata import model_claims, rejected_drafts, rope_pairs, run_claims
from explorer.experiments.overview.errata import top_p as sampling
from explorer.experiments.overview.errata.book import CLAIMS, all_checked
from explorer.experiments.overview.errata.claims import Ground
from explorer.figures.overview import errata as figure
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.moe_parameters import MIXTRAL_8X7B, MIXTRAL_8X22B, parameters

TEMPERATURES = (0.1, 3.0)


def entries(scene: Scene) -> Iterator[Rendered[figure.ErrataEntries]]:
    """All claims, at the prompt's last position."""
    trace = scene.trace
    ground = Ground(trace, scene.model, min(trace.n_prompt, len(trace.tokens)) - 1)
    titles = {name: panel.title for name, panel in panels().items()}
    data = figure.ErrataEntries((), len(CLAIMS))
    for made in all_checked(ground, scene.ticks("Claims")):
        data = figure.ErrataEntries(tuple(figure.entry(each, titles) for each in made), len(CLAIMS))
        if len(made) < len(CLAIMS):
            yield Rendered(data)
    apart = sum(
        abs(parameters(each).total - model_claims.by_transformers(each)) for each in (MIXTRAL_8X7B, MIXTRAL_8X22B)
    )
    told = "Both Mixtrals’ parameters, counted from their sizes = those of transformers’ own tensors"
    yield Rendered(data, (Check(told, float(apart), 0.0, "difference"),))


def top_p(scene: Scene) -> Rendered[figure.ErrataTopP]:
    logits = scene.trace.logits[scene.position].float()
    settings = (
        scene.number("temperature", run_claims.TEMPERATURE, *TEMPERATURES),
        scene.number("top_k", run_claims.TOP_K, 0, len(logits)),
        scene.number("top_p", run_claims.TOP_P, 0.01, 1.0),
    )
    made, theirs = sampling.filtered(logits, *settings), sampling.by_transformers(logits, *settings)
    data = figure.top_p(scene.position, made, *settings)
    error = rejected_drafts.distance(made.right, theirs)
    told = "Scattered by the indices themselves, it is the distribution of transformers’ processors"
    return Rendered(data, (Check(told, error, 1e-6, "total variation"),), [*data.ids.tolist(), *data.lands.tolist()])


def draft(scene: Scene) -> Rendered[figure.ErrataDraft]:
    ground = Ground(scene.trace, scene.model, scene.position)
    n_layers = scene.model.dims.n_layers
    blocks = scene.number("blocks", run_claims.exit_of(ground), 0, n_layers)
    own = float(scene.trace.key.sampler.temperature)
    temperature = scene.number("draft_temperature", own if own > 0 else 1.0, *TEMPERATURES)
    p, q = run_claims.draft(ground, blocks, temperature)
    drawn = rejected_drafts.drawn(p, q, seed=scene.trace.key.seed)
    data = figure.draft(scene.position, blocks, n_layers, temperature, p, q, drawn)
    allowed = Fairness(1, drawn.draws).allowed
    checks = []
    for name, shares, exact in (
        ("the residual, the draws are the target’s", drawn.from_residual, p),
        ("the target, the draws are what was enumerated", drawn.from_target, rejected_drafts.from_target(p, q)),
    ):
        excess = max(0.0, rejected_drafts.distance(shares, exact) - expected_distance(exact, drawn.draws))
        checks.append(Check(f"Drawn anew from {name}, but for chance", excess, allowed, "total variation beyond it"))
    return Rendered(data, tuple(checks), data.ids.tolist())


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
        data, (Check(told, made.error(logits, "reordered"), 1e-4, "relative error"),), figure.named(data.ways)
    )
