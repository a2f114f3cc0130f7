"""Walk: one token from its text to the next word, drawn from this run."""

from __future__ import annotations

from dataclasses import asdict

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.overview.block_writes import expert_writes, logit_sum, written
from explorer.figures.overview import attention as maps
from explorer.figures.overview import walk as figure
from explorer.figures.overview import walk_block
from explorer.figures.overview import why as reasons
from explorer.figures.overview.measured import Measured, named, sum_of
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.bridge import border
from explorer.tracing.changes.interventions import AblateMLP
from explorer.tracing.derived.attribution import Attribution
from explorer.tracing.derived.mixer_reads import mixer_read
from explorer.tracing.trace import Trace
from explorer.tracing.vetting.heads_alone import shares_error

#: squares a side of a head's small map
CELLS = 48
#: neurons listed by the size of their share
NEURONS = 5


def _tolerance(logit: float) -> float:
    """Float32 sums of a hundred writes: relative to the logit, absolute below 1."""
    return 1e-4 * max(abs(logit), 1.0)


def _shares(trace: Trace, position: int, share: Attribution) -> figure.WalkShares:
    norms = figure.writes(trace, position).stream.norm(dim=-1)
    return figure.WalkShares(embed=share.embed, attn=share.attn, mlp=share.mlp, norms=norms)


def _sample(scene: Scene, shown: list[int]) -> figure.WalkSample | None:
    trace, here = scene.trace, scene.position
    if here < trace.n_prompt - 1:
        return None
    step = next((s for s in trace.steps if s.position == here), None)
    sampler = trace.key.sampler
    if step is None:  # the last position: nothing was drawn from it, but the cut is known
        stages = sampler.stages(trace.logits[here], trace.ids[: here + 1], trace.n_prompt)
        draw = figure.drawn(stages.probabilities, shown)
    else:
        draw = figure.drawn(step.stages.probabilities, shown, step.chosen, step.u, step.forced)
    return figure.WalkSample(**asdict(draw), temperature=sampler.temperature, words=figure.sampler_words(sampler))


def _before(scene: Scene, shown: list[int]) -> figure.WalkBefore | None:
    if (found := scene.beside) is None:
        return None
    (base, there), target = found, scene.target
    before, now = base.logits[there].double(), scene.trace.logits[scene.position].double()
    q, share = before.softmax(-1), base.attribution(there, target, scene.over)
    return figure.WalkBefore(
        **vars(_shares(base, there, share)),
        logit=float(before[target]),
        lead=share.lead,
        p=float(q[target]),
        kl=maps.likeliest_change(before, now).kl,
        next=figure.ends(q, shown),
    )


