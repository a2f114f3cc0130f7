"""Memory calculator: weights and cache of any decoder, real models compared, and the formula held against tensors."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import torch

from explorer.errors import NotApplicableError
from explorer.figures.inference import memory_calculator as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference import memory_calculator as mechanism
from explorer.stack.inference.memory_calculator import FORMATS, REAL_MODELS, Sizes
from explorer.stack.inference.paged_cache import PagedCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.kv_cache import ContiguousCache

#: The numbers that an own model starts with.
OWN = REAL_MODELS["Llama-3-8B"]
#: Tokens of the run that the caches of the calibration read, at most.
READ = 48
BLOCK = 16


def _here(scene: Scene) -> dict[str, Any] | None:
    """The running model, if its architecture is one whose parts are counted."""
    try:
        return figure.row(scene.model.card.title, Sizes.of(DecoderConfig.from_hf(scene.model.hf.config)))
    except NotApplicableError:
        return None


def _choice(scene: Scene) -> dict[str, Any]:
    """All models that can be chosen, and the bytes of a number in each format."""
    mine = figure.own(scene.controls, OWN)
    return {
        "models": [figure.row(name, sizes) for name, sizes in REAL_MODELS.items()],
        "here": _here(scene),
        "own": figure.row("Own numbers", mine) if isinstance(mine, Sizes) else None,
        "wrong": mine if isinstance(mine, str) else None,
        "formats": {f.name: f.bytes_each for f in FORMATS.values()},
    }


def budget(scene: Scene) -> Rendered:
    data = {
        **_choice(scene),
        "limits": {field: [*limits, getattr(OWN, field)] for field, limits in figure.LIMITS.items()},
        "proved": list(figure.PROVED),
    }
    return Rendered(data)


def table(scene: Scene) -> Rendered:
    llama, number = REAL_MODELS["Llama-2-70B"], FORMATS["bf16"]
    cache, weights = mechanism.kv_bytes(llama, 32, 4096, number), mechanism.weight_bytes(llama, number)
    check = Check(
        f"Llama-2-70B in 16 bits: 32 × 4,096 tokens take {cache / 1e9:.1f} GB, less than the weights' "
        f"{weights / 1e9:.0f} GB",
        cache / weights,
        1.0,
        "ratio",
    )
    return Rendered(_choice(scene), (check,))


def calibration(scene: Scene) -> Rendered:
    """Real tensors of the running model: its weights, and caches that have read the run's own tokens."""
    decoder = scene.model.decoder
    config = decoder.config
    sizes = replace(Sizes.of(config), windows=())  # these caches keep every token, past a window too
    ids = scene.trace.ids[:READ][None]
    weights = {p.data_ptr(): p for p in decoder.parameters()}.values()  # a tied matrix once
    counted = mechanism.parameters(sizes)
    found = {
        "count": sum(p.numel() for p in weights),
        "bytes": sum(p.nbytes for p in weights),
        "formula_count": counted.total,
        "formula_bytes": mechanism.weight_bytes(sizes, FORMATS["fp32"]),
    }
    rows: list[figure.Weighed] = []
    for number, dtype, batch in (("fp32", torch.float32, 1), ("fp32", torch.float32, 2), ("bf16", torch.bfloat16, 1)):
        cache = ContiguousCache(config, batch, ids.shape[1], dtype)
        with torch.inference_mode():
            decoder(ids.expand(batch, -1), None, cache, last_only=True)
        books = cache.positions[:, : cache.seen].nbytes
        rows.append(figure.weigh(f"contiguous, {number}", cache, books, sizes, ids.expand(batch, -1), number))
    paged = PagedCache.for_batch(config, 1, ids.shape[1], BLOCK)
    with torch.inference_mode():
        decoder(ids, None, paged, last_only=True)
    books = 8 * sum(len(table.blocks) for table in paged.tables.values())
    rows.append(figure.weigh(f"paged, fp32, blocks of {BLOCK}", paged, books, sizes, ids, "fp32"))
    exact = [r for r in rows if r.layout.startswith("contiguous")]
    checks = (
        Check(
            f"The formula counts this model's {found['count']:,} parameters",
            float(abs(found["count"] - found["formula_count"])),
            0.0,
            "difference",
        ),
        Check(
            f"2·B·T·L·h_kv·d_head·bytes is what {len(exact)} filled caches hold",
            float(max(abs(r.formula - r.tensors) for r in exact)),
            0.0,
            "largest difference",
        ),
    )
    data: dict[str, Any] = {
        "model": scene.model.card.title,
        "weights": found,
        "caches": [asdict(r) for r in rows],
        "block": BLOCK,
    }
    note = ""
    if scene.trace.key.interventions:
        note = "An intervention changes what tensors hold, not their size: none is applied here."
    return Rendered(data, checks, note=note)
