"""Routing: which experts each token visits, how the router chooses them, and how the work is shared."""

from __future__ import annotations

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.architectures import routing_load as chance
from explorer.experiments.architectures import routing_outputs as written
from explorer.experiments.architectures.held_out import balance_added, held_out
from explorer.figures.architectures import routing as figure
from explorer.figures.architectures import routing_lanes as lanes_figure
from explorer.figures.architectures import routing_load as load_figure
from explorer.figures.architectures.routing_outputs import RoutingDecision
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.probes import corpus
from explorer.tracing.trace import Trace

#: Within rounding: weights of the model's own router, and the same by the rule.
SAME = 1e-5


def _routed(scene: Scene) -> list[int]:
    """The layers with a router; a dense model has been sent away before."""
    layers = figure.routed_layers(scene.model)
    if not layers or scene.trace.expert_weights is None or scene.trace.router_logits is None:
        raise NotApplicableError(
            "The experts of this model cannot be read: its router has no known hook.",
            "Open a mixture of experts from the shelf.",
        )
    return layers


def _weights(trace: Trace, layers: list[int]) -> torch.Tensor:
    assert trace.expert_weights is not None
    return trace.expert_weights[layers]  # layer pos expert


def _text(scene: Scene, layers: list[int], routes: figure.Routes) -> figure.RoutedText:
    weights = _weights(scene.trace, layers)
    k = scene.trace.dims.experts_per_token
    return figure.RoutedText(
        layers=layers,
        n=weights.shape[1],
        n_experts=weights.shape[2],
        k=k,
        indices=routes.indices,
        weights=routes.weights,
    )


def _contributions(scene: Scene, layers: list[int]) -> written.Contributions | None:
    """None where the explorer's own decoder does not know the architecture, or where they would take long."""
    try:
        return written.contributions(scene.trace, scene.decoder, layers)
    except NotApplicableError:
        return None


def matrix(scene: Scene) -> Rendered[figure.RoutingMatrix]:
    layers, trace = _routed(scene), scene.trace
    weights, load, made = _weights(trace, layers), figure.load_of(trace, layers), _contributions(scene, layers)
    routes, k = figure.routes(weights), figure.steered(trace).used[layers]
    part = None if made is None else made.part.gather(-1, routes.indices.clamp_min(0)) * (routes.indices >= 0)
    data = figure.RoutingMatrix(
        **vars(_text(scene, layers, routes)),
        contribution=part,
        share=load.share,
        even=load.even,
        balance=load.balance,
    )
    n, least, most = weights.shape[1], int(k.min()), int(k.max())
    counts = str(most) if least == most else f"{least} to {most}"
    exceptions = float(figure.count_exceptions(trace, layers))
    checks = [Check(f"Each used {counts} expert{'' if counts == '1' else 's'}", exceptions, 0.0, "exceptions")]
    if trace.dims.experts_renormalised:
        statement = f"Weights sum to 1 on all {len(layers) * n:,} routes"
        checks.insert(0, Check(statement, figure.sum_error(weights), SAME, "largest error"))
    if made is not None:
        statement = "Weighted experts, recomputed from the stream, add up to what each block wrote"
        checks.append(Check(statement, made.error, 1e-4, "relative error"))
    by_weight = (
        "Each column is a token, each band a block, each row an expert. The more ink a cell has, the larger the "
        "router’s weight. The violet column is the selected token."
    )
    title = f"{counts[0].upper()}{counts[1:]} of {weights.shape[2]} experts, {n} tokens"
    return Rendered(data, tuple(checks), title=title, about=None if made else by_weight)


def lanes(scene: Scene) -> Rendered[lanes_figure.RoutingLanes]:
    layers = _routed(scene)
    if len(layers) < 2:
        raise NotApplicableError("This model has a router in one block only, so no lanes can be drawn.")
    weights = _weights(scene.trace, layers)
    routes = figure.routes(weights)
    weights = weights / weights.sum(-1, keepdim=True)  # shares of a token, also where its experts' weights are less
    found = lanes_figure.lanes(weights)
    data = lanes_figure.RoutingLanes(**vars(_text(scene, layers, routes)), load=weights.sum(1), **vars(found))
    shown = float(found.weight.sum() / (found.weight.sum() + found.rest.sum()))
    drawn, left = int((found.weight > 0).sum()), int(found.others.sum())
    words = f"All {drawn:,} flows" if not left else f"{drawn:,} of {drawn + left:,} flows, {shown:.1%} of the weight"
    check = Check(
        f"{words.replace('%', ' %')}, equal the routes followed token by token",
        lanes_figure.recount_error(figure.routes(weights), weights.shape[-1], found),
        1e-6,
        "largest error",
    )
    return Rendered(data, (check,))


