"""Routing: which experts each token visits, how the router chooses them, and how the work is shared."""

from __future__ import annotations

from typing import Any

import torch

from explorer.errors import NotApplicableError
from explorer.figures.architectures import routing as figure
from explorer.figures.architectures import routing_lanes as lanes_figure
from explorer.figures.architectures import routing_load as load_figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.tracing import corpus
from explorer.tracing.trace import Trace


def _routed(scene: Scene) -> list[int]:
    """The layers with a router; a dense model has been sent away before."""
    layers = figure.routed_layers(scene.model)
    if not layers or scene.trace.expert_weights is None or scene.trace.router_logits is None:
        raise NotApplicableError(
            "This model's experts cannot be seen: its router has no hook that is known here.",
            "Open the mixture of experts on the shelf.",
        )
    return layers


def _weights(trace: Trace, layers: list[int]) -> torch.Tensor:
    assert trace.expert_weights is not None
    return trace.expert_weights[layers]  # layer pos expert


def _shared(scene: Scene) -> int:
    """Tokens that the unmodified run reads alike, from the start."""
    if scene.base is None:
        return 0
    n = min(len(scene.base), len(scene.trace))
    differ = (scene.base.ids[:n] != scene.trace.ids[:n]).nonzero()
    return int(differ[0]) if len(differ) else n


def _base(scene: Scene, layers: list[int]) -> dict[str, Any] | None:
    """The unmodified run's routes over the tokens that both read."""
    shared = _shared(scene)
    if scene.base is None or not shared:
        return None
    before, now = _weights(scene.base, layers)[:, :shared], _weights(scene.trace, layers)[:, :shared]
    return {
        "tokens": shared,
        **vars(figure.routes(before)),
        "elsewhere": int(((before > 0) != (now > 0)).any(-1).sum()),
        "moved": float((before - now).abs().sum() / 2 / before.sum()),
    }


def _common(scene: Scene, layers: list[int]) -> dict[str, Any]:
    weights = _weights(scene.trace, layers)
    return {
        "layers": layers, "n": weights.shape[1], "n_experts": weights.shape[2],
        "k": scene.trace.dims.experts_per_token, **vars(figure.routes(weights)), "base": _base(scene, layers),
    }  # fmt: skip


def matrix(scene: Scene) -> Rendered:
    layers = _routed(scene)
    weights, load = _weights(scene.trace, layers), figure.load_of(scene.trace, layers)
    data = _common(scene, layers) | {"share": load.share, "even": load.even, "balance": load.balance}
    routes, k = weights.shape[0] * weights.shape[1], figure.steered(scene.trace).used[layers]
    counts = str(int(k[0, 0])) if int(k.min()) == int(k.max()) else f"{int(k.min())} to {int(k.max())}"
    whole = Check(f"Weights sum to 1 on all {routes:,} routes", figure.sum_error(weights), 1e-5, "largest error")
    checks = (
        *([whole] if scene.trace.dims.experts_renormalised else []),
        Check(
            f"Each used {counts} expert{'' if counts == '1' else 's'}",
            float(figure.count_exceptions(scene.trace, layers)),
            0.0,
            "exceptions",
        ),
        Check("Load adds up to 1 in each layer", float((load.share.sum(-1) - 1).abs().max()), 1e-5, "largest error"),
    )
    n = weights.shape[1]
    return Rendered(data, checks, title=f"{counts[0].upper()}{counts[1:]} of {weights.shape[2]} experts, {n} tokens")


def lanes(scene: Scene) -> Rendered:
    layers = _routed(scene)
    if len(layers) < 2:
        raise NotApplicableError("This model routes in one layer only: there is no lane to follow.")
    weights = _weights(scene.trace, layers)
    weights = weights / weights.sum(-1, keepdim=True)  # shares of a token, also where its experts' weights are less
    found = lanes_figure.lanes(weights)
    data = _common(scene, layers) | {"load": weights.sum(1), **vars(found)}
    shown = float(found.weight.sum() / (found.weight.sum() + found.rest.sum()))
    drawn, left = int((found.weight > 0).sum()), int(found.others.sum())
    words = f"All {drawn:,} flows are drawn" if not left else f"{drawn:,} of {drawn + left:,} flows drawn, {shown:.1%}"
    check = Check(
        f"{words.replace('%', ' %')}; all leave and reach each expert with its load",
        lanes_figure.conservation_error(weights),
        1e-6,
        "largest error",
    )
    return Rendered(data, (check,))


