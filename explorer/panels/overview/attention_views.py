"""Attention: every head at a glance, what each block reads from the selected token, one head taken apart."""

from __future__ import annotations

import torch

from explorer.errors import NotApplicableError
from explorer.figures.overview import attention as figure
from explorer.figures.overview import attention_payloads as shown
from explorer.figures.overview.attention_beside import HeadBeside, WallBeside, head_beside, reads_beside, wall_beside
from explorer.figures.overview.measured import Measured, MovedNumber
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.tracing import induction_scores
from explorer.tracing.windows import windows

#: squares a side of a tile in the wall
CELLS = 40


def wall(scene: Scene) -> Rendered[shown.AttentionWall]:
    trace, dims = scene.trace, scene.trace.dims
    small, stride = figure.small_maps(trace, slice(None), CELLS)
    scores = trace.head_scores()
    data = shown.AttentionWall(
        n_layers=dims.n_layers, n_heads=dims.n_heads, n_kv_heads=dims.n_kv_heads,
        maps=figure.lower_triangle(small), cells=small.shape[-1], stride=stride,
        previous=scores.previous, sink=scores.sink, entropy=scores.entropy_bits,
        induction=induction_scores(scene.model), base=_walls(scene),
    )  # fmt: skip
    words, error = figure.rows_claim(figure.row_sums(trace), trace.readout.sinks)
    heads = dims.n_layers * dims.n_heads
    n_rows = heads * len(trace.tokens)
    told = f"Each of {n_rows:,} rows {words}" if n_rows > 1 else f"The one row {words}"
    title = f"All {heads} heads at once" if heads > 1 else "The one head"
    return Rendered(data, (Check(told, error, 1e-5, "largest error"),), title=title)


def _walls(scene: Scene) -> WallBeside | None:
    return None if scene.against is None else wall_beside(scene.trace, scene.against, scene.shared, CELLS)


def reads(scene: Scene) -> Rendered[shown.AttentionReads]:
    trace, here = scene.trace, scene.position
    rows, back = trace.pattern[:, :, here], windows(scene.model.hf.config)
    was = None if scene.comparable is None else reads_beside(rows, scene.comparable.pattern[:, :, here], here)
    data = shown.AttentionReads(
        position=here,
        n_layers=trace.dims.n_layers,
        n_heads=trace.dims.n_heads,
        rows=figure.quantize(rows[..., : here + 1]),
        base=was,
    )
    told = "No head reads a token after this one" + (" or before its block’s window" if any(back) else "")
    return Rendered(data, (Check(told, figure.unseen_weight(rows, back, here), 0.0, "weight"),))


def _change(scene: Scene) -> shown.AttentionChange | None:
    if (base := scene.comparable) is None:
        return None
    before, after = (t.logits[scene.position].double() for t in (base, scene.trace))
    change, target = figure.likeliest_change(before, after), scene.target
    return shown.AttentionChange(**vars(change), moved=MovedNumber.of(before, after, target, scene.over))


def _other_map(scene: Scene, first: int, n: int) -> HeadBeside | None:
    if (base := scene.comparable) is None:
        return None
    at = (scene.layer, scene.head, scene.position)
    return head_beside(scene.trace, base, scene.shared, at, slice(first, first + n))


def _turned(scene: Scene) -> int | None:
    """How many coordinates of a query positions turn; None where the model's pairs are not the halves'."""
    try:
        return scene.trace.rotation(scene.layer).cos.shape[-1]
    except NotApplicableError:
        return None


def head(scene: Scene) -> Rendered[shown.AttentionHead]:
    trace, layer, h, here = scene.trace, scene.layer, scene.head, scene.position
    dims, group = trace.dims, trace.dims.n_heads // trace.dims.n_kv_heads
    window = windows(scene.model.hf.config)[layer]
    row = figure.open_row(trace, layer, h, here, window)
    scores, base = trace.head_scores(), _change(scene)
    share = trace.attribution(here, scene.target, scene.over)
    kv, scaling, softcap = h // group, trace.readout.scaling[layer], trace.readout.score_softcap
    data = shown.AttentionHead(
        position=here,
        layer=layer,
        head=h,
        target=scene.target,
        d_head=dims.d_head,
        scaling=scaling,
        softcap=softcap,
        d_rotary=_turned(scene),
        window=window,
        first=row.first,
        map=figure.quantize(row.pattern),
        row0=row.row0,
        scores=row.scores,
        rows=row.rows,
        value_norms=row.value_norms,
        shown=torch.tensor(row.shown),
        unread=row.unread,
        query=row.query,
        keys=row.keys,
        kv=kv,
        kin=[kv * group + i for i in range(group)],
        measured=Measured.of(share),
        share=float(share.heads[layer, h]),
        facts=shown.AttentionFacts(
            previous=float(scores.previous[layer, h]),
            sink=float(scores.sink[layer, h]),
            entropy=float(scores.entropy_bits[layer, h]),
        ),
        base=base,
        beside=_other_map(scene, row.first, len(row.pattern)),
    )
    plain = abs(scaling * dims.d_head**0.5 - 1) < 1e-6 and softcap is None
    formula = f"softmax(q·k ÷ √{dims.d_head})" if plain else "softmax of the masked scores"
    seen = "all keys up to the query" if window is None else f"the last {window:,} keys up to the query"
    same = f"{formula} over {seen} = the model’s weights, in every row"
    if trace.witness is not None:
        same = f"{formula} over {seen}: sums, entropies and largest weights = those read from the model"
    return Rendered(
        data,
        (Check(same, row.softmax_error, 1e-4, "largest error"),),
        token_ids=[scene.target, *(base.ids if base else [])],
        title=f"Head {head_name(layer, h)}",
    )
