"""What a change in a run does, and two runs side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError
from explorer.fetching.progress import Progress
from explorer.shell.api.insights import sum_checks
from explorer.shell.api.reading import aim, checked, likeliest, link, piece, place, ran, written
from explorer.shell.api.requests import AblateRequest, CompareRequest
from explorer.shell.api.results import Ablated, Compared, Moved, OneOfTwo, Shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.panels.protocol import Check
    from explorer.shell.views.subjects import Subject
    from explorer.tracing import TraceKey
    from explorer.tracing.changes.interventions import Intervention
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model


def ablate(request: AblateRequest, progress: Progress) -> Ablated:
    """Change a run (switch off a head or an MLP, scale or push the stream, quantize) and see the effect."""
    from explorer.tracing import compare
    from explorer.tracing.key import read_interventions

    before_key = request.key()
    done = read_interventions(request.change)
    key = replace(before_key, interventions=(*before_key.interventions, *done))
    _, before, _ = ran(before_key, progress).traced
    model, after, _ = ran(key, progress).traced
    at = place(before, request.position)
    found = compare(before, after, at)
    if found is None:
        raise NotApplicableError(
            f"The two runs have different tokens up to position {at:,}.",
            "Choose a position before the first difference.",
        )
    target = aim(model, before, at, request.target)
    (was, now), chances, ranks = found.logit(target), found.probability(target), found.rank(target)
    return Ablated(
        key=key.query(),
        link=link(key, "walk", pos=at, target=target),
        model=model.name,
        checks=checked(change_checks(model, before, after, at, target, done)),
        before_key=before_key.query(),
        changes=[each.label for each in done],
        position=at,
        target=Moved(
            token=piece(model.vocabulary, target),
            logit_before=was, logit_after=now, change=now - was,
            probability_before=chances[0], probability_after=chances[1],
            rank_before=ranks[0], rank_after=ranks[1],
        ),
        kl=found.kl,
        before=likeliest(model.vocabulary, before.logits[at], request.top),
        after=likeliest(model.vocabulary, after.logits[at], request.top),
        text_before=written(model, before),
        text_after=written(model, after),
    )  # fmt: skip


def change_checks(
    model: Model, before: Trace, after: Trace, at: int, target: int, done: tuple[Intervention, ...]
) -> Iterator[Check]:
    """The changed run's parts add up to its logit; and before the first changed block nothing differs."""
    from explorer.panels.protocol import Check
    from explorer.tracing.changes.weight_edits import Quantize, Wear

    if "attribution" not in after.readout.refused:
        yield from sum_checks(model, after, after.attribution(at, target))
    first = min((0 if isinstance(each, Quantize | Wear) else each.layer or 0 for each in done), default=0)
    if first:
        upstream = (before.resid_post[:first, : at + 1] - after.resid_post[:first, : at + 1]).abs().max()
        yield Check(
            f"The changed run = the unchanged run before block {first}", float(upstream), 1e-4, "largest difference"
        )


def compare(request: CompareRequest, progress: Progress) -> Compared:
    """Compare two runs: two prompts, two models, or a run with interventions and one without."""
    from explorer.figures.overview.tokens import shared_prefix
    from explorer.tracing.probes.causes import kl

    keys = request.one.key(), request.other.key()
    first, second = (ran(key, progress) for key in keys)
    one, other = (_side(*each, request.top) for each in zip(keys, (first, second), strict=True))
    (model, run, _), (their_model, their_run, _) = first.traced, second.traced
    same = model.tokenizer.get_vocab() == their_model.tokenizer.get_vocab()
    same = same and run.dims.d_vocab == their_run.dims.d_vocab
    divergence, shifts = None, []
    if same:
        here, there = run.logits[run.n_prompt - 1], their_run.logits[their_run.n_prompt - 1]
        divergence = float(kl(here, there))
        ours, theirs = here.double().softmax(-1), there.double().softmax(-1)
        most = (ours - theirs).abs().topk(min(request.top, len(ours))).indices.tolist()
        shifts = [Shift(token=piece(model.vocabulary, i), one=float(ours[i]), other=float(theirs[i])) for i in most]
    texts = {each.text for each in other.top}
    return Compared(
        one=one,
        other=other,
        same_vocabulary=same,
        shared_tokens=shared_prefix(run.ids.tolist(), their_run.ids.tolist()) if same else 0,
        kl=divergence,
        shifts=shifts,
        in_both=[each.text for each in one.top if each.text in texts],
    )


def _side(key: TraceKey, subject: Subject, top: int) -> OneOfTwo:
    model, run, _ = subject.traced
    at = run.n_prompt - 1
    checks: tuple[Check, ...] = ()
    if "attribution" not in run.readout.refused:
        checks = sum_checks(model, run, run.attribution(at, run.answer(at)))
    return OneOfTwo(
        key=key.query(),
        link=link(key, "walk", pos=at),
        model=model.name,
        checks=checked(checks),
        tokens=len(run.tokens),
        position=at,
        top=likeliest(model.vocabulary, run.logits[at], top),
        text=written(model, run),
    )