def decision(scene: Scene) -> Rendered:
    layers, trace, layer, here = _routed(scene), scene.trace, scene.layer, scene.position
    if layer not in layers:
        raise NotApplicableError(f"Layer {layer} has no router.", f"Those that have: {layers[0]} to {layers[-1]}.")
    trace.readout.require("routing")
    assert trace.router_logits is not None
    assert trace.expert_weights is not None
    steer = figure.steered(trace)
    found = figure.decide(steer.logits[layer, here], int(steer.k[layer, here]))
    own, shut = trace.router_logits[layer, here], ~steer.logits[layer, here].isfinite()
    data: dict[str, Any] = {
        "layer": layer, "position": here, "n_experts": len(own), "k": int(steer.k[layer, here]),
        "logits": own, "shut": shut, "probs": found.probs, "weights": trace.expert_weights[layer, here],
        "kept": found.kept, "margin": found.margin, "runner_up": found.runner_up, "entropy": found.entropy,
        "d_model": trace.dims.d_model, "outputs": None, "cut": figure.cut_off(trace, layer), "base": None,
    }  # fmt: skip
    n = len(layers) * len(trace)
    checks = [
        Check(
            f"softmax_top_k on this run's logits gives the weights in use, all {n:,} routes",
            figure.rule_error(trace, layers),
            1e-5,
            "largest error",
        )
    ]
    try:
        decoder = scene.model.decoder
        error = figure.logits_error(trace, decoder, layer)
        checks.append(Check("Logits made anew from the stream are the model's", error, 1e-4, "relative error"))
        out = figure.outputs(trace, decoder, layer, here)
        data["outputs"] = {"experts": out.experts, "lengths": out.lengths, "cosine": out.cosine}
        if not data["cut"]:
            checks.append(Check("Experts by weight add up to what the layer wrote", out.error, 1e-4, "relative error"))
    except NotApplicableError:  # an architecture that the explorer's own decoder does not know
        pass
    if (base := scene.comparable) is not None:
        assert base.router_logits is not None
        assert base.expert_weights is not None
        data["base"] = {
            "logits": base.router_logits[layer, here],
            "probs": base.router_logits[layer, here].softmax(-1),
            "weights": base.expert_weights[layer, here],
        }
    return Rendered(data, tuple(checks))


def load(scene: Scene) -> Rendered:
    layers, trace = _routed(scene), scene.trace

    def tell(_stage: str, done: int, total: int) -> None:
        scene.progress("Positions", done, total)

    found, passages = figure.load_of(trace, layers), corpus.over_passages(scene.model, tell)
    whole = passages.routing
    rows = [whole.layers.index(layer) for layer in layers]
    against = load_figure.compare(found.share, found.tokens, whole.indices[rows], torch.Generator().manual_seed(0))
    shares = whole.load[rows].float()
    data: dict[str, Any] = {
        "layers": layers, "n": found.tokens, "n_experts": found.share.shape[1], "k": trace.dims.experts_per_token,
        "share": found.share, "P": found.P, "even": found.even, "balance": found.balance,
        "corpus": shares, "corpus_even": torch.special.entr(shares).sum(-1).exp(),
        "corpus_tokens": len(whole.ids), "passages": whole.n_passages, "kinds": list(passages.kinds),
        "draws": load_figure.DRAWS, **vars(against), "base": None,
    }  # fmt: skip
    if scene.base is not None:
        before = figure.load_of(scene.base, layers)
        data["base"] = {"share": before.share, "balance": before.balance, "n": before.tokens}
    error = float((torch.stack([found.share, shares]).double().sum(-1) - 1).abs().max())
    words = f"Weights of {len(whole.ids):,} corpus tokens sum to 1 in {len(layers)} layers"
    checks = [
        Check("Load adds up to 1 in each layer, here and there", error, 1e-5, "largest error"),
        *([Check(words, whole.weight_error, 1e-5, "largest error")] if trace.dims.experts_renormalised else []),
    ]
    if (error := figure.balance_error(trace, layers)) is not None:
        checks.insert(1, Check("load_balancing on this run gives the loss shown", error, 1e-4, "largest error"))
    return Rendered(data, tuple(checks))
