"""KV cache: what a step writes and reads, bytes and time, and what a smaller cache changes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from explorer.errors import NotApplicableError
from explorer.figures.inference import kv_cache as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.paged_cache import PagedCache
from explorer.stack.inference.quantised_cache import QuantisedCache
from explorer.stack.inference.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache

#: texts run again from the start, without a cache; fewer of long ones
UNCACHED, FEW = 5, 3
LONG = 96
#: for texts as short as a run's: tokens that share a key channel's scale, and newest tokens in full precision
GROUP, RESIDUAL = 8, 4
LOGITS = 1e-3


def _steps(n: int) -> int:
    """Tokens that are fed one by one: each costs a step of every policy."""
    return 12 if n <= LONG else 8


def _bytes_check(config: Any, measured: list[int], lengths: list[int], what: str) -> Check:
    """The formula against the tensors."""
    error = max(abs(got - figure.formula_bytes(config, n)) for got, n in zip(measured, lengths, strict=True))
    return Check(f"Bytes held = 2·L·H_kv·d·T·4 + 8·T, {what}", float(error), 0.0)


def blocks(scene: Scene) -> Rendered:
    trace, here, dims = scene.trace, scene.position, scene.trace.dims
    if trace.v.shape[-1] != dims.d_head:
        raise NotApplicableError(
            f"This model's values have {trace.v.shape[-1]} coordinates and its keys {dims.d_head}.",
            "It caches the latent vector that both are unfolded from, which is not drawn here. Open SmolLM2 135M.",
        )
    measured = figure.bytes_by_length(figure.filled(dims, trace.rot_k, trace.v))
    read = figure.reads(trace.pattern[:, :, here, : here + 1], dims.n_kv_heads)
    base = None
    if (other := scene.comparable) is not None:
        before = figure.reads(other.pattern[:, :, here, : here + 1], dims.n_kv_heads)
        base = {**figure.most_changed(before, read), "read": _eighth(before)}
    lengths = list(range(1, len(trace) + 1))
    return Rendered(
        {
            "position": here,
            "read": _eighth(read),
            "base": base,
            "bytes": measured,
            "formula": [figure.formula_bytes(dims, n) for n in lengths],
            "n_layers": dims.n_layers, "n_heads": dims.n_heads, "n_kv_heads": dims.n_kv_heads, "d_head": dims.d_head,
        },
        (_bytes_check(dims, measured, lengths, f"at all {len(lengths)} lengths"),),
    )  # fmt: skip


def _eighth(read: torch.Tensor) -> torch.Tensor:
    """Weights from 0 to 1 in one byte each."""
    return (read * 255).round().to(torch.uint8)


def growth(scene: Scene) -> Rendered:
    trace, decoder = scene.trace, scene.model.decoder
    n, ids = len(trace), trace.ids[None]
    start = figure.first_step(n, trace.n_prompt, _steps(n))
    _needs_steps(n - start)
    full, paged = ContiguousCache(decoder.config, 1, n), PagedCache.for_batch(decoder.config, 1, n)
    again = sorted({round(p) for p in np.linspace(start, n - 1, UNCACHED if n <= LONG else FEW)})
    sizes, cached, uncached = [], [], []
    paged_error = whole_error = 0.0
    with torch.inference_mode():
        decoder(ids[:, :2], last_only=True)  # the first pass after a pause is slow
        began = time.perf_counter()
        decoder(ids[:, :start], None, full, last_only=True)
        prefill = (time.perf_counter() - began) * 1e3
        decoder(ids[:, :start], None, paged, last_only=True)
        sizes.append(full.nbytes)
        for done, at in enumerate(range(start, n)):
            began = time.perf_counter()
            logits = decoder(ids[:, at : at + 1], None, full, last_only=True)
            cached.append((time.perf_counter() - began) * 1e3)
            sizes.append(full.nbytes)
            other = decoder(ids[:, at : at + 1], None, paged, last_only=True)
            paged_error = max(paged_error, float((other - logits).abs().max()))
            if at in again:
                began = time.perf_counter()
                whole = decoder(ids[:, : at + 1], last_only=True)
                uncached.append((time.perf_counter() - began) * 1e3)
                whole_error = max(whole_error, float((whole - logits).abs().max()))
            scene.progress("Steps", done + 1, n - start)
    checks = (
        _bytes_check(decoder.config, sizes, list(range(start, n + 1)), f"after the prompt and all {n - start} steps"),
        Check("Cached logits = logits recomputed from the whole text", whole_error, LOGITS, "largest error"),
        Check("Paged cache = contiguous cache", paged_error, LOGITS, "largest error"),
    )
    config = decoder.config
    data = {
        "start": start, "bytes": sizes, "formula": [figure.formula_bytes(config, t) for t in range(start, n + 1)],
        "prefill_ms": prefill, "ms": cached, "uncached_at": again, "uncached_ms": uncached,
        "threads": torch.get_num_threads(),
        "n_layers": config.n_layers, "n_kv_heads": config.n_kv_heads, "d_head": config.d_head,
        "n_heads": config.n_heads,
    }  # fmt: skip
    return Rendered(data, checks, note=_note(scene))


def policies(scene: Scene) -> Rendered:
    trace, decoder = scene.trace, scene.model.decoder
    config, n = decoder.config, len(trace)
    start = figure.first_step(n, trace.n_prompt, _steps(n))
    _needs_steps(n - start)
    budget = scene.number("budget", default=max(2, n // 2), low=2, high=max(2, n))
    sinks, heavy = min(4, budget // 3), budget // 2
    caches: dict[str, KVCache] = {
        "full": ContiguousCache(config, 1, n),
        "int8": QuantisedCache(config, 1, n, 8, GROUP, RESIDUAL),
        "int4": QuantisedCache(config, 1, n, 4, GROUP, RESIDUAL),
        "window": SlidingWindowCache(config, 1, n, budget - sinks, sinks),
    }
    absent = ""
    if n <= min((w for w in config.windows if w is not None), default=n) and config.positions != "alibi":
        caches["heavy"] = HeavyHitterCache(config, 1, n, budget - heavy, heavy)
    else:
        absent = "Heavy hitters are left out: heads would hold different tokens, and this model's mask needs to know."
    labels = {
        "full": "Full", "int8": "8-bit", "int4": "4-bit", "window": f"Window {budget - sinks} + {sinks}",
        "heavy": f"Heavy hitters {heavy} + {budget - heavy}",
    }  # fmt: skip
    made = figure.compare(decoder, trace.ids, start, caches, scene.ticks("Steps"))
    with torch.inference_mode():
        whole = decoder(trace.ids[None])[0, start - 1 :]
    checks = [Check("Full cache = one pass over the whole text", _gap(made.logits, whole), LOGITS, "largest error")]
    if not trace.key.interventions:
        gap = _gap(made.logits, trace.logits[start - 1 :])
        checks.append(Check("Full cache = the logits of this run", gap, LOGITS, "largest error"))
    data = {
        "start": start, "budget": budget, "absent": absent, "group": GROUP, "residual": RESIDUAL,
        "threads": torch.get_num_threads(), "evicts": budget < n,
        "n_layers": config.n_layers, "n_kv_heads": config.n_kv_heads,
        "policies": [
            {
                "name": name, "label": labels[name], "bytes": course.nbytes, "ms": course.ms, "kl": course.kl,
                "top": course.top, "codes": course.codes,
                "held": np.packbits(torch.stack(course.held).numpy().reshape(len(course.held), -1), axis=1),
            }
            for name, course in made.courses.items()
        ],
    }  # fmt: skip
    ids = {t for course in made.courses.values() for t in course.top}
    return Rendered(data, tuple(checks), token_ids=ids, note=_note(scene))


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
