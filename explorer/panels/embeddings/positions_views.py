"""Positions: where a token stands, as angle, as vector and as penalty, and what is left past the trained length."""

from __future__ import annotations

import math
from typing import Any

import torch

from explorer.figures.embeddings import positions as figure
from explorer.figures.embeddings import positions_reach
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.embeddings import alibi, rope, rope_scaling, sinusoidal
from explorer.stack.embeddings.learned import LearnedPositions

#: Positions of the maps, and distances of the penalties.
MAP_POSITIONS = 128
#: Tokens of the passage that is read twice; a run's text shorter than `SHORTEST` gives way to the fable.
TOKENS, SHORTEST = ("16", "24", "48"), 8
FACTORS = ("2", "4", "8")


def rotation(scene: Scene) -> Rendered:
    trace, layer, head, here = scene.trace, scene.layer, scene.head, scene.position
    config = figure.config_of(scene.model)
    turn = figure.rope_of(config, layer)
    made = figure.hands(trace, turn, layer, head, here)
    data: dict[str, Any] = {
        "position": here, "layer": layer, "head": head, "first": made.first,
        "kv": head // (trace.dims.n_heads // trace.dims.n_kv_heads),
        "q": made.q, "k": made.k, "rest": made.rest, "attention": made.attention,
        "inv_freq": rope.inv_freq(turn), "square": rope.attention_factor(turn) ** 2,
        "scale": trace.readout.scaling[layer], "cap": trace.readout.score_softcap,
        "theta": turn.theta, "d_head": turn.d_head, "d_rotary": turn.d_rotary, "n_ctx": config.n_ctx,
        "window": config.windows[layer], "base": None,
    }  # fmt: skip
    if scene.comparable is not None:
        before = figure.hands(scene.comparable, turn, layer, head, here)
        data["base"] = {"parts": before.parts, "rest": before.rest, "attention": before.attention}
    half = turn.d_rotary // 2
    moved = f"moved together by up to {figure.SHIFTS[-1]:,} positions it stays"
    checks = (
        Check(f"{half} pairs, scaled, through softmax: the model's attention", made.attention_error, 1e-4, "error"),
        Check("Turned here, q and k are the run's", made.rotated_error, 1e-5, "relative error"),
        Check(f"q·k depends on m − n only: {moved}", made.shift_error, 1e-3, "relative error"),
    )
    about = (
        f"A query and a key of {turn.d_head} numbers are {half} pairs, each a clock hand turned by its position. A "
        "pair adds to the score when its hands point the same way; only the angle between them counts."
    )
    return Rendered(data, checks, title=f"Position is an angle: head L{layer}.H{head}", about=about)


def maps(scene: Scene) -> Rendered:
    config, dims = figure.config_of(scene.model), scene.trace.dims
    table = sinusoidal.sinusoidal(torch.arange(MAP_POSITIONS), dims.d_model)
    far = figure.distances(config.n_ctx)
    speeds = rope_scaling.frequencies(10_000.0, dims.d_model)
    data: dict[str, Any] = {
        "positions": MAP_POSITIONS, "d_model": dims.d_model, "n_heads": dims.n_heads, "n_ctx": config.n_ctx,
        "kind": config.positions, "speeds": speeds, "row": table[-1],
        "distance": far, "sinusoidal": figure.rope_similarity(speeds, far),
        "rope": None, "learned": None,
    }  # fmt: skip
    if config.rope is not None:
        data["rope"] = {
            "theta": config.rope.theta, "d_rotary": config.rope.d_rotary,
            "similarity": figure.rope_similarity(rope.inv_freq(config.rope), far),
        }  # fmt: skip
    if config.positions == "learned":
        rows = scene.model.decoder.positions
        assert isinstance(rows, LearnedPositions)
        weight = rows.weight.detach()
        kept = far[far < len(weight)]
        data["learned"] = {"table": weight[:MAP_POSITIONS], "similarity": figure.table_similarity(weight, kept)}
    slopes, at = alibi.slopes(dims.n_heads), torch.arange(MAP_POSITIONS)
    data["alibi"] = {"slopes": slopes, "bias": alibi.bias(slopes, at[-1:], at)[:, 0].flip(-1)}
    told = f"{MAP_POSITIONS} positions, products of all pairs: they depend on the distance only"
    checks = (Check(told, figure.distance_error(table), 1e-5, "relative spread"),)
    return Rendered(data, checks)


def scaling(scene: Scene) -> Rendered:
    config, layer = figure.config_of(scene.model), scene.layer
    turn, factor = figure.rope_of(config, layer), int(scene.choice("factor", "4", FACTORS))
    length = factor * config.n_ctx
    found = {name: figure.slowed(turn, scheme, length) for name, scheme in figure.schemes(factor, config.n_ctx).items()}
    data = {
        "factor": factor, "n_ctx": config.n_ctx, "length": len(scene.trace), "theta": turn.theta,
        "d_rotary": turn.d_rotary, "inv_freq": rope_scaling.frequencies(turn.theta, turn.d_rotary),
        "schemes": [{"name": name, **vars(one)} for name, one in found.items()],
        "own": turn.scaling.name if turn.scaling else None,
    }  # fmt: skip
    library = figure.peer_error(turn, found, factor, config.n_ctx, length)
    run = figure.table_error(scene.trace, layer, rope.inv_freq(turn, len(scene.trace)))
    checks = (
        Check("The model's own speeds give this run's table of cosines and sines", run, 1e-4, "largest error"),
        Check(f"{len(found)} schemes as transformers works them out", library, 1e-5, "relative error"),
    )
    return Rendered(data, checks)


def reach(scene: Scene) -> Rendered:
    model, trace = scene.model, scene.trace
    figure.rope_of(figure.config_of(model), 0)
    factor, n = int(scene.choice("factor", "4", FACTORS)), int(scene.choice("tokens", "24", TOKENS))
    own_text = scene.choice("text", "fable", ("fable", "run")) == "run" and len(trace) >= SHORTEST
    ids = trace.ids[:n] if own_text else torch.tensor(model.tokenizer(positions_reach.PASSAGE)["input_ids"][:n])
    made = positions_reach.reach(model.decoder, ids.long(), factor, scene.ticks("Windows"))
    n_ctx = model.decoder.config.n_ctx
    data = {
        "factor": factor, "n_ctx": n_ctx, "ids": ids, "tokens": n, "own_text": own_text, "names": list(made.names),
        "distances": made.distances, "perplexity": made.perplexity, "first": made.first, "second": made.second,
        "first_perplexity": float(made.first.mean().exp()),
    }  # fmt: skip
    checks = [
        Check(f"Moved as a whole by {n_ctx:,} positions, the loss in nats stays", made.moved_error, 1e-3, "moves by")
    ]
    if not math.isnan(made.stretched_error):
        told = f"Positions {factor} apart under interpolation by {factor}: the same loss"
        checks.append(Check(told, made.stretched_error, 1e-4, "moves by"))
    if own_text and not trace.key.interventions:
        gap = float((made.logits - trace.logits[: len(ids)]).abs().max())
        checks.append(Check("First reading = the logits of this run", gap, 1e-3, "largest error"))
    return Rendered(data, tuple(checks), token_ids=ids.tolist())
