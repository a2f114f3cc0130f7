"""Attention step by step: one head's every matrix, from queries and keys to what it writes into the stream."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.transformer import attention_growth
from explorer.experiments.transformer.made_anew import attention_error
from explorer.figures.transformer import attention_growth as growth_figure
from explorer.figures.transformer import attention_steps as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.head_name import head_name
from explorer.stack.worst import worst
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.windows import windows


def steps(scene: Scene) -> Rendered[figure.AttentionSteps]:
    trace, layer, head, here = scene.trace, scene.layer, scene.head, scene.position
    dims, sliding = trace.dims, windows(scene.model.hf.config)[layer]
    made, errors = figure.head_steps(trace, layer, head, here, sliding)
    heads = trace.head_out(layer)[:, here]
    total = trace.resid_mid[layer, here] - trace.stream(layer)[here]
    data = figure.AttentionSteps(
        **vars(made), heads=heads, attn_out=total, rest=total - heads.sum(0),
        position=here, layer=layer, head=head, kv=head // (dims.n_heads // dims.n_kv_heads),
        n_heads=dims.n_heads, d_head=dims.d_head, d_model=dims.d_model,
        scaling=trace.readout.scaling[layer], softcap=trace.readout.score_softcap, rotary=bool(trace.rotations),
        sliding=sliding, bias=trace.readout.b_O[layer] is not None,
    )  # fmt: skip
    return Rendered(data, tuple(_checks(scene, errors)), title=f"Head {head_name(layer, head)}, step by step")


def _checks(scene: Scene, errors: figure.Errors) -> list[Check]:
    trace, layer, head = scene.trace, scene.layer, scene.head
    checks = [Check("Softmax of these scores = the model’s pattern", errors.pattern, 1e-4, "largest error")]
    cut = [i for i in trace.key.interventions if isinstance(i, AblateHead) and (i.layer, i.head) == (layer, head)]
    if not cut:  # what was cut is not the sum of what was read
        checks.append(Check("Pattern × v = the model’s z", errors.z, 1e-4, "relative error"))
    adds = f"{trace.dims.n_heads} heads" + (" and the bias" if trace.readout.b_O[layer] is not None else "")
    checks.append(Check(f"{adds} add up to what attention wrote", errors.added, 1e-5, "relative error"))
    try:
        again = attention_error(trace, scene.decoder, layer)
    except NotApplicableError:
        return checks
    checks.append(Check("q, k and v recomputed from the stream = the model’s", again, 1e-4, "relative error"))
    return checks


def growth(scene: Scene) -> Iterator[Rendered[growth_figure.AttentionGrown]]:
    longest = scene.whole("longest")
    for made in attention_growth.growth(scene.model, longest, scene.ticks("Runs")):
        data = growth_figure.grown(made, scene.decoder.config, longest)
        yield Rendered(data, _growth_checks(made, data) if made.whole else ())


def _growth_checks(made: attention_growth.Growth, data: growth_figure.AttentionGrown) -> tuple[Check, ...]:
    off = [abs(a - b) for part in data.work for a, b in zip(part.formula, part.counted, strict=True)]
    apart = worst(each.apart for each in made.lengths)
    parts = "scores and mix, projections, feed-forward"
    return (
        Check(
            f"Formula = FLOPs that torch’s FlopCounterMode counts: {parts}, {len(made.lengths)} lengths",
            float(worst(off)), 0.0, "largest difference",
        ),
        Check("The timed parts together write what the block’s attention writes", apart, 1e-4, "relative error"),
    )  # fmt: skip
