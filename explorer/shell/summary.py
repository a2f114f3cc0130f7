"""What the strip on top needs of a run: tokens, likeliest next tokens, sampler steps, effects of interventions."""

from __future__ import annotations

from typing import Any

from explorer.figures.payload import pack


def summary(model, trace, base) -> tuple[dict[str, Any], list[int]]:
    """(JSON-able description of the run, ids of all tokens that it names)."""
    import torch

    dims = trace.dims
    logits = trace.logits.double()  # pos d_vocab
    probs = logits.softmax(-1)
    top = probs.topk(min(4, dims.d_vocab), dim=-1)
    ids = [t.id for t in trace.tokens]
    key = trace.key
    sampler = key.sampler
    run: dict[str, Any] = {
        "query": key.query(),
        "ids": ids,
        "bytes": [t.bytes.hex(" ") for t in trace.tokens],
        "special": [bool(t.special) for t in trace.tokens],
        "nPrompt": trace.n_prompt,
        "text": key.text,
        "chat": key.chat,
        "nextIds": pack(top.indices),
        "nextP": pack(top.values),
        "seed": key.seed,
        "newTokens": key.max_new_tokens,
        "sampler": {
            "temperature": sampler.temperature,
            "top_k": sampler.top_k,
            "top_p": sampler.top_p,
            "min_p": sampler.min_p,
            "repetition_penalty": sampler.repetition_penalty,
            "typical_p": sampler.typical_p,
            "presence_penalty": sampler.presence_penalty,
            "frequency_penalty": sampler.frequency_penalty,
            "order": list(sampler.order),
        },
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
    named = [*ids, *top.indices.flatten().tolist()]
    if base is not None:
        shared = 0
        for ours, theirs in zip(ids, [t.id for t in base.tokens], strict=False):
            if ours != theirs:
                break
            shared += 1
        before = base.logits[:shared].double()
        log_before, log_now = before.log_softmax(-1), logits[:shared].log_softmax(-1)
        kl = (log_before.exp() * (log_before - log_now)).sum(-1).clamp_min(0)  # pos, nats
        first = before.argmax(-1)
        rows = torch.arange(shared)
        run["effect"] = {
            "positions": shared,  # tokens read by both runs alike
            "kl": pack(kl),
            "ids": pack(first),  # the unmodified run's likeliest token
            "before": pack(log_before[rows, first].exp()),
            "now": pack(log_now[rows, first].exp()),
            "logit": pack(logits[:shared][rows, first] - before[rows, first]),
        }
        named += first.tolist()
    return run, named
