"""KV cache: what a step writes and reads, bytes and time, and what a smaller cache changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.architectures.held_out import unknown
from explorer.experiments.inference.cache import cache_corpus as over_texts
from explorer.experiments.inference.cache import kv_cache as experiment
from explorer.experiments.inference.cache import kv_growth
from explorer.experiments.inference.cache import uncached_growth as uncached
from explorer.experiments.inference.decoding.held_out_texts import beginnings
from explorer.figures.inference.cache import cache_corpus as corpus_figure
from explorer.figures.inference.cache import cache_policies as policy
from explorer.figures.inference.cache import kv_cache as figure
from explorer.figures.inference.cache import uncached_growth as whole_text
from explorer.panels.protocol import Check, Rendered, in_both
from explorer.panels.scene import Scene
from explorer.stack.systems.roofline import work
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    pass

LOGITS = 1e-3
NO_HEAVY = "Heavy hitters are left out: their heads hold different tokens, and this model’s mask needs one set for all."


def _steps(n: int) -> int:
    """Tokens that are fed one by one: each costs a step of every policy."""
    return 12 if n <= kv_growth.LONG else 8


def _bytes_check(formula: Sequence[int], measured: Sequence[int], what: str) -> Check:
    """The formula against what was written."""
    error = worst(abs(got - want) for got, want in zip(measured, formula, strict=True))
    return Check(f"Bytes written into the tensors = 2·L·H_kv·d·T·4 + 8·T, {what}", float(error), 0.0, "bytes")


def blocks(scene: Scene) -> Rendered[figure.CacheBlocks]:
    trace, here, dims = scene.trace, scene.position, scene.trace.dims
    if trace.v.shape[-1] != dims.d_head:
        raise NotApplicableError(
            f"This model's values have {trace.v.shape[-1]} coordinates and its keys {dims.d_head}.",
            "It caches the latent vector that both are computed from, which this view does not draw. Open SmolLM2 "
            "135M.",
        )
    measured = experiment.bytes_by_length(experiment.filled(dims, trace.rot_k, trace.v))
    read = figure.reads(trace.pattern[:, :, here, : here + 1], dims.n_kv_heads)
    data = figure.blocks(dims, here, read, measured)
    return Rendered(data, (_bytes_check(data.formula, data.bytes, f"at all {len(measured)} lengths"),))


def growth(scene: Scene) -> Iterator[Rendered[figure.CacheGrowth]]:
    there, plan = scene.there, _plan(scene)
    _needs_steps(scene, plan.steps)
    other, rounds, theirs = None, plan.rounds, iter(())
    if there is not None:
        other = _plan(there)
        if other.steps < 1:
            raise NotApplicableError(
                "The other run has one token: none of its steps reads a cache.", "Compare with a longer text."
            )
        rounds = min(rounds, other.rounds)
        theirs = (each for each in _grown(there, other, rounds) if each.rounds)
    for made in _grown(scene, plan, rounds):
        data, checks = _growth(scene, plan, made, rounds, "all steps" if there else "")
        beside = next(theirs, None) if made.rounds else None  # in turns, round by round
        if there is not None and other is not None and beside is not None:
            alone, also = _growth(there, other, beside, rounds, "all steps")
            times = kv_growth.times_as_long(made, beside)
            data = replace(data, base=figure.growth_beside(alone, there.model.card.title, times))
            checks = in_both(checks, also)
        yield Rendered(data, checks, note=scene.left_out)


def _plan(scene: Scene) -> kv_growth.Plan:
    n = len(scene.trace)
    return kv_growth.Plan.of(scene.trace.ids, experiment.first_step(n, scene.trace.n_prompt, _steps(n)))


def _grown(scene: Scene, plan: kv_growth.Plan, rounds: int) -> Iterator[kv_growth.Growth]:
    return kv_growth.growth(scene.decoder, plan.ids, plan.start, plan.again, scene.ticks("Steps"), rounds)


def _growth(
    scene: Scene, plan: kv_growth.Plan, made: kv_growth.Growth, rounds: int, steps: str
) -> tuple[figure.CacheGrowth, tuple[Check, ...]]:
    """What one run's steps have come to; checks once all rounds are made. `steps`: their number in words."""
    config = scene.decoder.config
    share = work(config, 1, len(plan.ids) - 1)
    cache_share = float(share.cache_bytes / share.bytes)
    data = figure.growth(made, config, cache_share, plan.steps, rounds, torch.get_num_threads())
    if made.rounds < rounds:
        return data, ()
    after = f"after the prompt and {steps or f'{plan.steps} step' + 's'[: plan.steps - 1]}"
    return data, (
        _bytes_check(data.formula, data.bytes, after),
        Check("Cached logits = logits recomputed from the whole text", made.whole_error, LOGITS, "largest error"),
        Check("Paged cache = contiguous cache", made.paged_error, LOGITS, "largest error"),
    )


def example(scene: Scene) -> Rendered[whole_text.CacheExample]:
    decoder, new = scene.decoder, scene.whole("answer")
    data = whole_text.example(decoder.config, scene.whole("prompt"), new)
    held = ContiguousCache(decoder.config, 1, 8)
    error = abs(held.allocated_nbytes / 8 - 8 - data.cache_bytes / (data.prompt + new - 1))
    return Rendered(data, (Check("Bytes a token of a cache that is allocated = the formula's", error, 0.0, "bytes"),))


