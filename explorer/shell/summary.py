"""What the strip on top needs of a run: tokens, likeliest next tokens, sampler steps, effects of interventions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from explorer.figures.payload import pack

#: positions whose probabilities over the vocabulary are worked out at once: all of a long run would take a gigabyte
ROWS = 64


def summary(model, trace, base) -> tuple[dict[str, Any], list[int]]:
    """(JSON-able description of the run, ids of all tokens that it names)."""
    import torch

    dims = trace.dims
    top_ids, top_p = trace.likeliest(4)
    ids = [t.id for t in trace.tokens]
    key = trace.key
    run: dict[str, Any] = {
        "query": key.query(),
        "ids": ids,
        "bytes": [t.bytes.hex(" ") for t in trace.tokens],
        "special": [bool(t.special) for t in trace.tokens],
        "nPrompt": trace.n_prompt,
        "text": key.text,
        "chat": key.chat,
        "nextIds": pack(top_ids),
        "nextP": pack(top_p),
        "seed": key.seed,
        "newTokens": key.max_new_tokens,
        "sampler": {**key.sampler.numbers, "order": list(key.sampler.order)},
        "forced": [list(f) for f in key.forced],
        "steps": [{"position": s.position, "chosen": s.chosen, "u": s.u, "forced": s.forced} for s in trace.steps],
        "interventions": [{"text": i.text, "label": i.label} for i in key.interventions],
        "seconds": dict(trace.seconds),
        "model": {
            "name": model.name,
            "title": model.card.title,
            "parameters": model.dims.parameters,
            "note": model.card.weights_note,
            "licence": model.card.licence,
            "chat": model.card.chat,
            "kind": model.card.kind,
            "L": dims.n_layers,
            "H": dims.n_heads,
            "KV": dims.n_kv_heads,
            "D": dims.d_model,
            "dh": dims.d_head,
            "ff": dims.d_mlp,
            "V": dims.d_vocab,
            "ctx": dims.n_ctx,
            "E": dims.n_experts,
            "topk": dims.experts_per_token,
        },
        "effect": None,
    }
    named = [*ids, *top_ids.flatten().tolist()]
    if base is not None:
        shared = 0
        for ours, theirs in zip(ids, [t.id for t in base.tokens], strict=False):
            if ours != theirs:
                break
            shared += 1
        kl, first, before, now, change = (torch.cat(part) for part in zip(*effects(trace, base, shared), strict=True))
        run["effect"] = {
            "positions": shared,  # tokens read by both runs alike
            "kl": pack(kl),
            "ids": pack(first),  # the unmodified run's likeliest token
            "before": pack(before),
            "now": pack(now),
            "logit": pack(change),
        }
        named += first.tolist()
    return run, named


def effects(trace, base, shared: int) -> Iterator[tuple[Any, ...]]:
    """Of some positions at a time: KL divergence in nats; the unmodified run's likeliest token, its probability before
    and now, and the change of its logit."""
    for r in rows(shared):
        here, there = trace.logits[r].double(), base.logits[r].double()  # pos d_vocab
        log_before, log_now = there.log_softmax(-1), here.log_softmax(-1)
        kl = (log_before.exp() * (log_before - log_now)).sum(-1).clamp_min(0)
        first = there.argmax(-1, keepdim=True)
        of_first = (x.gather(-1, first)[:, 0] for x in (log_before.exp(), log_now.exp(), here - there))
        yield kl, first[:, 0], *of_first


def rows(n: int) -> Iterator[slice]:
    """`n` positions, some at a time; one empty part where there are none."""
    return (slice(at, min(at + ROWS, n)) for at in range(0, max(n, 1), ROWS))
