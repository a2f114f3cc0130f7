"""What the reference says of prefill, decode, the cache and speculative decoding, counted and run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from math import log2

import torch

from explorer.experiments.overview.errata.claims import Figure, Found, Ground, power_of_ten, share, written
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.inference.cache.block_table import BlockTables
from explorer.stack.inference.cache.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.cache.quantized_cache import Bits, quantize
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes
from explorer.stack.systems.accelerators import ACCELERATORS
from explorer.stack.systems.roofline import Work, work
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

LLAMA, SIXTEEN = REAL_MODELS["Llama-2-70B"], FORMATS["bf16"]
#: The reference's own example: a prompt, an answer, and the seconds that each takes.
PROMPT, ANSWER, PREFILL, DECODE = 1000, 500, 0.2, 10.0
#: A decoder small enough to be run in a check, with grouped queries.
TINY = DecoderConfig(
    n_layers=2, d_model=32, n_heads=4, n_kv_heads=2, d_head=8, d_mlp=48, d_vocab=64, n_ctx=64
)  # fmt: skip
#: Below it two runs in float32 are one.
NEAR = 1e-4


@cache
def drawn_decoder() -> Decoder:
    torch.manual_seed(0)
    return Decoder(TINY).eval()


def _seventy() -> DecoderConfig:
    return DecoderConfig(
        LLAMA.n_layers, LLAMA.d_model, LLAMA.n_heads, LLAMA.n_kv_heads, LLAMA.d_head, LLAMA.d_mlp, LLAMA.d_vocab,
        4096, tied=False,
    )  # fmt: skip


def _passes() -> tuple[Work, Work]:
    """The example's prefill, and one step after it, of Llama 2 70B in 16 bits."""
    return work(_seventy(), PROMPT, bytes_each=2), work(_seventy(), 1, PROMPT, bytes_each=2)


def one_pass_each(ground: Ground) -> Found:
    written = len(ground.trace.ids) - ground.trace.n_prompt
    read = torch.arange(12)
    with torch.no_grad():
        step, room = drawn_decoder()(read[None]), ContiguousCache(TINY, 1, 12)
        parts = [
            drawn_decoder()(read[None, at : at + 1], read[None, at : at + 1], cache=room) for at in range(len(read))
        ]
    off = float((torch.cat(parts, 1) - step).abs().max())
    return Found(
        "each token its own pass", f"{len(parts)} passes for {len(parts)} tokens", off < NEAR,
        f"A decoder with drawn weights reads 12 tokens one by one, with a cache, and gives the logits of one pass to "
        f"{power_of_ten(off)}. This run wrote {written} tokens. Speculative decoding, later in the chapter, writes "
        "several a pass.",
    )  # fmt: skip


def _without_cache(n: int) -> tuple[int, int]:
    """Positions and scores (of one head) that are computed to write n tokens, each time from the first token on."""
    return sum(range(1, n + 1)), sum(t * t for t in range(1, n + 1))


def cached(_: Ground) -> Found:
    n = 100
    (positions, scores), (twice_positions, twice) = _without_cache(n), _without_cache(2 * n)
    power, of_positions = log2(twice / scores), log2(twice_positions / positions)
    return Found(
        "O(t²) without a cache", f"grows with t^{power:.2f}", abs(power - 2) < 0.3,
        f"For {n} tokens, a decoder without a cache computes {positions:,} positions (t^{of_positions:.2f}) and "
        f"{scores:,} attention scores a head (t^{power:.2f}). With a cache it computes {n} positions and "
        f"{sum(range(1, n + 1)):,} scores: O(t²) is what remains.",
        (Figure("positions, no cache", f"{positions:,}"), Figure("scores, no cache", f"{scores:,}"),
         Figure("positions, cache", str(n)), Figure("scores, cache", f"{sum(range(1, n + 1)):,}")),
    )  # fmt: skip


