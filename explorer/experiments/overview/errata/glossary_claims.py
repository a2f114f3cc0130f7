"""Chapter 14 of the reference: its glossary, each term held against what it names."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, apart, not_here, share
from explorer.experiments.overview.errata.drawn import error, normal
from explorer.experiments.overview.errata.variants_claims import crosses
from explorer.stack.evaluation.perplexity import Surprise, perplexity
from explorer.stack.systems.accelerators import ACCELERATORS
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo import tokenizers


def one_at_a_time(ground: Ground) -> Found:
    with torch.inference_mode():
        alone = ground.model.plain_decoder(ground.trace.ids[None, : ground.position + 1])[0, -1]
    return apart(
        "on all previous tokens",
        error(alone, ground.trace.logits[ground.position].float()),
        "The logits at one position of this run, computed again from the tokens up to it.",
        allowed=1e-2,
    )


def bf16(_: Ground) -> Found:
    short, single = torch.finfo(torch.bfloat16), torch.finfo(torch.float32)
    bits = round(-torch.log2(torch.tensor(short.eps)).item())
    same = short.tiny == single.tiny and 0.99 < short.max / single.max < 1
    return Found("16 bits, FP32’s range", f"{short.bits} bits, {bits} of mantissa", same and short.bits == 16,
                 f"torch’s figures: the smallest normal numbers are equal, the largest are {short.max:.3g} and "
                 f"{single.max:.3g}; FP32 has 23 bits of mantissa.")  # fmt: skip


def upper(_: Ground) -> Found:
    mask = torch.triu(torch.ones(5, 5), diagonal=1).bool()
    hidden = [[int(k) for k in row.nonzero().flatten()] for row in mask]
    return Found("what lies ahead", f"query 2 may not see {hidden[2]}", all(
        row == [*range(q + 1, 5)] for q, row in enumerate(hidden)), "The upper triangle of five tokens, without the "
        "diagonal.")  # fmt: skip


def width(ground: Ground) -> Found:
    d = ground.model.dims.d_model
    return Found("the stream’s width", f"{d} here", ground.trace.resid_post.shape[-1] == d, "The run on the page.")


def dense(ground: Ground) -> Found:
    row = ground.model.plain_decoder.state_dict()["embed.weight"][int(ground.trace.ids[-1])]
    full = float((row != 0).float().mean())
    return Found("dense", f"{share(full)} of its numbers are not 0", full > 0.9, "The row of this run’s last token.")


def flop(_: Ground) -> Found:
    peak = ACCELERATORS["h100"].machine("bf16").flops
    return Found("an amount, and a rate", f"{8.4e23 / peak / 86400 / 365:.0f} years of one H100", peak > 1e14,
                 f"8.4e23 FLOPs divided by {peak / 1e12:g} TFLOP/s is a time: the first is an amount, the second a "
                 "rate. The reference writes FLOPs for both plural and rate elsewhere.")  # fmt: skip


def recomputed(_: Ground) -> Found:
    W, counts, gradients = normal(64, 64), [], []

    def layers(x: torch.Tensor) -> torch.Tensor:
        for _at in range(4):
            x = torch.tanh(x @ W / 8)
        return x

    for kept in (True, False):
        x = normal(2, 64, seed=1).requires_grad_()
        counts.append(0)

        def pack(each: torch.Tensor) -> torch.Tensor:
            counts[-1] += each.numel()
            return each

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda each: each):
            y = layers(x) if kept else checkpoint(layers, x, use_reentrant=False)
        y.sum().backward()
        gradients.append(x.grad)
    away = error(gradients[0], gradients[1]) if all(each is not None for each in gradients) else 1.0
    return Found("less kept, the same gradient", f"{counts[1]:,} numbers instead of {counts[0]:,}",
                 counts[1] < counts[0] and away < 1e-5, "Four layers through torch’s checkpoint; the gradients differ "
                 f"by {away:.0e}.")  # fmt: skip


def in_context(ground: Ground) -> Found:
    decoder = ground.model.plain_decoder
    before = {name: float(each.double().sum()) for name, each in decoder.state_dict().items()}
    drawn = torch.randint(0, ground.model.dims.d_vocab, (24,), generator=torch.Generator().manual_seed(0))
    ids = drawn.repeat(2)
    with torch.inference_mode():
        losses = cross_entropy(decoder(ids[None])[0, :-1], ids[1:], reduction="none")
    first, second = float(losses[:22].mean()), float(losses[24:].mean())
    same = before == {name: float(each.double().sum()) for name, each in decoder.state_dict().items()}
    return Found("from the prompt alone", f"{first:.1f} nats, repeated {second:.1f}", second < first - 0.5 and same,
                 f"24 random tokens, and the same again: the loss of {ground.model.card.title} at their second "
                 "occurrence, with weights that have not changed. It is the simplest example of learning from a "
                 "prompt.")  # fmt: skip


def cached(ground: Ground) -> Found:
    decoder, ids = ground.model.plain_decoder, ground.trace.ids[None, : ground.position + 1]
    with torch.inference_mode():
        cache = ContiguousCache(decoder.config, 1, ids.shape[1])
        decoder(ids[:, :-1], cache=cache)
        step = decoder(ids[:, -1:], cache=cache)[0, -1]
    return apart("avoids recomputation", error(step, ground.trace.logits[ground.position].float()),
                 "The last token of the prompt alone, with the keys and values of the others kept, gives the logits of "
                 "the whole pass.", allowed=1e-2)  # fmt: skip


def logits(ground: Ground) -> Found:
    row = ground.trace.logits[ground.position].float()
    return Found("not normalised", f"their exponentials sum to {float(row.double().exp().sum()):.3g}",
                 abs(float(row.double().exp().sum()) - 1) > 1e-3, "The logits at one position of this run; the softmax "
                 "divides by that sum.")  # fmt: skip


def utilisation(_: Ground) -> Found:
    device, seconds = ACCELERATORS["h100"].machine("bf16").flops, 100.0
    model, recomputed_too = 6 * 1e9 * 1e6, 8 * 1e9 * 1e6
    one, other = model / (device * seconds), recomputed_too / (device * seconds)
    return Found("operations achieved", f"{share(one)} where the device does {share(other)}", one == other,
                 "6 N D operations of a model, with full recomputation, in 100 s on an H100. MFU counts what the model "
                 "needs, not what the device does: recomputed operations are left out (Chowdhery et al. 2022). What "
                 "is achieved is hardware utilisation, HFU.",
                 (Figure("MFU", share(one)), Figure("HFU", share(other))))  # fmt: skip


def exponentiated(_: Ground) -> Found:
    nats = (0.5, 2.0, 3.5)
    mine = torch.tensor(nats).mean().exp().item()
    return apart("exp of the mean", abs(perplexity([Surprise(nats, "a b c")]).token.value - mine), "Three losses, by "
                 "the formula and by the explorer. A model that knows nothing has the vocabulary’s size.")  # fmt: skip


def adds(ground: Ground) -> Found:
    trace = ground.trace
    turned = torch.nn.functional.cosine_similarity(trace.resid_pre.float(), trace.resid_post.float(), dim=-1)
    return Found("each layer adds to it", f"cosine {float(turned[1:].mean()):.2f} over a block",
                 float(turned[1:].mean()) > 0.5, "How alike the stream is before and behind a block of this run: most "
                 "of it stays.")  # fmt: skip


def formula(_: Ground) -> Found:
    z = normal(9)
    return apart("e^z / Σ e^z", error(z.exp() / z.exp().sum(), z.softmax(-1)), "Nine numbers, beside torch’s softmax.")


def part_of(_: Ground) -> Found:
    from explorer.errors import SourceMissingError

    if not tokenizers.is_cached("gpt2"):
        raise SourceMissingError("The vocabulary file of gpt2 is not on this machine.", "A panel fetches it.")
    tokenizer = tokenizers.load("gpt2")
    ids = tokenizer.encode("𓀀").ids
    return Found("subword, word or character", f"a character of {len(ids)} tokens", len(ids) == 1,
                 "GPT-2 cuts one hieroglyph into bytes: a token can be less than a character.")  # fmt: skip


def introduced(_: Ground) -> Found:
    said = torch.nn.Transformer.__doc__ or ""
    return Found(
        "Attention Is All You Need",
        "named by torch",
        "Attention Is All You Need" in said,
        "torch’s own documentation of its Transformer names the paper; arXiv 1706.03762 is of June 2017.",
    )


_LIST = (
    ("autoregressive", "Autoregressive", "Generating output one token at a time, conditioning on all previous tokens",
     one_at_a_time, "walk", "river", True, "wrong"),
    ("bf16", "BF16 (bfloat16)", "16-bit floating point with 8-bit exponent range of FP32 but reduced mantissa "
     "precision", bf16, "number_formats", "grid", False, "wrong"),
    ("causal-mask", "Causal mask", "Upper-triangular mask that prevents tokens from attending to future positions",
     upper, "attention_steps", "steps", False, "wrong"),
    ("cross", "Cross-attention", "Attention where Q comes from the decoder and K, V come from the encoder", crosses,
     "three_shapes", "cross", False, "wrong"),
    ("d-model", "d_model", "The hidden dimension / width of the residual stream", width, "dimensions", "sizes", True,
     "wrong"),
    ("embedding", "Embedding", "Dense vector representation of a discrete token", dense, "vocabulary", "search", True,
     "wrong"),
    ("flop", "FLOP", "FLOPs measure total compute, FLOP/s measures throughput", flop, "compute", "cost", False,
     "wrong"),
    ("checkpointing", "Gradient checkpointing", "Trading compute for memory by recomputing activations", recomputed,
     "memory_of_training", "recompute", False, "wrong"),
    ("hallucination", "Hallucination", "Model generating confident but factually incorrect information",
     not_here("It names a thing and claims nothing that could be false; the panel measures it on invented people."),
     "does_it_know", "beside", False, "wrong"),
    ("in-context", "In-context learning", "Model learning to perform a task from examples provided in the prompt, "
     "without weight updates", in_context, "shots", "curve", True, "loose"),
    ("cache", "KV cache", "Stored key and value tensors from previous tokens to avoid recomputation", cached,
     "kv_cache", "blocks", True, "wrong"),
    ("logits", "Logits", "Raw (unnormalised) output scores from the final linear layer before softmax", logits, "walk",
     "river", True, "wrong"),
    ("mfu", "MFU", "fraction of peak hardware FLOP/s actually achieved", utilisation, "compute", "published", False,
     "loose"),
    ("perplexity", "Perplexity", "Exponentiated average negative log-likelihood", exponentiated, "perplexity",
     "surprise", False, "wrong"),
    ("residual-stream", "Residual stream", "The hidden state vector that flows through the model, with each layer "
     "adding its contribution", adds, "residual_stream", "waterfall", True, "wrong"),
    ("softmax", "Softmax", "softmax(zi) = ezi / Σezj", formula, "online_softmax", "row", False, "wrong"),
    ("token", "Token", "a subword, word, or character produced by the tokenizer", part_of, "tokens", "table", False,
     "loose"),
    ("transformer", "Transformer", 'introduced in "Attention Is All You Need" (2017)', introduced, "block_variants",
     "residual_path", False, "wrong"),
)  # fmt: skip
CLAIMS = tuple(
    Claim(f"term-{name}", 14, "Opening", f"What the term “{term}” means", quotation, check,
          "loose" if refuted == "loose" else "wrong", panel, view, grounded)
    for name, term, quotation, check, panel, view, grounded, refuted in _LIST
)  # fmt: skip
