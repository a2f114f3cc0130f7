"""What it costs to read a run: logit lens and attribution everywhere, against TransformerLens' own tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from explorer import zoo
from explorer.bench import Report
from explorer.bench.passage import of_length
from explorer.tracing.capturing.capture import capture
from explorer.tracing.key import TraceKey
from explorer.tracing.result_cache import ResultCache

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
    return replace(run, _kept=ResultCache())


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
    folded: Any = open_folder(model.name, model.card, Path(model.hf.config.name_or_path)).bridge
    folded.enable_compatibility_mode()
    answers = run.logits.argmax(-1)
    tokens = answers.tolist()
    with torch.inference_mode():
        logits, cache = folded.run_with_cache(run.ids[None])

        def theirs() -> list[Any]:
            # Its per-head results are kept in the cache: a fresh one each time, as ours starts from a fresh trace.
            fresh = ActivationCache(dict(cache.cache_dict), folded)
            return [
                direct_logit_attribution(folded, cache=fresh, answer_tokens=answers, unit=unit, pos=None).attribution
                for unit in ("head", "component")
            ]

        def ours() -> list[Any]:
            return _fresh(run).attributions(range(LENGTH), tokens, "raw")

        def theirs_in_turn() -> None:
            fresh = ActivationCache(dict(cache.cache_dict), folded)
            for pos, token in enumerate(tokens):
                for unit in ("head", "component"):
                    direct_logit_attribution(folded, cache=fresh, answer_tokens=token, unit=unit, pos=pos)

        def ours_in_turn() -> None:
            fresh = _fresh(run)
            for pos, token in enumerate(tokens):
                fresh.attribution(pos, token, "raw")

        parts = f"attribution to embedding, {model.dims.n_layers * model.dims.n_heads} heads and MLPs, {LENGTH} tokens"
        taken: dict[str, list[float]] = {"explorer": [], "transformer_lens": []}
        for case, subjects in (
            (f"{parts}, at once", {"explorer": ours, "transformer_lens": theirs}),
            (f"{parts}, one call a position", {"explorer": ours_in_turn, "transformer_lens": theirs_in_turn}),
        ):
            for subject, median in report.time(case, subjects, rounds=7).items():
                taken[subject].append(median)
        ratio = min(taken["explorer"]) / min(taken["transformer_lens"])
        report.add(f"{parts}, the faster way of each, of TransformerLens", "explorer", ratio, "times")
        report.add("attribution, largest difference of a head's share", "explorer", _gap(run, folded, cache), "logits")
        made, components = ours(), theirs()[1]
        mine = max(abs(each.total - each.logit) for each in made)
        report.add("attribution, largest gap between the sum and the logit", "explorer", mine, "logits")
        answered = logits[0].gather(-1, answers[:, None])[:, 0]
        gap = (components[:, 0].sum(0) - answered).abs().max()
        report.add("attribution, largest gap between the sum and the logit", "transformer_lens", gap, "logits")


def _gap(run: Any, folded: Any, cache: Any) -> float:
    """The largest difference of a head's share in the lead of the likeliest token over the second, at any position.

    A lead, since the folded copy's unembedding is centred: its single logits are shifted.
    """
    from transformer_lens.tools.analysis import direct_logit_attribution

    first, second = run.logits.topk(2).indices.T
    theirs = direct_logit_attribution(
        folded, cache=cache, answer_tokens=first, incorrect_tokens=second, unit="head", pos=None
    ).attribution[:-1, 0]  # (layer head) pos; the last is the remainder
    each = [run.attributions(range(LENGTH), tokens.tolist(), "raw") for tokens in (first, second)]
    ours = torch.stack([(a.heads - b.heads).flatten() for a, b in zip(*each, strict=True)], 1)
    return float((ours - theirs).abs().max())