def decision(scene: Scene) -> Rendered[RoutingDecision]:
    layers, trace, layer, here = _routed(scene), scene.trace, scene.layer, scene.position
    if layer not in layers:
        raise NotApplicableError(f"Block {layer} has no router.", f"Choose a block from {layers[0]} to {layers[-1]}.")
    trace.readout.require("experts")
    error, again = figure.rule_error(trace, layers), trace.dims.experts_renormalised
    if error > SAME:
        trace.readout.require("routing")
    assert trace.router_logits is not None
    assert trace.expert_weights is not None
    steer = figure.steered(trace)
    found = figure.decide(steer.logits[layer, here], int(steer.k[layer, here]))
    n, outputs = len(layers) * len(trace), None
    rule = f"softmax_top_k on this run's logits gives the weights in use, all {n:,} routes"
    checks = [Check(rule, error, SAME, "largest error")]
    cut = written.cut_off(trace, layer)
    try:
        decoder = scene.decoder
        error = written.logits_error(trace, decoder, layer)
        checks.append(Check("Logits recomputed from the stream = the model’s", error, 1e-4, "relative error"))
        outputs, error = written.outputs(trace, decoder, layer, here)
        if not cut:
            checks.append(Check("Weighted experts add up to what the block wrote", error, 1e-4, "relative error"))
    except NotApplicableError:  # an architecture that the explorer's own decoder does not know
        pass
    data = RoutingDecision(
        layer=layer, position=here, n_experts=trace.dims.n_experts, k=int(steer.k[layer, here]), renormalised=again,
        logits=trace.router_logits[layer, here], shut=~steer.logits[layer, here].isfinite(),
        probs=found.probs, weights=trace.expert_weights[layer, here],
        kept=found.kept, margin=found.margin, runner_up=found.runner_up, entropy=found.entropy,
        d_model=trace.dims.d_model, outputs=outputs, cut=cut,
    )  # fmt: skip
    return Rendered(data, tuple(checks))


def load(scene: Scene) -> Rendered[load_figure.RoutingLoad]:
    layers, trace, tell = _routed(scene), scene.trace, scene.ticks("Passages read")
    found = figure.load_of(trace, layers)
    passages = corpus.over_passages(scene.model, lambda _stage, done, total: tell(done, total))
    whole = passages.routing
    rows = [whole.layers.index(layer) for layer in layers]
    generator = torch.Generator().manual_seed(0)
    against = chance.compare(found.share, found.tokens, whole.indices[rows], generator)
    shares = whole.load[rows].float()
    data = load_figure.RoutingLoad(
        layers=layers,
        n=found.tokens,
        n_experts=found.share.shape[1],
        k=trace.dims.experts_per_token,
        share=found.share,
        P=found.P,
        even=found.even,
        balance=found.balance,
        corpus=shares,
        corpus_even=torch.special.entr(shares).sum(-1).exp(),
        corpus_tokens=len(whole.ids),
        passages=whole.n_passages,
        kinds=list(passages.kinds),
        held_out=held_out(scene.model.name),
        draws=chance.DRAWS,
        **vars(against),
    )
    alone = corpus.alone_error(scene.model, whole)
    checks = [Check("A passage read alone is routed as in the batch", alone, 1e-4, "largest difference")]
    if (error := figure.balance_error(trace, layers)) is not None:
        checks.insert(0, Check("load_balancing on this run gives the loss shown", error, 1e-4, "largest error"))
    if trace.dims.experts_renormalised:
        words = f"Weights of {len(whole.ids):,} corpus tokens sum to 1 in {len(layers)} blocks"
        checks.append(Check(words, whole.weight_error, SAME, "largest error"))
    return Rendered(data, tuple(checks), note=of_the_training(scene.model.name))


def of_the_training(name: str) -> str:
    """What the balancing loss was to the model."""
    added = balance_added(name)
    if added is None:
        return "It is not known whether this model’s training added the balancing loss to its own loss."
    what = f"added {added:g} times the balancing loss to its own loss" if added else "did not add the balancing loss"
    return f"This model’s training {what}."
