"""Residual stream: what each depth would say, one token's rank through depth, where a logit comes from, norms."""

from __future__ import annotations

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.overview import patched_by_hand as by_hand
from explorer.experiments.overview.block_writes import logit_sum, writes_error
from explorer.figures.overview import residual_payloads as payloads
from explorer.figures.overview import residual_stream as figure
from explorer.figures.overview.measured import MovedNumber, named, sum_of
from explorer.figures.overview.minimal_pair import minimal_pair
from explorer.figures.overview.tokens import shared_prefix
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: what the bars of a waterfall are made of again
HEADS = "heads through W_O, MLPs through W_out"
MIXERS = "what the mixer read of each position, through W_out"


def lens(scene: Scene) -> Rendered[payloads.ResidualLens]:
    trace, at = scene.trace, scene.position
    grid = figure.lens_grid(trace, at)
    depths, n, k = grid.ids.shape
    before = figure.lens_before(scene.against, trace, grid, scene.shared, at) if scene.against is not None else None
    base = None
    named = set(grid.ids.unique().tolist())
    if before is not None:
        ids = before.ids.to(torch.int32)
        base = payloads.LensBefore(
            n=ids.shape[1], ids=ids, probs=before.probabilities, moved=before.moved, changed=before.changed
        )
        named.update(ids.unique().tolist())
    target = None
    if scene.comparable is not None:
        was, now = (run.logits[at] for run in (scene.comparable, trace))
        target = payloads.LensTarget(id=scene.target, moved=MovedNumber.of(was, now, scene.target, scene.over))
        named.add(scene.target)
    second, unfit = _second(scene)
    if second is not None:
        named.update(second.tokens, second.ids.unique().tolist())
    pair = minimal_pair(trace.key.text, lambda text: len(scene.model.vocabulary.encode(text)))
    ids, patches = grid.ids.to(torch.int32), figure.patch_targets(trace)
    data = payloads.ResidualLens(
        start=grid.start,
        n=n,
        k=k,
        depths=depths,
        ids=ids,
        probs=grid.probabilities,
        base=base,
        target=target,
        patches=patches,
        pair=pair,
        second=second,
        unfit=unfit,
    )
    error = figure.last_row_error(grid, trace)
    check = Check("The last row equals the model's distribution", error, 1e-5, "largest error")
    return Rendered(data, (check, *_patch_checks(scene)), token_ids=named)


def _second(scene: Scene) -> tuple[payloads.LensSecond | None, str]:
    """The second prompt's lens, or why its streams do not fit this run."""
    try:
        found = scene.second()
    except NotApplicableError as error:
        return None, f"{error.message} {error.hint}".strip()
    if found is None:
        return None, ""
    model, run = found
    if (model.name, run.key.chat) != (scene.model.name, scene.trace.key.chat):
        return None, "The link's second run is of another model or template: its streams do not fit this one."
    return figure.second_lens(run, scene.position), ""


def _patch_checks(scene: Scene) -> tuple[Check, ...]:
    """What patches alone did, held against the unchanged run and against a run without hooks."""
    trace, base = scene.trace, scene.base
    if base is None or not by_hand.patches_of(trace):
        return ()
    shared = shared_prefix(base.ids.tolist(), trace.ids.tolist())
    still = by_hand.outside(trace, base, shared)
    checks = [Check("Outside the cone no stream has moved", still, 1e-5, "largest difference")]
    if (made := by_hand.remade(scene.model, trace)) is not None:
        cells = "Each patched cell = the source's stream, as the explorer's own decoder makes it"
        logits = "The own decoder with the same patch, without a hook, gives this run's logits"
        checks += [Check(cells, made.cells, 1e-4, "relative error"), Check(logits, made.logits, 5e-3, "largest error")]
    return tuple(checks)


def rank(scene: Scene) -> Rendered[payloads.ResidualRank]:
    trace, at = scene.trace, scene.position
    ids = figure.followed(trace.logits[at], scene.target)
    ranks = torch.stack([trace.rank(at, i) for i in ids])  # token depth
    probabilities = torch.stack([trace.probability(at, i) for i in ids])
    target = ranks[0].tolist()
    lead = figure.lead(target)
    data = payloads.ResidualRank(
        position=at, ids=ids, depths=len(target), vocab=trace.dims.d_vocab,
        ranks=ranks.to(torch.int32), probs=probabilities, first=lead.first, stays=lead.stays,
    )  # fmt: skip
    own = int((trace.logits[at] > trace.logits[at, scene.target]).sum()) + 1
    check = Check(f"The last depth's rank is the model's own, {own:,}", float(abs(target[-1] - own)), 0.0, "difference")
    about = (
        f"Where “{scene.model.vocabulary.label(scene.target)}” stands among all {trace.dims.d_vocab:,} tokens at "
        f"position {at} as the stream deepens; grey lines are the likeliest others. Rank 1 is on top."
    )
    return Rendered(data, (check,), token_ids=ids, about=about)


def waterfall(scene: Scene) -> Rendered[payloads.ResidualWaterfall]:
    trace, at, target = scene.trace, scene.position, scene.target
    found, label = trace.attribution(at, target, scene.over), scene.model.vocabulary.label
    own = payloads.LogitShares.of(found)
    data = payloads.ResidualWaterfall(**vars(own), position=at, target=target)
    mixed = bool(trace.readout.mixers)
    n = 1 + (1 if mixed else 2) * trace.dims.n_layers + (own.constant != 0) + len(own.edits)
    added = logit_sum(trace, scene.model, found)
    checks = (
        Check(f"{added.words[0].upper()}{added.words[1:]} = {sum_of(found, label)}", added.error, 1e-3),
        Check(
            f"Each bar, read off the stream, is what its own parts make: {MIXERS if mixed else HEADS}",
            added.largest_bar,
            1e-3,
            "largest error",
        ),
    )
    last = "the model's own logit" if found.over == "raw" else f"its lead over {named(found.over, label)}"
    about = (
        f"{n} writes into the stream at “{label(trace.tokens[at].id)}”, added up toward “{label(target)}” with the "
        f"final norm's scale frozen. The last bar is {last}, from the model's own logits."
    )
    title = "Where the logit comes from" if found.over == "raw" else None
    return Rendered(data, checks, token_ids=[target], about=about, title=title)


def norms(scene: Scene) -> Rendered[payloads.ResidualNorms]:
    trace, at = scene.trace, scene.position
    data = payloads.ResidualNorms(**vars(figure.norms(trace)))
    checks = ()
    # An intervention may change what a head writes after it was read.
    if not trace.key.interventions and "attribution" not in trace.readout.refused:
        error = writes_error(trace, at)
        heads = f"The {trace.dims.n_heads} heads together are what attention wrote, every block"
        mixers = "What each mixer read of every position, made again, is what it wrote, every block"
        checks = (Check(mixers if trace.readout.mixers else heads, error, 1e-3, "relative error"),)
    if reason := trace.readout.absent.get("attribution"):
        about = f"The lengths of the stream and of what each sublayer writes. In this decoder {reason}"
        return Rendered(data, checks, about=about)
    return Rendered(data, checks)