def prefill_bound(_: Ground) -> Found:
    device = ACCELERATORS["h100"].machine("bf16")
    prefill, _step = _passes()
    return Found(
        "compute decides", f"{device.bound(prefill)} decides", device.bound(prefill) == "arithmetic",
        f"Prefill of {PROMPT:,} tokens does {prefill.intensity:,.0f} FLOPs a byte. An H100 is limited by arithmetic "
        f"from {device.ridge:,.0f} on. A prompt of fewer than about {device.ridge:,.0f} tokens is limited by memory.",
        (Figure("FLOPs a byte", f"{prefill.intensity:,.0f}"), Figure("ridge of an H100", f"{device.ridge:,.0f}")),
    )  # fmt: skip


def decode_bound(_: Ground) -> Found:
    device = ACCELERATORS["h100"].machine("bf16")
    _prefill, step = _passes()
    return Found(
        "memory bandwidth decides", f"{device.bound(step)} decides", device.bound(step) == "memory",
        f"One step of one sequence does {step.intensity:.2f} FLOPs a byte, against a ridge of {device.ridge:,.0f}.",
        (Figure("FLOPs a byte", f"{step.intensity:.2f}"), Figure("ridge of an H100", f"{device.ridge:,.0f}")),
    )  # fmt: skip


def asymmetry(_: Ground) -> Found:
    device = ACCELERATORS["h100"].machine("bf16")
    prefill, step = _passes()
    ratio = device.seconds(step) / (device.seconds(prefill) / PROMPT)
    return Found(
        "10 to 100 times", f"{ratio:,.0f} times", 10 <= ratio <= 100,
        f"By the roofline of an H100, Llama 2 70B, one sequence, a prompt of {PROMPT:,} tokens. The ratio is at most "
        "the ridge, and it falls with the batch: a batch of 8 decodes eight tokens for the same reading of weights.",
        (Figure("prefill, a token", f"{device.seconds(prefill) / PROMPT * 1e3:.3f} ms"),
         Figure("decode, a token", f"{device.seconds(step) * 1e3:.1f} ms")),
    )  # fmt: skip


def example(_: Ground) -> Found:
    ratio = (DECODE / ANSWER) / (PREFILL / PROMPT)
    return Found(
        "10 to 100 times", f"{ratio:.0f} times", 10 <= ratio <= 100,
        f"{PREFILL * 1e3:.0f} ms for {PROMPT:,} tokens are {PREFILL / PROMPT * 1e3:.1f} ms a token, {DECODE:.0f} s for "
        f"{ANSWER} tokens {DECODE / ANSWER * 1e3:.0f} ms: the example agrees with the sentence before it.",
    )  # fmt: skip


def cache_formula(_: Ground) -> Found:
    from transformers import LlamaConfig, LlamaForCausalLM

    batch, length = 2, 12
    model = LlamaForCausalLM(
        LlamaConfig(
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            vocab_size=64,
        )
    )
    with torch.no_grad():
        kept = model(torch.arange(batch * length).view(batch, length), use_cache=True).past_key_values
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in kept.layers)
    formula = 2 * 2 * batch * length * 2 * 8 * 4  # n_layers · 2 · batch · seq · n_kv_heads · head_dim · bytes
    return Found(
        f"{formula:,} bytes", f"{held:,} bytes", held == formula,
        "The cache that transformers keeps of a small Llama with drawn weights: 2 blocks, 2 key-value heads of 8 "
        f"numbers, {batch} sequences of {length} tokens, float32.",
    )  # fmt: skip


def of_32(_: Ground) -> Found:
    found = kv_bytes(LLAMA, 32, 4096, SIXTEEN) / 1e9
    return Found("42.9 GB", f"{found:.2f} GB", abs(found / 42.9 - 1) < 0.01, "32 times the cache of one sequence.")