def scaling(scene: Scene) -> Iterator[Rendered[whole_text.CacheScaling]]:
    decoder, rounds, threads = scene.decoder, uncached.ROUNDS, torch.get_num_threads()
    longest = scene.whole("longest")
    if longest > decoder.config.n_ctx:
        raise NotApplicableError(f"The model's context has {decoder.config.n_ctx} positions.", "Choose a shorter text.")
    for made in uncached.uncached_growth(decoder, longest, scene.ticks("Tokens"), rounds):
        data = whole_text.scaling(made, decoder.config, rounds, threads)
        checks = ()
        if made.rounds == rounds:
            flops, fed = (
                float(off(made, decoder.config)) for off in (whole_text.formula_flops, whole_text.formula_passes)
            )
            at = f"{len(made.places)} lengths, and all of the {len(made.flops)} shortest texts"
            checks = (
                Check(f"Both ways write the same tokens at {at}", float(made.parted), 0.0, "tokens that differ"),
                Check("Tokens fed by formula = those counted, of the shortest texts", fed, 0.0, "difference"),
                Check(
                    "Operations by formula = those that torch counts, of the shortest texts", flops, 0.0, "difference"
                ),
            )
        yield Rendered(data, checks)


def policies(scene: Scene) -> Iterator[Rendered[policy.CachePolicies]]:
    trace, n = scene.trace, len(scene.trace)
    budget = scene.whole("budget", default=max(2, n // 2), high=max(2, n))
    start = experiment.first_step(n, trace.n_prompt, _steps(n))
    fed = experiment.Feeding.of(scene.decoder, trace.ids, start, min(budget, max(2, n)))
    _needs_steps(scene, fed.steps)
    for made in fed.fed(scene.ticks("Steps")):
        data = policy.cache_policies(fed, made, NO_HEAVY, torch.get_num_threads())
        ids = {token for course in data.policies for token in course.top}
        checks = _logits(scene, fed, made) if made.whole else ()
        yield Rendered(data, checks, token_ids=ids, note=scene.left_out, chosen={"budget": budget})


def corpus(scene: Scene) -> Iterator[Rendered[corpus_figure.CachePerplexity]]:
    decoder, each, budget = scene.decoder, scene.whole("texts"), scene.whole("kept")
    texts = beginnings(scene.model, each, over_texts.LENGTH)
    n, length = texts.ids.shape
    if length < 4:
        raise NotApplicableError(f"The model reads {length} tokens at most.", "Choose a model with a longer context.")
    makers, sinks = over_texts.caches(decoder.config, length, budget), min(over_texts.SINKS, budget // 3)
    labels = {
        "float32": "Full, float32", "bfloat16": "Full, bfloat16", "float16": "Full, float16",
        "int8": "8-bit codes", "int4": "4-bit codes", "window": f"Window {budget}",
        "sinks": f"Window {budget - sinks} + {sinks} sinks",
        "heavy": f"Heavy hitters {budget // 2} + {budget - budget // 2}",
    }  # fmt: skip
    note = unknown(scene.model.name, "these texts")
    start = min(over_texts.START, length // 2)
    for made in over_texts.cache_losses(decoder, texts.ids, makers, scene.ticks("Tokens fed to the caches")):
        data = corpus_figure.CachePerplexity(
            policies=corpus_figure.perplexities(made, labels, texts.kinds),
            kinds=tuple(dict.fromkeys(texts.kinds)),
            texts=n,
            texts_each=each,
            start=start,
            length=length,
            steps=made.steps,
            of_steps=made.of_steps,
            budget=budget,
            group=over_texts.GROUP,
            residual=over_texts.RESIDUAL,
            absent="" if "heavy" in makers else NO_HEAVY,
        )
        checks = ()
        if made.steps == made.of_steps:
            gap = _gap(made.policies[over_texts.FULL].loss, over_texts.one_pass(scene.model, texts.ids, start))
            what = f"Losses of {n * made.steps:,} tokens, full cache = the loaded model’s, one pass a text, no cache"
            checks = (Check(what, gap, LOGITS, "largest error"),)
        yield Rendered(data, checks, note=note)


def _logits(scene: Scene, fed: experiment.Feeding, made: experiment.Comparison) -> tuple[Check, ...]:
    """The full cache against the same text without one: here, and in the run itself."""
    trace = scene.trace
    with torch.inference_mode():
        gap = _gap(made.logits, fed.decoder(fed.ids[None])[0, made.start - 1 :])
    checks = [Check("Full cache = one pass over the whole text", gap, LOGITS, "largest error")]
    if not trace.key.interventions:
        gap = _gap(made.logits, trace.logits[made.start - 1 :])
        checks.append(Check("Full cache = the logits of this run", gap, LOGITS, "largest error"))
    return tuple(checks)


def _gap(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


def _needs_steps(scene: Scene, n: int) -> None:
    if n < 1:
        raise NotApplicableError(
            f"A cache helps from the second token on, and {scene.whose} has one.", "Write a longer prompt."
        )
