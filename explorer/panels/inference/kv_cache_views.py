"""KV cache: what a step writes and reads, bytes and time, and what a smaller cache changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.architectures.held_out import held_out
from explorer.experiments.inference import cache_corpus as over_texts
from explorer.experiments.inference import kv_cache as experiment
from explorer.experiments.inference import kv_growth
from explorer.experiments.inference import uncached_growth as uncached
from explorer.experiments.inference.held_out_texts import CHOICES, beginnings
from explorer.figures.inference import cache_corpus as corpus_figure
from explorer.figures.inference import kv_cache as figure
from explorer.figures.inference import uncached_growth as whole_text
from explorer.figures.inference.kv_cache import PolicyFormat
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.memory_calculator import FORMATS
from explorer.stack.inference.quantised_cache import QuantisedCache
from explorer.stack.inference.sliding_window_cache import SlidingWindowCache
from explorer.stack.systems.roofline import work
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache

#: texts run again from the start, without a cache; fewer of long ones, in fewer rounds
UNCACHED, FEW = 5, 3
LONG = 96
#: for texts as short as a run's: tokens that share a key channel's scale, and newest tokens in full precision
GROUP, RESIDUAL = 8, 4
LOGITS = 1e-3
#: tokens that a cache which evicts may hold of texts that are read over a corpus
BUDGETS = (12, 24, 48)
NO_HEAVY = "Heavy hitters are left out: heads would hold different tokens, and this model's mask needs to know."
#: longest texts that may be written without a cache
LONGEST = (16, 32, 64, 128)


def _steps(n: int) -> int:
    """Tokens that are fed one by one: each costs a step of every policy."""
    return 12 if n <= LONG else 8


def _bytes_check(formula: Sequence[int], measured: Sequence[int], what: str) -> Check:
    """The formula against what was written."""
    error = max(abs(got - want) for got, want in zip(measured, formula, strict=True))
    return Check(f"Bytes written into the tensors = 2·L·H_kv·d·T·4 + 8·T, {what}", float(error), 0.0, "bytes")


def blocks(scene: Scene) -> Rendered[figure.CacheBlocks]:
    trace, here, dims = scene.trace, scene.position, scene.trace.dims
    if trace.v.shape[-1] != dims.d_head:
        raise NotApplicableError(
            f"This model's values have {trace.v.shape[-1]} coordinates and its keys {dims.d_head}.",
            "It caches the latent vector that both are unfolded from, which is not drawn here. Open SmolLM2 135M.",
        )
    measured = experiment.bytes_by_length(experiment.filled(dims, trace.rot_k, trace.v))
    read = figure.reads(trace.pattern[:, :, here, : here + 1], dims.n_kv_heads)
    before = None
    if (other := scene.comparable) is not None:
        before = figure.reads(other.pattern[:, :, here, : here + 1], dims.n_kv_heads)
    data = figure.blocks(dims, here, read, before, measured)
    return Rendered(data, (_bytes_check(data.formula, data.bytes, f"at all {len(measured)} lengths"),))


def growth(scene: Scene) -> Iterator[Rendered[figure.CacheGrowth]]:
    trace, decoder = scene.trace, scene.decoder
    n, config = len(trace), decoder.config
    start = experiment.first_step(n, trace.n_prompt, _steps(n))
    _needs_steps(n - start)
    long = n > LONG
    again = tuple(sorted({round(p) for p in np.linspace(start, n - 1, FEW if long else UNCACHED)}))
    rounds = FEW if long else kv_growth.ROUNDS
    share = work(config, 1, n - 1)
    cache_share = float(share.cache_bytes / share.bytes)
    for made in kv_growth.growth(decoder, trace.ids, start, again, scene.ticks("Steps"), rounds):
        data = figure.growth(made, config, cache_share, n - start, rounds, torch.get_num_threads())
        checks = ()
        if made.rounds == rounds:
            after = f"after the prompt and {n - start} step{'s'[: n - start - 1]}"
            checks = (
                _bytes_check(data.formula, data.bytes, after),
                Check("Cached logits = logits recomputed from the whole text", made.whole_error, LOGITS,
                      "largest error"),
                Check("Paged cache = contiguous cache", made.paged_error, LOGITS, "largest error"),
            )  # fmt: skip
        yield Rendered(data, checks, note=_note(scene))


def example(scene: Scene) -> Rendered[whole_text.CacheExample]:
    decoder, most = scene.decoder, 4096
    new = scene.number("answer", 500, 1, most)
    data = whole_text.example(decoder.config, scene.number("prompt", 1000, 1, most), new)
    held = ContiguousCache(decoder.config, 1, 8)
    error = abs(held.allocated_nbytes / 8 - 8 - data.cache_bytes / (data.prompt + new - 1))
    return Rendered(data, (Check("Bytes a token of a cache that is allocated = the formula's", error, 0.0, "bytes"),))


def scaling(scene: Scene) -> Iterator[Rendered[whole_text.CacheScaling]]:
    decoder, rounds, threads = scene.decoder, uncached.ROUNDS, torch.get_num_threads()
    longest = int(scene.choice("longest", "64", map(str, LONGEST)))
    if longest > decoder.config.n_ctx:
        raise NotApplicableError(f"The model's context has {decoder.config.n_ctx} positions.", "Choose a shorter text.")
    for made in uncached.uncached_growth(decoder, longest, scene.ticks("Tokens"), rounds):
        data = whole_text.scaling(made, decoder.config, rounds, threads, LONGEST)
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


def policies(scene: Scene) -> Iterator[Rendered[figure.CachePolicies]]:
    trace, config = scene.trace, scene.decoder.config
    n = len(trace)
    start = experiment.first_step(n, trace.n_prompt, _steps(n))
    _needs_steps(n - start)
    budget = scene.number("budget", default=max(2, n // 2), low=2, high=max(2, n))
    sinks, heavy = min(4, budget // 3), budget // 2
    codes = {bits: QuantisedCache(config, 1, n, bits, GROUP, RESIDUAL) for bits in (8, 4)}
    caches: dict[str, KVCache] = {
        "full": ContiguousCache(config, 1, n),
        "int8": codes[8],
        "int4": codes[4],
        "window": SlidingWindowCache(config, 1, n, budget - sinks, sinks),
    }
    absent = ""
    if n <= min((w for w in config.windows if w is not None), default=n) and config.positions != "alibi":
        caches["heavy"] = HeavyHitterCache(config, 1, n, budget - heavy, heavy)
    else:
        absent = NO_HEAVY
    formats = {
        "full": PolicyFormat("Full", 4.0),
        "int8": PolicyFormat("8-bit", codes[8].bytes_each),
        "int4": PolicyFormat("4-bit", codes[4].bytes_each),
        "window": PolicyFormat(f"Window {budget - sinks} + {sinks}", 4.0),
        "heavy": PolicyFormat(f"Heavy hitters {heavy} + {budget - heavy}", 4.0),
    }
    for made in experiment.policies(scene.decoder, trace.ids, start, caches, scene.ticks("Steps")):
        data = figure.CachePolicies(
            start, budget, absent, GROUP, RESIDUAL, torch.get_num_threads(), budget < n, n - start,
            FORMATS["int4"].bytes_each, config.n_layers, config.n_kv_heads, figure.courses(made, formats),
        )  # fmt: skip
        checks = _logits(scene, made) if made.whole else ()
        ids = {t for course in data.policies for t in course.top}
        yield Rendered(data, checks, token_ids=ids, note=_note(scene))


def corpus(scene: Scene) -> Iterator[Rendered[corpus_figure.CachePerplexity]]:
    decoder, asked = scene.decoder, scene.number("texts", 2, 1, CHOICES[-1])
    each = min(CHOICES, key=lambda count: abs(count - asked))
    budget = min(BUDGETS, key=lambda count: abs(count - scene.number("kept", 24, BUDGETS[0], BUDGETS[-1])))
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
    note = "" if held_out(scene.model.name) else "Whether the model was trained on these texts is not known."
    start = min(over_texts.START, length // 2)
    for made in over_texts.cache_losses(decoder, texts.ids, makers, scene.ticks("Tokens fed to the caches")):
        data = corpus_figure.CachePerplexity(
            corpus_figure.perplexities(made, labels, texts.kinds), tuple(dict.fromkeys(texts.kinds)), n, each, CHOICES,
            start, length, made.steps, made.of_steps, budget, BUDGETS, over_texts.GROUP, over_texts.RESIDUAL,
            "" if "heavy" in makers else NO_HEAVY,
        )  # fmt: skip
        checks = ()
        if made.steps == made.of_steps:
            gap = _gap(made.policies[over_texts.FULL].loss, over_texts.one_pass(scene.model, texts.ids, start))
            what = f"Losses of {n * made.steps:,} tokens, full cache = the loaded model’s, one pass a text, no cache"
            checks = (Check(what, gap, LOGITS, "largest error"),)
        yield Rendered(data, checks, note=note)


def _logits(scene: Scene, made: experiment.Comparison) -> tuple[Check, ...]:
    """The full cache against the same text without one: here, and in the run itself."""
    trace = scene.trace
    with torch.inference_mode():
        whole = scene.decoder(trace.ids[None])[0, made.start - 1 :]
    checks = [Check("Full cache = one pass over the whole text", _gap(made.logits, whole), LOGITS, "largest error")]
    if not trace.key.interventions:
        gap = _gap(made.logits, trace.logits[made.start - 1 :])
        checks.append(Check("Full cache = the logits of this run", gap, LOGITS, "largest error"))
    return tuple(checks)


def _note(scene: Scene) -> str:
    """What a run that was changed must know."""
    return "The interventions of this run are not applied here." if scene.trace.key.interventions else ""


def _gap(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


def _needs_steps(n: int) -> None:
    if n < 1:
        raise NotApplicableError(
            "A cache is of use from the second token on, and this run has one.", "Write a longer prompt."
        )