def stores_both(_: Ground) -> Found:
    read = torch.arange(12)[None]
    with torch.no_grad():
        room = ContiguousCache(TINY, 1, 12)
        whole = drawn_decoder()(read)
        drawn_decoder()(read[:, :-1], read[:, :-1], cache=room)
        last = drawn_decoder()(read[:, -1:], read[:, -1:], cache=room)
    off = float((last[:, -1] - whole[:, -1]).abs().max())
    return Found(
        "the same logits", f"{power_of_ten(off)} apart", off < NEAR,
        "The last token alone, with the cached keys and values of those before it, against all tokens at once.",
    )  # fmt: skip


def fewer_heads(_: Ground) -> Found:
    published = PUBLISHED["Llama-2-70B"].read()
    heads, kept = published.num_attention_heads, published.num_key_value_heads
    return Found(
        "smaller by the heads", f"{heads // kept} times smaller", heads > kept,
        f"Llama 2 70B has {heads} query heads and {kept} key-value heads, which alone are cached.",
    )  # fmt: skip


def quantized(_: Ground) -> Found:
    keys = torch.randn(1, 2, 64, 32, generator=torch.Generator().manual_seed(0))
    figures: list[Figure] = []
    off: dict[Bits, float] = {}
    options: tuple[Bits, ...] = (8, 4)
    for bits in options:
        held = quantize(keys, bits, dim=-1)
        off[bits] = float((held.values() - keys).norm() / keys.norm())
        figures.append(
            Figure(f"{bits} bits", f"{held.nbytes / keys.numel():.3f} bytes a number, {share(off[bits])} off")
        )
    return Found(
        "1 and ½ bytes a number", f"{quantize(keys, 8, dim=-1).nbytes / keys.numel():.3f} and "
        f"{quantize(keys, 4, dim=-1).nbytes / keys.numel():.3f}", worst(off[8] - 0.02, off[4] - 0.2) < 0,
        "Codes and scales of drawn keys, one scale for 32 numbers; FP16 takes 2 bytes. The scales are why it is a "
        "little more than the codes alone.", tuple(figures),
    )  # fmt: skip


def paged(_: Ground) -> Found:
    """Twelve texts of many lengths: blocks against room for the longest text that there may be."""
    block, longest = 16, 2048
    lengths = [37, 911, 120, 64, 1503, 8, 240, 77, 650, 19, 333, 1999]
    tables = BlockTables(1024, block)
    for row, length in enumerate(lengths):
        tables.add(row)
        tables.reserve({row: length})
    taken = sum(len(tables.tables[row].blocks) for row in range(len(lengths))) * block
    used, reserved = sum(lengths), longest * len(lengths)
    return Found(
        "less fragmentation", f"{share(1 - used / taken)} of the slots are empty", taken - used < block * len(lengths),
        f"{len(lengths)} texts of {min(lengths)} to {max(lengths):,} tokens in blocks of {block}. Where room for "
        f"{longest:,} tokens is reserved for each, {share(1 - used / reserved)} is empty.",
        (Figure("tokens", f"{used:,}"), Figure("slots in blocks", f"{taken:,}"),
         Figure("slots reserved", f"{reserved:,}")),
    )  # fmt: skip


def mistral_window(_: Ground) -> Found:
    from transformers import MistralConfig

    found = MistralConfig().sliding_window
    return Found("4,096", f"{found:,}", found == 4096, "The default of transformers’ own class, Mistral 7B v0.1. Later "
                 "releases of Mistral 7B (v0.2 and v0.3) set no window.")  # fmt: skip


