"""What the reference says of data, tensor, pipeline, sequence and expert parallelism, run on ranks that are threads."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from explorer.experiments.overview.errata.claims import Figure, Found, Ground, power_of_ten, written
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, weight_bytes
from explorer.stack.parallelism.data_parallel import Buckets
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.pipeline.schedules import gpipe
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.parallelism.zero_memory import STAGES, bytes_a_weight
from explorer.stack.systems import ring_channel
from explorer.stack.systems.clusters import CLUSTERS
from explorer.stack.systems.ring_attention import ring_attention
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.tile_mask import TileMask

NEAR = 1e-5
RANKS = 4


def _matrices() -> tuple[Tensor, Tensor]:
    x, weight = (torch.randn(8, 16, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    return x, weight.T.contiguous()  # 8 x 16 and 16 x 8


def data_parallel(_: Ground) -> Found:
    x, start = _matrices()

    def gradient(group: Group) -> Tensor:
        weight = torch.nn.Parameter(start.clone())
        buckets = Buckets([("weight", weight)], group)
        buckets.begin()
        rows = x.chunk(RANKS)[group.rank]
        ((rows @ weight) ** 2).mean().div(RANKS).backward()
        buckets.finish()
        assert weight.grad is not None
        return weight.grad

    whole = torch.nn.Parameter(start.clone())
    ((x @ whole) ** 2).mean().backward()
    assert whole.grad is not None
    off = float(torch.stack([each - whole.grad for each in in_threads(RANKS, gradient)]).abs().max())
    return Found(
        "the gradient of the whole batch", f"{power_of_ten(off)} apart", off < NEAR,
        f"{RANKS} ranks, each with a copy of the matrix and a quarter of the rows. Their all-reduced gradients are "
        "those of one process on all rows.",
    )  # fmt: skip


def whole_copy(_: Ground) -> Found:
    held = bytes_a_weight(0, 64)
    weights = weight_bytes(REAL_MODELS["Llama-2-70B"], FORMATS["bf16"]) / 1e9
    return Found(
        "the full model on each GPU", f"{held.weights:g} bytes a weight, on 64 GPUs too", held.weights == 2,
        f"In 16 bits. Llama 2 70B takes {weights:.0f} GB so: more than a GPU of 80 GB has.",
    )  # fmt: skip


def zero(_: Ground) -> Found:
    held = {stage: bytes_a_weight(stage, 64) for stage in STAGES}
    shared = [
        [part for part in ("optimizer", "gradients", "weights") if getattr(held[stage], part) < getattr(held[0], part)]
        for stage in STAGES
    ]
    return Found(
        "optimizer, gradients, parameters", "; ".join(", ".join(each) for each in shared[1:]),
        shared == [[], ["optimizer"], ["optimizer", "gradients"], ["optimizer", "gradients", "weights"]],
        "What ZeRO 1, 2 and 3 share out, by their formulas on 64 ranks; the panel measures it on real processes.",
        tuple(Figure(f"ZeRO {stage}" if stage else "plain", f"{each.total:.2f} bytes a weight")
              for stage, each in held.items()),
    )  # fmt: skip


def column_split(_: Ground) -> Found:
    """The results of a column split: are they partial sums, or pieces?"""
    x, weight = _matrices()
    true = x @ weight
    by_column = [x @ part for part in weight.chunk(2, 1)]
    by_row = [left @ right for left, right in zip(x.chunk(2, 1), weight.chunk(2, 0), strict=True)]
    pieces = float((torch.cat(by_column, 1) - true).abs().max())
    sums = float((torch.stack(by_row).sum(0) - true).abs().max())
    return Found(
        "a partial result each", f"whole columns, {power_of_ten(pieces)} apart", by_column[0].shape == true.shape,
        "After a column split each GPU has some columns of Y, finished: they are put side by side, and an element-wise "
        "function can go on without any exchange. Partial results that must be added come from a row split "
        f"({power_of_ten(sums)} apart when summed). A block uses one after the other, and so exchanges once.",
        (Figure("columns side by side, apart from Y", power_of_ten(pieces)),
         Figure("rows’ products summed, apart from Y", power_of_ten(sums))),
    )  # fmt: skip


def interconnect(_: Ground) -> Found:
    h100 = CLUSTERS["h100"]
    return Found(
        "NVLink in a node", f"{h100.link.value / h100.port.value:.0f} times the network",
        h100.link.value > h100.port.value,
        f"An H100’s NVLink: {h100.link.said}; its network port: {h100.port.said}. Tensor parallelism exchanges "
        "activations twice in every block, forward and backward.",
        (Figure("NVLink, one way", f"{h100.link.value / 1e9:.0f} GB/s"),
         Figure("network, one way", f"{h100.port.value / 1e9:.0f} GB/s")),
    )  # fmt: skip


def stages(_: Ground) -> Found:
    """Four micro-batches through two stages of layers, against one process."""
    x, _weight = _matrices()
    layers = [torch.randn(16, 16, generator=torch.Generator().manual_seed(seed)) / 4 for seed in range(2, 6)]

    def through(x: Tensor, those: list[Tensor]) -> Tensor:
        for each in those:
            x = torch.tanh(x @ each)
        return x

    true = through(x, layers)
    parts = [through(through(part, layers[:2]), layers[2:]) for part in x.chunk(4)]
    off = float((torch.cat(parts) - true).abs().max())
    schedule = gpipe(2, 4)
    return Found(
        "the same result", f"{power_of_ten(off)} apart", off < NEAR,
        f"Two stages of two layers; the batch in four micro-batches. In GPipe’s order stage 0 does "
        f"{len(schedule.rows[0])} things, and while it begins the second micro-batch, stage 1 has the first.",
    )  # fmt: skip


def ring(_: Ground) -> Found:
    """What is passed around: counted on every rank of a ring."""
    q, k, v = torch.randn(3, 1, 2, 32, 8, generator=torch.Generator().manual_seed(0))
    layout = SequenceLayout(32, RANKS, "zigzag")

    def work(ring: ring_channel.Ring) -> tuple[Tensor, set[str], int]:
        own_q, own_k, own_v = (layout.own(x, ring.rank) for x in (q, k, v))
        made = ring_attention(ring, layout, own_q, own_k, own_v, TileMask(causal=True))
        return made.out, {each.name for each in ring.moments if each.name}, sum(each.bytes for each in ring.moments)

    made = ring_channel.in_threads(RANKS, work)
    true = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    off = float((layout.whole([out for out, _, _ in made]) - true).abs().max())
    sent = set[str]().union(*(names for _, names, _ in made))
    return Found(
        "partial results go round", f"{' and '.join(sorted(sent))} go round", "O" in sent,
        "Each rank’s queries stay, and blocks of keys and values go round: this is what chapter 10 says of the same "
        "method. Partial results are merged where their queries are, and never travel.",
        (Figure("bytes a rank", f"{made[0][2]:,}"), Figure("apart from attention in one piece", power_of_ten(off))),
    )  # fmt: skip


def all_to_all(_: Ground) -> Found:
    """Tokens go to the rank of their expert and come back."""
    tokens, to = torch.arange(16.0), torch.arange(16) % RANKS

    def travel(group: Group) -> Tensor:
        own = tokens.chunk(RANKS)[group.rank]
        where = to.chunk(RANKS)[group.rank]
        order = where.argsort(stable=True)
        counts = [int((where == rank).sum()) for rank in range(RANKS)]
        there = group.all_to_all(own[order], counts, counts).wait()
        back = group.all_to_all(there * 10 + group.rank, counts, counts).wait()
        out = torch.empty_like(own)
        out[order] = back
        return out

    made = torch.cat(in_threads(RANKS, travel))
    return Found(
        "to the expert’s GPU and back", f"{int((made == tokens * 10 + to).sum())} of 16 tokens right",
        bool((made == tokens * 10 + to).all()),
        f"{RANKS} ranks, one expert each, two all-to-all exchanges; each expert multiplies by 10 and adds its number.",
    )  # fmt: skip


def picture(_: Ground) -> Found:
    layers = REAL_MODELS["Llama-2-70B"].n_layers
    each = weight_bytes(REAL_MODELS["Llama-2-70B"], FORMATS["bf16"]) / 16 / 1e9
    return Found(
        "layers 0–39 and 40–79", f"{layers // 2} of {layers} layers a node", layers == 80,
        f"TP 8 × PP 2 are 16 GPUs, each with {each:.1f} GB of a 70B model’s weights in 16 bits. DP across pairs of "
        "nodes copies them.",
    )  # fmt: skip


_claim = partial(written, 9)
_DATA, _TENSOR, _PIPE = "Data Parallelism (DP)", "Tensor Parallelism (TP)", "Pipeline Parallelism (PP)"

CLAIMS = (
    _claim("data-parallel", _DATA, "All-reduced gradients of parts are those of the whole batch",
           "each computes gradients on its shard, and gradients are all-reduced", data_parallel,
           at=("data_parallel", "step")),
    _claim("whole-copy", _DATA, "Data parallelism needs the whole model on each GPU",
           "requires each GPU to hold the full model", whole_copy, at=("data_parallel", "step")),
    _claim("zero", _DATA, "ZeRO shares out optimizer, gradients and parameters",
           "shards optimizer states, gradients, and optionally parameters across GPUs", zero,
           at=("data_parallel", "step")),
    _claim("column-split", _TENSOR, "A column split gives partial results that are combined",
           "the weight W is column-split across GPUs, each computes a partial result, and results are combined",
           column_split, "loose", ("tensor_parallel", "block")),
    _claim("interconnect", _TENSOR, "Tensor parallelism stays within a node",
           "Requires high-bandwidth interconnects (NVLink). Typical: TP across GPUs within a node", interconnect,
           at=("planner", "typical")),
    _claim("stages", _PIPE, "Micro-batches flow through stages of layers",
           "The batch is split into micro-batches that flow through the pipeline", stages,
           at=("pipeline_parallel", "schedule")),
    _claim("ring-passes", "Sequence Parallelism (SP)", "Ring attention passes partial results around",
           "each GPU computing attention on its local chunk and passing partial results around a ring topology", ring,
           "loose", ("ring_attention", "steps")),
    _claim("all-to-all", "Expert Parallelism (EP)", "Tokens travel to their experts by all-to-all",
           "Tokens are routed to the appropriate GPU via all-to-all communication", all_to_all,
           at=("expert_parallel", "travel")),
    _claim("typical-plan", "Expert Parallelism (EP)", "Two nodes hold 40 layers each of a 70B model",
           "(Layers 0-39) … (Layers 40-79)", picture, at=("planner", "typical")),
)  # fmt: skip
