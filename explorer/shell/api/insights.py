"""The stream read at every depth, and a logit taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from explorer.fetching.progress import Progress
from explorer.shell.api.reading import aim, checked, likeliest, link, piece, place, places, ran
from explorer.shell.api.requests import AttributionRequest, LensRequest
from explorer.shell.api.results import Attributed, Column, Depth, Lens, Part
from explorer.stack.transformer.head_name import head_name
from explorer.stack.transformer.references import NAMED

if TYPE_CHECKING:
    from explorer.panels.protocol import Check
    from explorer.tracing.derived.attribution import Attribution
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model


def lens(request: LensRequest, progress: Progress) -> Lens:
    """The logit lens: the next tokens that the residual stream gives at each depth, and a token's rank there."""
    import numpy as np

    from explorer.figures.overview.residual_stream import Grid, last_row_error
    from explorer.panels.protocol import Check
    from explorer.tracing.derived.lens import labels, largest

    key = request.key()
    model, run, _ = ran(key, progress).traced
    columns, errors = [], []
    for position in places(run, request.positions):
        logits, target = run.lens_logits(position), aim(model, run, position, request.target)  # depth d_vocab
        ids, probabilities = largest(logits, request.top)
        errors.append(last_row_error(Grid(position, ids[:, None], probabilities[:, None]), run))
        ranks, shares = run.rank(position, target).tolist(), run.probability(position, target).tolist()
        columns.append(
            Column(
                position=position,
                token=piece(model.vocabulary, run.tokens[position].id),
                target=piece(model.vocabulary, target),
                depths=[
                    Depth(
                        depth=name,
                        top=likeliest(model.vocabulary, row, request.top),
                        target_rank=rank,
                        target_probability=share,
                    )
                    for name, row, rank, share in zip(labels(run.dims.n_layers), logits, ranks, shares, strict=True)
                ],
            )
        )
    error = float(np.max(errors))  # NaN wins, as in no max of Python's
    last = Check("The last row = the model’s distribution", error, 1e-5, "largest error")
    at = columns[0]
    return Lens(
        key=key.query(),
        link=link(key, "residual_stream", pos=at.position, target=at.target.id),
        model=model.name,
        checks=checked([last]),
        columns=columns,
    )


def attribution(request: AttributionRequest, progress: Progress) -> Attributed:
    """Split a token's lead into parts: what the embedding, each head, each MLP and each bias add to it."""
    key = request.key()
    model, run, _ = ran(key, progress).traced
    run.readout.require("attribution")
    at = place(run, request.position)
    target = aim(model, run, at, request.target)
    rival = None if request.rival is None else aim(model, run, at, request.rival)
    over = request.over if rival is None or rival == target else rival
    found = run.attribution(at, target, over)
    parts = sorted(parts_of(found), key=lambda each: -abs(each.contribution))
    return Attributed(
        key=key.query(),
        link=link(key, "walk", pos=at, target=target, over=NAMED.index(request.over) or None, rival=rival),
        model=model.name,
        checks=checked(sum_checks(model, run, found)),
        position=at,
        target=piece(model.vocabulary, target),
        over=over if isinstance(over, str) else model.vocabulary.label(over),
        logit=found.logit,
        reference=found.reference,
        lead=found.lead,
        total=found.total,
        error=found.error,
        parts=parts[: request.top],
        others=sum(each.contribution for each in parts[request.top :]),
    )


def parts_of(found: Attribution) -> Iterator[Part]:
    """All parts that write toward the token; biases and interventions only where there are any."""
    yield Part(part="embedding", kind="embedding", contribution=found.embed)
    for layer, heads in enumerate(found.heads.tolist()):
        for head, value in enumerate(heads):
            yield Part(part=head_name(layer, head), kind="head", layer=layer, head=head, contribution=value)
    for layer, value in enumerate(found.mlp.tolist()):
        yield Part(part=f"MLP {layer}", kind="mlp", layer=layer, contribution=value)
    for layer, value in enumerate(found.attn_bias.tolist()):
        if value:
            yield Part(part=f"attention bias {layer}", kind="attention bias", layer=layer, contribution=value)
    for layer, value in enumerate(found.edits.tolist()):
        if value:
            yield Part(part=f"after block {layer}", kind="intervention", layer=layer, contribution=value)
    if found.constant:
        yield Part(part="final bias", kind="constant", contribution=found.constant)


def sum_checks(model: Model, run: Trace, found: Attribution) -> tuple[Check, ...]:
    """What the page's waterfall states: the parts, none read off the stream's differences, add up to the lead."""
    from explorer.experiments.overview.block_writes import logit_sum
    from explorer.figures.overview.measured import sum_of
    from explorer.panels.protocol import Check

    added = logit_sum(run, model, found)
    words = f"{added.words[0].upper()}{added.words[1:]} = {sum_of(found, model.vocabulary.label)}"
    bars = "Each sublayer’s write to the stream = the sum of its parts: heads through W_O, MLPs through W_out"
    return Check(words, added.error, 1e-3), Check(bars, added.largest_bar, 1e-3, "largest error")
