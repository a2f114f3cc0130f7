"""What the reference says of long contexts and retrieval: frequencies compared, reach and memory counted."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from torch import Tensor

from explorer.experiments.overview.errata.claims import (
    Figure,
    Found,
    Ground,
    measured_elsewhere,
    not_here,
    power_of_ten,
    share,
    written,
)
from explorer.stack.context.fusion import first
from explorer.stack.context.hnsw import exact, recall
from explorer.stack.context.inverted_file import InvertedFile
from explorer.stack.context.window_reach import masks, reach, reached
from explorer.stack.embeddings.rope_scaling import NTK, Linear, YaRN, frequencies, ntk_base
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes
from explorer.stack.systems.ring_attention import ring_attention
from explorer.stack.systems.ring_channel import Ring, in_threads
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.tile_mask import TileMask

THETA, ROTARY, TRAINED = 10_000.0, 128, 4096
#: The reference's raised base.
RAISED = 1_000_000.0


def interpolated(_: Ground) -> Found:
    factor = 4.0
    scaled = Linear(factor).inv_freq(THETA, ROTARY)
    at = torch.arange(0, 64)
    off = float((at[:, None] * scaled - (at[:, None] / factor) * frequencies(THETA, ROTARY)).abs().max())
    slower = float((frequencies(THETA, ROTARY) / scaled).mean())
    return Found(
        "all angles times L / L′", f"every pair {slower:g} times slower", off < 1e-5,
        f"For a context {factor:g} times as long: slower pairs at the old positions turn as the old pairs do at "
        f"positions divided by {factor:g}, to {power_of_ten(off)}.",
    )  # fmt: skip


def raised_base(_: Ground) -> Found:
    old, new = frequencies(THETA, ROTARY), frequencies(RAISED, ROTARY)
    slowest, fastest = float(old[-1] / new[-1]), float(old[0] / new[0])
    reached_by = ntk_base(THETA, ROTARY, 8.0)
    return Found(
        "a larger base", f"fastest pair × {fastest:g}, slowest × {slowest:.0f}", fastest == 1 and slowest > 1,
        f"A base of {RAISED:,.0f} leaves the fastest pair and slows the slowest {slowest:.0f} times. The NTK-aware "
        f"rule "
        f"picks the base by the wanted factor: for 8 times the length {reached_by:,.0f}. The example of 1,000,000 is a "
        "base that models are trained with.",
        (Figure("base for 8 times the length", f"{reached_by:,.0f}"),),
    )  # fmt: skip


def evenly(_: Ground) -> Found:
    """How much each scaling slows the pairs, from the fastest to the slowest."""
    old = frequencies(THETA, ROTARY)
    slowed = {
        name: old / each.inv_freq(THETA, ROTARY)
        for name, each in (("PI", Linear(8.0)), ("NTK", NTK(8.0)))
    }  # fmt: skip
    steps = slowed["NTK"].log().diff()
    return Found(
        "spread over the pairs", f"× {slowed['NTK'][0]:.2f} to × {slowed['NTK'][-1]:.2f} in equal steps",
        float(steps.std()) < 1e-4 and float(slowed["NTK"][0]) == 1,
        "NTK-aware scaling by 8: each pair is slowed by one more equal factor than the pair before it, where position "
        f"interpolation slows every pair by {slowed['PI'][0]:.0f}.",
    )  # fmt: skip


def yarn(_: Ground) -> Found:
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    factor = 8.0
    config = LlamaConfig(
        hidden_size=ROTARY, num_attention_heads=1, max_position_embeddings=int(TRAINED * factor),
        rope_parameters={"rope_type": "yarn", "factor": factor, "rope_theta": THETA,
                         "original_max_position_embeddings": TRAINED},
    )  # fmt: skip
    theirs, _factor = ROPE_INIT_FUNCTIONS["yarn"](config, torch.device("cpu"))
    ours = YaRN(factor, TRAINED).inv_freq(THETA, ROTARY)
    slowed = frequencies(THETA, ROTARY) / theirs
    off = float((ours / theirs - 1).abs().max())
    by_ntk = frequencies(THETA, ROTARY) / NTK(factor).inv_freq(THETA, ROTARY)
    kept = int((slowed < 1 + 1e-4).sum())
    like_ntk = float((slowed[:kept] - by_ntk[:kept]).abs().max())
    return Found(
        "NTK for the fast pairs, PI for the slow", f"{kept} fast pairs × {float(slowed[0]):g}, slowest × "
        f"{float(slowed[-1]):g}",
        like_ntk < 1e-3,
        f"By transformers’ own function (ours is {power_of_ten(off)} away): YaRN leaves fast pairs as they are. "
        f"NTK-aware scaling would slow the last of them {float(by_ntk[kept - 1]):.2f} times. Slow pairs are "
        "interpolated as PI does, with a ramp between. The paper calls this “NTK-by-parts”.",
        (Figure("pairs left as they are", str(kept)), Figure("slowest pair", f"× {float(slowed[-1]):g}")),
    )  # fmt: skip


def temperature(_: Ground) -> Found:
    made = YaRN(8.0, TRAINED).amplitude
    written = 0.1 * math.log(8.0) + 1
    return Found(
        "a temperature factor", f"{made:.4f}", abs(made - written) < 1e-9 and made > 1,
        "cos and sin are multiplied by 0.1 ln s + 1 (Peng et al. 2023, equation 22), so scores grow by its square.",
    )  # fmt: skip


def passages(_: Ground) -> Found:
    """What common encoders read of a passage of 1,024 tokens."""
    from transformers import BertConfig

    longest = BertConfig().max_position_embeddings
    read = longest / 1024
    return Found(
        "256 to 1,024 tokens", f"of 1,024 tokens {share(read, 0)} are read", read >= 1,
        f"E5 and BGE are BERT encoders, which have {longest} positions; MiniLM cuts off at 256 pieces. What lies "
        "beyond is not in the vector, and nothing says so. Passages of 256 to 512 tokens fit.",
        (Figure("positions of BERT", f"{longest}"),),
    )  # fmt: skip


def neighbours(_: Ground) -> Found:
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(600, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = vectors[:40] + 0.1 * generator.normal(size=(40, 16)).astype(np.float32)
    made, true = InvertedFile.built(vectors, cells=12), exact(vectors, queries, 10)
    probed = [made.search(query, 10, probes=4) for query in queries]
    found = float(recall(np.array([each.ids for each in probed]), true).mean())
    read = float(np.mean([each.calculated for each in probed])) / len(vectors)
    return Found(
        "the top K, approximately", f"{share(found)} of the true ten", 0.8 < found <= 1,
        f"An inverted file over 600 drawn vectors compares {share(read, 0)} of them for each of 40 questions; the "
        f"exact "
        "search is the truth. “Approximate” is why it is not 100 %. HNSW finds more for as many comparisons.",
    )  # fmt: skip


def fused_top(_: Ground) -> Found:
    scores = np.array([0.1, 0.9, 0.5, 0.7])
    found = first(scores, 2).tolist()
    return Found("the K most similar", f"{found}", found == [1, 3], "Scores 0.1, 0.9, 0.5, 0.7 and K = 2.")


def generated(_: Ground) -> Found:
    from explorer.stack.context.grounded import Parts

    parts = Parts((1, 2), ((3, 4), (5,)), (6,))
    whole = parts.ids()
    return Found(
        "passages stand in the prompt", f"{len(whole)} tokens with both passages, {len(parts.ids(0b01))} with one",
        {3, 4, 5} <= set(whole) and len(parts.ids(0b01)) < len(whole),
        "The prompt that the panel reads the answer from. Whether the passage caused the answer is what the panel "
        "measures, by leaving each out.",
    )  # fmt: skip


def sees_window(_: Ground) -> Found:
    window = 4
    row = masks((window,), 12)[0][-1]
    return Found(
        "the previous W tokens", f"{int(row.sum())} of 12 positions, its own included", int(row.sum()) == window,
        f"W = {window}: a query sees itself and the {window - 1} tokens before it.",
    )  # fmt: skip


def receptive(_: Ground) -> Found:
    window, layers, n = 4, 3, 24
    found = reached(masks((window,) * layers, n))[-1][-1]
    back = int(found.sum()) - 1
    real = REAL_MODELS["Mistral-7B"]
    far = int(reach((4096,) * real.n_layers)[-1])
    return Found(
        f"L × W = {layers * window}", f"{back} tokens back", abs(back + 1 - layers * window) <= 1,
        f"Counted on the masks of {layers} layers with W = {window}: L (W − 1) = {layers * (window - 1)} tokens back. "
        f"For Mistral’s {real.n_layers} layers and W = 4,096 it is {far:,} against L × W = {real.n_layers * 4096:,}: "
        "close for a large W. It bounds what can arrive, and says nothing of how much does.",
    )  # fmt: skip


def window_memory(_: Ground) -> Found:
    from dataclasses import replace

    full = REAL_MODELS["Mistral-7B"]
    whole = kv_bytes(replace(full, windows=()), 1, 32_768, FORMATS["bf16"])
    cut = kv_bytes(replace(full, windows=(4096,) * full.n_layers), 1, 32_768, FORMATS["bf16"])
    return Found(
        "much less memory", f"{whole / cut:.0f} times less", cut < whole,
        f"Mistral 7B’s cache of 32,768 tokens in 16 bits: {whole / 1e9:.2f} GB, and {cut / 1e9:.2f} GB with a window.",
    )  # fmt: skip


def _ring(ranks: int, n: int) -> tuple[Tensor, int]:
    """Attention by so many ranks over n positions, and the most bytes of keys and values that one holds."""
    q, k, v = torch.randn(3, 1, 1, n, 8, generator=torch.Generator().manual_seed(0))
    layout = SequenceLayout(n, ranks, "zigzag")

    def work(ring: Ring) -> tuple[Tensor, int]:
        own_q, own_k, own_v = (layout.own(x, ring.rank) for x in (q, k, v))
        made = ring_attention(ring, layout, own_q, own_k, own_v, TileMask(causal=True))
        return made.out, own_k.nbytes + own_v.nbytes

    made = in_threads(ranks, work)
    true = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    return layout.whole([out for out, _ in made]) - true, max(held for _, held in made)


def around(_: Ground) -> Found:
    apart, _held = _ring(4, 64)
    off = float(apart.abs().max())
    return Found("exact attention", f"{power_of_ten(off)} apart", off < 1e-5,
                 "Four ranks, each with a quarter of the sequence, against torch’s attention over all of "
                 "it.")  # fmt: skip


def linear_ranks(_: Ground) -> Found:
    held = {ranks: _ring(ranks, 32 * ranks)[1] for ranks in (1, 2, 4)}
    return Found(
        "length grows with the GPUs", f"{held[1]:,} bytes a rank on 1, 2 and 4 ranks", len({*held.values()}) == 1,
        "32 positions a rank: each holds as many keys and values whatever the number of ranks, and one block more in "
        "flight. The time for a rank still grows with the whole length.",
    )  # fmt: skip


_claim = partial(written, 10)
_ROPE, _RAG = "RoPE Frequency Scaling", "Retrieval-Augmented Generation (RAG)"
_WINDOW, _RING = "Sliding Window Attention", "Ring Attention"

CLAIMS = (
    _claim("interpolation", _ROPE, "Position interpolation scales all angles by L / L′", "θ' = θ × (Lorig/Ltarget)",
           interpolated, at=("positions", "scaling")),
    _claim("interpolation-tuned", _ROPE, "Position interpolation needs a short fine-tuning",
           "Requires short fine-tuning",
           measured_elsewhere("The panel “Past the trained length” draws its loss without fine-tuning."),
           at=("past_length", "course")),
    _claim("ntk-base", _ROPE, "NTK-aware scaling raises the base", "Increase the base of the RoPE frequencies "
           "(e.g., from 10000 to 1000000)", raised_base, at=("positions", "ntk")),
    _claim("ntk-even", _ROPE, "That spreads the change over the pairs",
           "spreads the rotations more evenly across the extended range", evenly, at=("positions", "ntk")),
    _claim("yarn-parts", _ROPE, "YaRN scales fast pairs by NTK and slow ones by PI",
           "Combines NTK scaling for high frequencies with PI for low frequencies", yarn, "loose",
           ("positions", "scaling")),
    _claim("yarn-temperature", _ROPE, "YaRN has a temperature factor", "plus a temperature scaling factor", temperature,
           at=("positions", "scaling")),
    _claim("yarn-best", _ROPE, "YaRN is often the best", "Often the best approach",
           measured_elsewhere("The panel “Past the trained length” draws each scaling’s loss on this model."),
           at=("past_length", "course")),
    _claim("passages", _RAG, "Passages have 256 to 1,024 tokens", "Split documents into passages (256-1024 tokens)",
           passages, "loose", ("chunking", "ways")),
    _claim("embedding-models", _RAG, "E5, BGE and text-embedding-3 encode passages",
           "an embedding model (e.g., E5, BGE, OpenAI text-embedding-3)",
           not_here("These models are not on this machine.", "The panel “Retrieve” encodes with all-MiniLM-L6-v2."),
           at=("retrieve", "lists")),
    _claim("vector-databases", _RAG, "FAISS, Pinecone, Qdrant and Weaviate are vector databases",
           "Index embeddings in a vector database (FAISS, Pinecone, Qdrant, Weaviate)",
           not_here("What a product is called cannot be computed.", "FAISS is a library: it keeps no documents."),
           at=("hnsw", "walk")),
    _claim("nearest", _RAG, "Approximate search finds the top K", "find top-K similar chunks via approximate nearest "
           "neighbour search", neighbours, at=("hnsw", "walk")),
    _claim("in-prompt", _RAG, "Retrieved passages stand in the prompt",
           "Include retrieved chunks in the prompt and generate the answer", generated, at=("answer", "causes")),
    _claim("window-sees", _WINDOW, "A token sees the previous W tokens",
           "Each token only attends to the previous W tokens", sees_window, at=("window_reach", "cone")),
    _claim("window-reach", _WINDOW, "After L layers it reaches L × W tokens",
           "after L layers, the effective receptive field is L × W tokens", receptive, "loose",
           ("window_reach", "cone")),
    _claim("window-memory", _WINDOW, "A window needs much less memory for long texts",
           "Much more memory-efficient for long sequences", window_memory, at=("memory_calculator", "budget")),
    _claim("ring-exact", _RING, "KV blocks travel round the ring, and each GPU computes its part",
           "asynchronously sending/receiving KV blocks to/from neighbouring GPUs", around,
           at=("ring_attention", "steps")),
    _claim("ring-length", _RING, "The context grows with the number of GPUs",
           "context lengths that scale linearly with the number of GPUs", linear_ranks,
           at=("ring_attention", "balance")),
)  # fmt: skip
