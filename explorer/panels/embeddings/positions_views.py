"""Positions: where a token stands, as angle, as vector and as penalty, and what is left past the trained length."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from explorer.corpora import passages
from explorer.experiments.embeddings import positions_reach as experiment
from explorer.experiments.embeddings import positions_scaling as speeds
from explorer.experiments.transformer.made_anew import attention_error
from explorer.figures.embeddings import positions as figure
from explorer.figures.embeddings import positions_scaling as slower
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.embeddings import alibi, rope, rope_scaling, sinusoidal
from explorer.stack.embeddings.learned import LearnedPositions
from explorer.stack.transformer.head_name import head_name

#: Positions of the maps, and distances of the penalties.
MAP_POSITIONS = 128
FABLE = "fable"


def rotation(scene: Scene) -> Rendered[figure.PositionsRotation]:
    trace, layer, head, here = scene.trace, scene.layer, scene.head, scene.position
    config = figure.config_of(scene.model)
    turn, window = figure.rope_of(config, layer), config.windows[layer]
    made = figure.hands(trace, turn, layer, head, here, window)
    n_ctx, trained = figure.length_of(scene.model)
    data = figure.PositionsRotation(
        position=here, layer=layer, head=head, kv=head // (trace.dims.n_heads // trace.dims.n_kv_heads),
        first=made.first, q=made.q, k=made.k, rest=made.rest, attention=made.attention,
        inv_freq=rope.inv_freq(turn), square=rope.attention_factor(turn) ** 2,
        scale=trace.readout.scaling[layer], cap=trace.readout.score_softcap,
        theta=turn.theta, d_head=turn.d_head, d_rotary=turn.d_rotary,
        n_ctx=n_ctx, trained=trained, window=window,
    )  # fmt: skip
    half = turn.d_rotary // 2
    moved = f"it stays when both move by up to {figure.SHIFTS[-1]:,} positions"
    checks = [
        Check(
            f"{half} pairs, scaled, through softmax, give the model's attention", made.attention_error, 1e-4, "error"
        ),
        Check(f"q·k depends on m − n only: {moved}", made.shift_error, 1e-3, "relative error"),
    ]
    again = attention_error(trace, scene.decoder, layer, turn)
    told = "q and k, computed from the stream and rotated here, equal the run's"
    checks.append(Check(told, again, 1e-4, "relative error"))
    about = (
        f"A query and a key of {turn.d_head} numbers are {half} pairs. Each pair is a clock hand, rotated by its "
        "position. A pair adds to the score when its hands point the same way; only the angle between them counts."
    )
    if turn.d_rotary < turn.d_head:
        about = about.replace("are", "hold", 1) + f" {turn.d_head - turn.d_rotary} numbers are not rotated."
    return Rendered(data, tuple(checks), title=f"Position is an angle: {head_name(layer, head)}", about=about)


def maps(scene: Scene) -> Rendered[figure.PositionsMaps]:
    config, dims = figure.config_of(scene.model), scene.model.dims
    table = sinusoidal.sinusoidal(torch.arange(MAP_POSITIONS), dims.d_model)
    far = figure.distances(config.n_ctx)
    speeds = rope_scaling.frequencies(10_000.0, dims.d_model)
    turned = learned = None
    if config.rope is not None:
        similarity = figure.rope_similarity(rope.inv_freq(config.rope), far)
        turned = figure.RopeMap(theta=config.rope.theta, d_rotary=config.rope.d_rotary, similarity=similarity)
    if config.positions == "learned":
        rows = scene.decoder.positions
        assert isinstance(rows, LearnedPositions)
        weight = rows.weight.detach()
        kept = far[far < len(weight)]
        learned = figure.LearnedMap(table=weight[:MAP_POSITIONS], similarity=figure.table_similarity(weight, kept))
    slopes, at = alibi.slopes(dims.n_heads), torch.arange(MAP_POSITIONS)
    data = figure.PositionsMaps(
        positions=MAP_POSITIONS,
        d_model=dims.d_model,
        n_heads=dims.n_heads,
        n_ctx=config.n_ctx,
        kind=config.positions,
        speeds=speeds,
        row=table[-1],
        distance=far,
        sinusoidal=figure.rope_similarity(speeds, far),
        rope=turned,
        learned=learned,
        alibi=figure.AlibiMap(slopes=slopes, bias=alibi.bias(slopes, at[-1:], at)[:, 0].flip(-1)),
    )
    told = f"The products of all pairs of {MAP_POSITIONS} positions depend on the distance only"
    return Rendered(data, (Check(told, figure.distance_error(table), 1e-5, "relative spread"),))


def scaling(scene: Scene) -> Rendered[slower.PositionsScaling]:
    config, layer = figure.config_of(scene.model), scene.layer
    turn, factor = figure.rope_of(config, layer), scene.whole("factor")
    n_ctx, trained = figure.length_of(scene.model)
    length = factor * n_ctx
    found = {name: speeds.slowed(turn, one, length) for name, one in experiment.schemes(factor, n_ctx).items()}
    data = slower.PositionsScaling(
        factor=factor, n_ctx=n_ctx, trained=trained, length=len(scene.trace), theta=turn.theta,
        d_rotary=turn.d_rotary, inv_freq=rope_scaling.frequencies(turn.theta, turn.d_rotary),
        schemes=[slower.Scheme(**vars(one), name=name) for name, one in found.items()],
        own=turn.scaling.name if turn.scaling else None,
    )  # fmt: skip
    library = speeds.peer_error(turn, found, factor, n_ctx, length)
    run = slower.table_error(scene.trace, layer, rope.inv_freq(turn, len(scene.trace)))
    checks = (
        Check("The model's own speeds give this run's table of cosines and sines", run, 1e-4, "largest error"),
        Check(f"The speeds of {len(found)} schemes equal those of transformers", library, 1e-5, "relative error"),
    )
    return Rendered(data, checks)


def ntk(scene: Scene) -> Rendered[slower.PositionsNtk]:
    turn = figure.rope_of(figure.config_of(scene.model), scene.layer)
    stretch = round(2 * scene.real("stretch")) / 2
    n_ctx, trained = figure.length_of(scene.model)
    length = round(stretch * n_ctx)
    found = {name: speeds.slowed(turn, one, length) for name, one in experiment.schemes(stretch, n_ctx).items()}
    base = rope_scaling.ntk_base(turn.theta, turn.d_rotary, stretch)
    data = slower.PositionsNtk(
        stretch=stretch, n_ctx=n_ctx, trained=trained, theta=float(turn.theta), d_rotary=turn.d_rotary,
        base=base, inv_freq=rope_scaling.frequencies(turn.theta, turn.d_rotary),
        linear=found["linear"].inv_freq, ntk=found["ntk"].inv_freq, yarn=found["yarn"].inv_freq,
    )  # fmt: skip
    solved = slower.solved_base(turn.theta, turn.d_rotary, stretch)
    library = speeds.peer_error(turn, found, stretch, n_ctx, length)
    checks = (
        Check(
            "The base equals one found by bisection for the slowest turn",
            abs(base / solved - 1),
            1e-6,
            "relative error",
        ),
        Check("The turns of all schemes equal those of transformers", library, 1e-5, "relative error"),
    )
    return Rendered(data, checks)


def reach(scene: Scene) -> Iterator[Rendered[slower.PositionsReach]]:
    model = scene.model
    figure.rope_of(figure.config_of(model), 0)
    factor, n = scene.whole("factor"), scene.whole("tokens")
    known = {each.kind.lower(): each for each in passages.read()}
    text = scene.one_of("text", (FABLE, *known))
    words = experiment.PASSAGE if text == FABLE else known[text].excerpts[0].text
    ids = torch.tensor(model.tokenizer(words)["input_ids"][:n])
    n_ctx, trained = figure.length_of(model)
    title = f"Reading past the {'trained length' if trained else 'config’s limit'} of {n_ctx:,} tokens"
    for found in experiment.reach(model.hf, model.decoder, ids, n_ctx, factor, scene.ticks("Second readings")):
        data = slower.read_again(found, ids, factor, (n_ctx, trained), text)
        checks = () if found.checked is None else _reached(found.checked, n_ctx, factor)
        yield Rendered(data, checks, token_ids=ids.tolist(), title=title)


def _reached(found: experiment.Checked, n_ctx: int, factor: int) -> tuple[Check, ...]:
    checks = [
        Check(
            "The first reading equals the logits of the model's own forward pass",
            found.model_error,
            1e-3,
            "largest error",
        ),
        Check(f"The loss stays when the whole text moves by {n_ctx:,} positions", found.moved_error, 1e-3, "moves by"),
    ]
    if not math.isnan(found.stretched_error):
        told = f"Interpolation by {factor} with positions {factor} apart gives the same loss"
        checks.append(Check(told, found.stretched_error, 1e-4, "moves by"))
    return tuple(checks)