def evicted(_: Ground) -> Found:
    one = replace(TINY, n_layers=1, n_heads=1, n_kv_heads=1, d_head=1)
    room = HeavyHitterCache(one, 1, 99, recent=1, heavy=1)
    pattern = torch.tensor([[[[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0.1, 0.9, 0, 0], [0.45, 0.5, 0.05, 0.0]]]])
    room.update(0, torch.arange(4.0).view(1, 1, 4, 1), torch.zeros(1, 1, 4, 1), torch.arange(4)[None])
    room.observe(0, pattern)
    kept, attended = room.held_positions(0).flatten().tolist(), pattern.sum((0, 1, 2))
    most = attended.topk(2).indices.sort().values.tolist()
    return Found(
        f"positions {most}", f"positions {kept}", kept == most,
        "H2O (Zhang et al. 2023) keeps half of its room for the newest tokens, whatever attention they got, and the "
        "other half for the most attended ones. The newest token has had no chance to be attended to.",
        (Figure("attention received", ", ".join(f"{each:.2f}" for each in attended.tolist())),),
    )  # fmt: skip


_claim = partial(written, 8)
_PHASES, _CACHE, _LESS = "Inference Phases", "KV Cache", "KV Cache Compression Techniques"

CLAIMS = (
    _claim("one-pass", "Opening", "Each new token takes a forward pass",
           "Each new token requires a full forward pass (though KV caching avoids recomputing attention", one_pass_each,
           at=("walk", "river"), grounded=True),
    _claim("prefill-bound", _PHASES, "Prefill is limited by compute", "This is compute-bound", prefill_bound,
           at=("prefill_decode", "roof")),
    _claim("decode-bound", _PHASES, "Decode is limited by memory bandwidth", "This is memory-bandwidth-bound",
           decode_bound, at=("prefill_decode", "roof")),
    _claim("prefill-ratio", _PHASES, "Prefill is 10 to 100 times faster a token than decode",
           "Prefill is typically 10-100× faster per token than decode", asymmetry, "loose", ("prefill_decode", "roof")),
    _claim("prefill-example", _PHASES, "200 ms for 1,000 tokens and 10 s for 500 show that ratio",
           "prefill might take 200ms while decode takes 10 seconds", example, at=("prefill_decode", "phases")),
    _claim("without-cache", _CACHE, "Without a cache, t tokens take O(t²) work",
           "O(t²) total work for generating t tokens",
           cached, "loose", ("kv_cache", "growth")),
    _claim("cache-step", _CACHE, "With the cache, a new token needs only its own Q, K and V",
           "each new token only needs to compute its own Q, K, V and attend to the cached K, V vectors", stores_both,
           at=("kv_cache", "blocks")),
    _claim("cache-formula", _CACHE, "A layer’s cache is 2 · batch · length · heads · d_head numbers",
           "cache_size_per_layer = 2 × batch_size × seq_len × n_kv_heads × head_dim × dtype_bytes", cache_formula,
           at=("kv_cache", "growth")),
    _claim("cache-of-32", _CACHE, "The cache of 32 sequences takes 42.9 GB", "With batch=32: ≈ 42.9 GB", of_32,
           at=("memory_calculator", "budget")),
    _claim("cache-heads", _LESS, "GQA and MQA cache fewer heads", "GQA/MQA: Reduce number of KV heads (architectural)",
           fewer_heads, at=("grouped_query", "cost")),
    _claim("cache-bits", _LESS, "A cache in INT8 or INT4 is smaller", "Store K, V in INT8 or INT4 instead of FP16",
           quantized, at=("kv_cache", "policies")),
    _claim("cache-pages", _LESS, "Blocks of fixed size reduce fragmentation",
           "Manage KV cache like virtual memory with fixed-size blocks, reducing fragmentation", paged,
           at=("paged_cache", "blocks")),
    _claim("mistral-window", _LESS, "Mistral caches the last 4,096 tokens",
           "Only cache the last W tokens (Mistral uses W=4096)", mistral_window, at=("window_reach", "cone")),
    _claim("h2o", _LESS, "H2O keeps only the most attended tokens",
           "H₂O (Heavy-Hitter Oracle) keeps only the most attended-to tokens in cache", evicted, "loose",
           ("kv_cache", "policies")),
)  # fmt: skip
