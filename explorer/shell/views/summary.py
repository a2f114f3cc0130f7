"""What the strip on top needs of a run: tokens, likeliest next tokens, sampler steps, effects of interventions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from explorer.figures.payload import pack

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.shell.envelope.runs import Effect, RunModel, RunSent
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

#: positions whose probabilities over the vocabulary are worked out at once: all of a long run would take a gigabyte
ROWS = 64


def summary(model: Model, trace: Trace, base: Trace | None) -> tuple[RunSent, list[int]]:
    """(JSON-able description of the run, ids of all tokens that it names)."""
    top_ids, top_p = trace.likeliest(4)
    ids = [t.id for t in trace.tokens]
    effect, likeliest = (None, []) if base is None else _effect(trace, base)
    key = trace.key
    run: RunSent = {
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
        "forced": [(step, token) for step, token in key.forced],
        "steps": [{"position": s.position, "chosen": s.chosen, "u": s.u, "forced": s.forced} for s in trace.steps],
        "interventions": [{"text": i.text, "label": i.label} for i in key.interventions],
        "seconds": dict(trace.seconds),
        "model": model_of(model, trace),
        "effect": effect,
    }
    if trace.batched is not None:
        run["batched"] = (trace.batched.runs, trace.batched.error)
    return run, [*ids, *top_ids.flatten().tolist(), *likeliest]


def model_of(model: Model, trace: Trace | None) -> RunModel:
    """A model: as the run has it, or by itself."""
    from explorer.tracing.capturing.growing_rope import passed_while_written

    dims, passed = (model.dims, "") if trace is None else (trace.dims, passed_while_written(model, trace))
    return {
        "name": model.name,
        "title": model.card.title,
        "parameters": model.dims.parameters,
        "note": ". ".join(filter(None, (model.card.weights_note, passed))),
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
    }


def _effect(trace: Trace, base: Trace) -> tuple[Effect, list[int]]:
    """(what changed against the unchanged run, ids of the tokens that it names)."""
    import torch

    shared = 0
    for ours, theirs in zip(trace.tokens, base.tokens, strict=False):
        if ours.id != theirs.id:
            break
        shared += 1
    kl, first, before, now, change = (torch.cat(part) for part in zip(*effects(trace, base, shared), strict=True))
    effect: Effect = {
        "positions": shared,
        "kl": pack(kl),
        "ids": pack(first),
        "before": pack(before),
        "now": pack(now),
        "log_odds": pack(change),
    }
    return effect, first.tolist()


def effects(trace: Trace, base: Trace, shared: int) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]]:
    """Of some positions at a time: KL divergence in nats; the unchanged run's likeliest token, its probability before
    and now, and the change of its log odds, nats."""
    for r in rows(shared):
        here, there = trace.logits[r].double(), base.logits[r].double()  # pos d_vocab
        log_before, log_now = there.log_softmax(-1), here.log_softmax(-1)
        kl = (log_before.exp() * (log_before - log_now)).sum(-1).clamp_min(0)
        first = there.argmax(-1, keepdim=True)
        odds_before, odds_now = (
            x.gather(-1, first) - x.scatter(-1, first, -math.inf).logsumexp(-1, keepdim=True) for x in (there, here)
        )
        before, now = (x.exp().gather(-1, first)[:, 0] for x in (log_before, log_now))
        change = (odds_now - odds_before)[:, 0]
        yield kl, first[:, 0], before, now, change


def rows(n: int) -> Iterator[slice]:
    """`n` positions, some at a time; one empty part where there are none."""
    return (slice(at, min(at + ROWS, n)) for at in range(0, max(n, 1), ROWS))