def river(scene: Scene) -> Rendered[figure.WalkRiver]:
    trace, here, target = scene.trace, scene.position, scene.target
    logits = trace.logits[here].double()
    p = logits.softmax(-1)
    share, label = trace.attribution(here, target, scene.over), scene.model.vocabulary.label
    toward = share.direction
    lens = trace.lens_at(here, k=1)
    ends, parts = figure.ends(p), figure.writes(trace, here)
    goals = figure.targets(trace, here, target)
    following = trace.tokens[here + 1].id if here + 1 < len(trace.tokens) else None
    token = trace.tokens[here]
    row = scene.model.hf.get_input_embeddings().weight[token.id]  # pyright: ignore[reportIndexIssue]
    is_row = bool(torch.equal(trace.embed[here], border.here(row.detach())))
    sample, base = _sample(scene, ends.ids), _before(scene, ends.ids)
    why = _why(scene)
    data = figure.WalkRiver(
        **vars(_shares(trace, here, share)),
        position=here,
        target=target,
        vocabulary=trace.dims.d_vocab,
        token=figure.WalkToken(id=token.id, bytes=list(token.bytes), start=token.start, end=token.end, is_row=is_row),
        targets=[figure.WalkTarget(id=t, p=float(p[t]), logit=float(logits[t])) for t in goals],
        edits=share.edits,
        constant=share.constant,
        measured=Measured.of(share),
        attn_norms=parts.attn.norm(dim=-1),
        mlp_norms=parts.mlp.norm(dim=-1),
        attn_cosines=figure.cosines(parts.attn, toward),
        mlp_cosines=figure.cosines(parts.mlp, toward),
        direction=float(toward.norm()),
        lens_ids=lens.ids[:, 0, 0],
        lens_p=lens.probs[:, 0, 0],
        target_rank=trace.rank(here, target),
        target_p=trace.probability(here, target),
        embedding=trace.embed[here],
        rms=float(trace.ln_final_scale[here]),
        norm_word="rms" if trace.readout.norm == "rms" else "deviation",
        logit=float(logits[target]),
        p=float(p[target]),
        logsumexp=float(logits.logsumexp(-1)),
        next=ends,
        sample=sample,
        next_given=following,
        next_given_p=float(p[following]) if following is not None else None,
        why=why,
        base=base,
    )
    about = (
        f"The selected token's vector flows through {trace.dims.n_layers} blocks, and each block adds to it. "
        f"{figure.bars_say(named(scene.over, label))}"
    )
    if base is not None:
        about += f" Dashed outlines: {'the other run' if scene.other else 'the same run without the interventions'}."
    elif scene.against is not None:
        about += " The unchanged run has other tokens up to this position, so the two cannot be compared here."
    added = logit_sum(trace, scene.model, share)
    statement = f"{added.words[0].upper()}{added.words[1:]} = {sum_of(share, label)}"
    ids = [*lens.ids[:, 0, 0].tolist(), *goals, *ends.ids, token.id, *(sample.ids if sample else [])]
    ids += [why.ahead.token] if why.ahead else []
    whole = Check(statement, added.error, _tolerance(share.logit))
    return Rendered(data, (whole, *_difference(scene), *_why_check(scene, why)), token_ids=ids, about=about)


def _difference(scene: Scene) -> tuple[Check, ...]:
    """What the parts of this run add more than those of the other, against what both models' own logits differ by."""
    if scene.other is None or (found := scene.beside) is None:
        return ()
    (base, there), here, target = found, scene.position, scene.target
    one, other = (run.attribution(at, target, scene.over) for run, at in ((scene.trace, here), (base, there)))
    parts = figure.differences(one, other)
    apart = one.lead - other.lead
    what = "logits" if scene.over == "raw" else "leads"
    statement = f"The differences of {len(parts)} parts add up to the difference of both runs' {what}, {apart:+.4f}"
    error = abs(float(parts.sum()) - apart)
    return (Check(statement.replace("-", "−"), error, _tolerance(max(one.logit, other.logit, key=abs))),)


def _why(scene: Scene) -> reasons.Why:
    trace, here, target = scene.trace, scene.position, scene.target
    likeliest = trace.logits[here].topk(min(2, trace.dims.d_vocab)).indices.tolist()
    other = next((token for token in likeliest if token != target), None)
    contrast = None if other is None else trace.attribution(here, target, other)
    return reasons.why(trace, trace.attribution(here, target, scene.over), contrast)


def _why_check(scene: Scene, why: reasons.Why) -> tuple[Check, ...]:
    trace, share = scene.trace, scene.trace.attribution(scene.position, scene.target, scene.over)
    parts = [*why.named, *([why.against] if why.against else [])]
    again = reasons.made_again(trace, written(trace, scene.model, scene.position), share, parts)
    if not again.words:
        return ()
    statement = f"The named parts, again from {again.words} = what the stream gained with them, {again.total:+.4f}"
    return (Check(statement.replace("-", "−"), again.error, _tolerance(share.logit)),)


