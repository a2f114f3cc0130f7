"""What it costs to read a run: logit lens and attribution everywhere, against TransformerLens' own tools."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from explorer import zoo
from explorer.bench import Report
from explorer.bench.passage import of_length
from explorer.tracing.capture import capture
from explorer.tracing.key import TraceKey

DESCRIPTION = "logit lens and attribution of all layers and positions at 64 tokens, against TransformerLens' tools"
LENGTH = 64


def run(report: Report) -> None:
    """Add milliseconds for the lens and for attribution, and how far the two subjects' numbers lie apart."""
    model = zoo.load(zoo.DEFAULT)
    run = capture(model, TraceKey(model=model.name, text=of_length(model, LENGTH)))
    _lens(report, model, run)
    _attribution(report, model, run)


def _fresh(run: Any) -> Any:
    """The same trace with nothing derived from it yet: it keeps what it has worked out."""
    return replace(run, _kept=OrderedDict())


def _lens(report: Report, model: Any, run: Any) -> None:
    from transformer_lens.tools.analysis import logit_lens

    with torch.inference_mode():
        _, cache = model.bridge.run_with_cache(run.ids[None])

        def theirs() -> Any:
            return logit_lens(model.bridge, cache=cache, positions=None, top_k=5, return_type="probs")

        def ours() -> Any:
            return _fresh(run).logit_lens(k=5)

        case = f"logit lens, top 5, {model.dims.n_layers + 1} depths, {LENGTH} tokens"
        medians = report.time(case, {"explorer": ours, "transformer_lens": theirs}, rounds=7)
        report.add(
            f"{case}, of TransformerLens", "explorer", medians["explorer"] / medians["transformer_lens"], "times"
        )
        # TransformerLens' stack begins with the embedding too: [depth batch pos k].
        gap = (ours().probs - theirs().values[:, 0].float()).abs().max().item()
        report.add("logit lens, largest difference of a probability", "explorer", gap, "probability")


def _attribution(report: Report, model: Any, run: Any) -> None:
    from transformer_lens import ActivationCache
    from transformer_lens.tools.analysis import direct_logit_attribution

    from explorer.zoo.loading import open_folder

    # Its attribution wants folded weights, which would change the shared model: a copy is folded instead.
    folded: Any = open_folder(model.name, model.card, Path(model.hf.config._name_or_path)).bridge
    folded.enable_compatibility_mode()
    tokens = run.logits.argmax(-1).tolist()
    with torch.inference_mode():
        logits, cache = folded.run_with_cache(run.ids[None])

        def theirs() -> list[Any]:
            # Its per-head results are kept in the cache: a fresh one each time, as ours starts from a fresh trace.
            fresh = ActivationCache(dict(cache.cache_dict), folded)
            return [
                [
                    direct_logit_attribution(folded, cache=fresh, answer_tokens=token, unit=unit, pos=pos).attribution
                    for unit in ("head", "component")
                ]
                for pos, token in enumerate(tokens)
            ]

        def ours() -> list[Any]:
            fresh = _fresh(run)
            return [fresh.attribution(pos, token) for pos, token in enumerate(tokens)]

        case = f"attribution to embedding, {model.dims.n_layers * model.dims.n_heads} heads and MLPs, {LENGTH} tokens"
        medians = report.time(case, {"explorer": ours, "transformer_lens": theirs}, rounds=5)
        report.add(
            f"{case}, of TransformerLens", "explorer", medians["explorer"] / medians["transformer_lens"], "times"
        )
        mine = max(abs(each.total - each.logit) for each in ours())
        report.add("attribution, largest gap between the sum and the logit", "explorer", mine, "logits")
        gaps = [
            abs(float(components.sum()) - float(logits[0, pos, token]))
            for pos, (token, (_, components)) in enumerate(zip(tokens, theirs(), strict=True))
        ]
        report.add("attribution, largest gap between the sum and the logit", "transformer_lens", max(gaps), "logits")