def block(scene: Scene) -> Rendered[walk_block.WalkBlock]:
    trace, here, layer, target = scene.trace, scene.position, scene.layer, scene.target
    share, dims = trace.attribution(here, target, scene.over), trace.dims
    small, stride = maps.small_maps(trace, slice(layer, layer + 1), CELLS)
    read = mixer_read(trace, layer, here) if trace.readout.mixers else None
    neurons = walk_block.busiest_neurons(trace, share, layer, NEURONS)
    experts = _experts(scene, share)
    parts = figure.writes(trace, here)
    before, after = parts.stream[layer], parts.stream[layer + 1]
    rows = [before, parts.attn[layer], trace.resid_mid[layer, here]]
    rows += [] if read else [parts.mlp[layer], after]
    data = walk_block.WalkBlock(
        position=here, layer=layer, target=target,
        n_heads=dims.n_heads, n_kv_heads=dims.n_kv_heads, d_mlp=dims.d_mlp,
        formula=walk_block.formula(scene.model, trace, layer),
        measured=Measured.of(share),
        attn=float(share.attn[layer]), mlp=float(share.mlp[layer]), heads=share.heads[layer],
        maps=maps.lower_triangle(small[0]), cells=small.shape[-1], stride=stride,
        neurons=neurons, experts=experts, n_experts=dims.n_experts,
        mixer=walk_block.opened_mixer(trace, read, share, NEURONS) if read else None,
        lengths=[float(v.norm()) for v in rows],
        before=before, after=after,
    )  # fmt: skip
    if data.mixer is not None:
        return _opened_mixer(data, data.mixer, share)
    heads = Check(
        f"{dims.n_heads} heads add up to what attention added to the stream, in each of {dims.n_layers} blocks",
        share.heads_error,
        _tolerance(share.logit),
        "largest error",
    )
    alone = Check(
        f"Each of block {layer}’s {dims.n_heads} heads alone through the model’s own output projection = its share",
        shares_error(trace, share, layer),
        _tolerance(share.logit),
        "largest error",
    )
    return Rendered(
        data,
        (heads, alone, *_experts_check(experts, data.mlp, share.logit)),
        token_ids=[target, *(i for n in [*neurons, *experts] for i in n.says)],
        title=f"Block {layer}, opened",
        about=f"What the block's {dims.n_heads} heads and its {'experts' if experts else 'busiest neurons'} did at "
        "this position. Click a head to open its map.",
    )


def _opened_mixer(
    data: walk_block.WalkBlock, mixer: walk_block.WalkMixer, share: Attribution
) -> Rendered[walk_block.WalkBlock]:
    brought = Check(
        f"What {mixer.channels:,} channels of the mixer read of each position adds up to what the stream gained",
        abs(float(mixer.given.sum()) - data.attn),
        _tolerance(share.logit),
    )
    return Rendered(
        data,
        (brought,),
        token_ids=[data.target, *(i for each in mixer.busiest for i in each.says)],
        title=f"Block {data.layer}, opened",
        about="What the block’s mixer read from its state at this position, by the position that wrote it there, and "
        "its busiest channels.",
    )


def _experts(scene: Scene, share: Attribution) -> list[walk_block.WalkExpert]:
    """None where the model has none, is of a type that the explorer's own decoder does not know, or lost this layer."""
    if any(isinstance(i, AblateMLP) and i.layer == scene.layer for i in scene.trace.key.interventions):
        return []
    if not scene.trace.dims.n_experts:
        return []
    try:
        found = expert_writes(scene.trace, scene.decoder, scene.layer, scene.position)
    except NotApplicableError:
        return []
    return walk_block.chosen_experts(scene.trace, found, share)


def _experts_check(experts: list[walk_block.WalkExpert], mlp: float, logit: float) -> tuple[Check, ...]:
    if not experts:
        return ()
    who = f"{len(experts)} experts, run one by one, add up" if len(experts) > 1 else "The expert, run alone, adds up"
    error = abs(sum(e.share for e in experts) - mlp)
    return (Check(f"{who} to the mixture's share", error, _tolerance(logit)),)
