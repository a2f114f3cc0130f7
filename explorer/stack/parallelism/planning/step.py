"""How long one step of a plan takes, by part, in seconds: a sum of what can be counted.

    products     2 n K N / t a matrix and pass, three passes, at the rate of the best product, less what the last wave
                 of tiles (128 x 256, as many at a time as the card has processors) leaves idle, and the bytes that it
                 writes: 2 a number, 8 of a weight's gradient, which is added to a float32 sum
    attention    4 n l h d_head / t a pass, half of it under the causal mask, backward 2.5 times
    moves        norms, residuals, rotations, activations: bytes over the memory's bandwidth; backward twice
    tensor       2 all-reduces of 2 n d bytes a block and pass: 2 (t - 1)/t of them over the bus
    context      keys and values go round, what attention does not hide
    experts      k copies of a token out and back, 2 d bytes each; between nodes one for each node it must reach
    sends        between stages
    bubble       (p - 1) / v of a micro-batch's time on the fullest stage
    uneven       what the fullest stage has above the average, and the head
    data         gradients reduced and weights gathered, what one backward and one forward do not hide
    optimizer    30 bytes a weight over the bandwidth

Collectives cross the bus where all their ranks lie in one node, else the network. What overlaps counts where it is
longer than what hides it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import overload

from explorer.stack.parallelism.planning.memory import blocks_of_a_rank, needed, weights_of_a_rank
from explorer.stack.parallelism.planning.model import Matrix, Model
from explorer.stack.parallelism.planning.plan import Plan
from explorer.stack.systems.accelerator import Quoted
from explorer.stack.systems.clusters import Cluster

TILE = 128, 256
#: Backward over forward: of attention that computes its scores again, of what only moves numbers.
FLASH, MOVES = 2.5, 2.0
#: Bytes by which a weight's gradient is added to its sum: read and written in float32.
SUMMED = 8
#: Of 132 processors DeepSeek-V3 keeps 20 for messages (section 3.2.2).
DUAL = 112 / 132
#: A step of Adam reads float32 weight, gradient and moments, and writes all but the gradient, and 16 bits.
ADAM = 30
PARTS = ("products", "attention", "moves", "head", "tensor", "context", "experts", "sends", "bubble", "uneven", "data",
         "optimizer")  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step."""

    seconds: float
    parts: dict[str, float]
    memory: dict[str, float]
    """Bytes of the fullest card."""
    mfu: float
    """Of the peak in bfloat16, what the model's own operations take; attention under its mask."""

    @property
    def bytes(self) -> float:
        return sum(self.memory.values())


def waves(rows: float | int, columns: float | int, groups: float | int, processors: int) -> float:
    """Share of a product's time in which no processor idles: tiles over whole waves.

    >>> round(waves(8192, 8192, 1, 132), 3), round(waves(1024, 1024, 1, 132), 3)
    (0.97, 0.242)
    """
    if processors <= 1:
        return 1.0
    tiles = ceil(rows / TILE[0]) * ceil(columns / TILE[1]) * groups
    return tiles / (ceil(tiles / processors) * processors)


def product(
    matrix: Matrix, tokens: float | int, cluster: Cluster, plan: Plan, groups: float | int = 1.0
) -> tuple[float, float]:
    """Seconds of one matrix on one rank, forward and backward; `groups` products of so many tokens lie side by side.

    Backward: the gradient of the input, and that of the weight, which is added to the sum in float32."""
    inputs, outputs = matrix.of_a_rank(plan.tp)
    rate = (cluster.fp8 if plan.fp8 and cluster.fp8 else cluster.matmul).value
    work = 2 * tokens * inputs * outputs * groups / rate

    def one(rows: float, columns: float, bytes_each: int) -> float:
        written = bytes_each * rows * columns * groups / cluster.moved
        return work / waves(rows, columns, groups, cluster.processors) + written

    return one(tokens, outputs, 2), one(tokens, inputs, 2) + one(inputs, outputs, SUMMED)


@dataclass(frozen=True)
class Block:
    """Forward and backward of one block on one micro-batch, in seconds."""

    products: float
    attention: float
    moves: float
    tensor: float
    context: float
    experts: float

    @property
    def seconds(self) -> float:
        return self.products + self.attention + self.moves + self.tensor + self.context + self.experts


def block(model: Model, plan: Plan, cluster: Cluster, sparse: bool) -> Block:
    n, again = plan.tokens, 1 if plan.recompute == "full" else 0
    mats = model.attention + (model.always if sparse else model.dense)
    made = [product(each, n, cluster, plan) for each in mats]
    if sparse:
        local = model.experts / plan.ep
        made += [product(each, n * model.k / local, cluster, plan, local) for each in model.expert]
    forward, backward = sum(each[0] for each in made), sum(each[1] for each in made)
    core, core_back = _core(model, plan, cluster)
    moves = _moved(model, plan, sparse) * n / cluster.moved
    tensor = _tensor(model, plan, cluster, forward, sparse)
    context = _context(model, plan, cluster, core)
    experts = _experts(model, plan, cluster) if sparse else 0.0
    recomputed = core if again or plan.recompute == "selective" else 0.0
    return Block(
        products=forward * (1 + again) + backward,
        attention=core + core_back + recomputed,
        moves=moves * (1 + MOVES + again),
        tensor=tensor * (2 + again),
        context=context * (3 + again),
        experts=experts * (2 + again),
    )


def _core(model: Model, plan: Plan, cluster: Cluster) -> tuple[float, float]:
    """Scores and mix, forward and backward."""
    work = 2 * plan.tokens * plan.length * model.heads * (model.d_head + model.d_value) / plan.tp
    if plan.flash:
        forward = work / 2 / cluster.flash.value
        return forward, FLASH * forward
    # 13 bytes a score: the product writes it, softmax and dropout read and write it, the mix reads it
    written = 13 * model.heads * plan.length * plan.tokens / plan.tp / cluster.moved
    forward = work / cluster.matmul.value + written
    return forward, 2 * forward


def _moved(model: Model, plan: Plan, sparse: bool) -> float:
    """Bytes of a token's forward that are read and written outside products and attention."""
    d, t = model.d_model, plan.tp
    s = t if plan.sequence else 1
    stream = 8 * d + (14 if model.dropout else 12) * d
    heads = 0 if model.dropout else 4 * (model.heads + model.kv_heads) * model.d_head
    wide = 6 if model.gated else 4
    width = (model.shared + model.k) * model.d_expert if sparse else model.d_ff
    permuted = 8 * model.k * d if sparse else 0
    return stream / s + (heads + wide * width) / t + permuted / s


def _rate(cluster: Cluster, ranks: int) -> float:
    """Bytes a second of a collective whose ranks, and all nearer ones, are so many."""
    return cluster.bus if ranks <= cluster.node else cluster.net


def _tensor(model: Model, plan: Plan, cluster: Cluster, products: float, sparse: bool) -> float:
    """Two all-reduces; that of split experts carries each token k times."""
    t = plan.tp
    if t == 1:
        return 0.0
    one = 2 * (t - 1) / t * plan.tokens * model.d_model * 2 / _rate(cluster, t)
    if sparse:
        return one * (1 + model.k + (model.shared > 0))
    # in t pieces, all but one of which move while products compute
    return max(2 * one / t, 2 * one - products) if plan.tp_overlap else 2 * one


def _context(model: Model, plan: Plan, cluster: Cluster, core: float) -> float:
    c = plan.cp
    if c == 1:
        return 0.0
    kv = model.kv_heads * (model.d_head + model.d_value)
    whole = (c - 1) / c * plan.microbatch * plan.length * kv * 2 / plan.tp / _rate(cluster, plan.tp * c)
    return max(whole - core, 0.0)


def _experts(model: Model, plan: Plan, cluster: Cluster) -> float:
    """Tokens to their experts and back. Between nodes a token goes once to each node that has one of its experts."""
    if plan.ep == 1 or plan.dual:
        return 0.0
    own = 2 * model.d_model * plan.tokens / (plan.tp if plan.sequence else 1)
    nodes = max(1, plan.tp * plan.cp * plan.ep // cluster.node)
    inside = model.k * (1 - 1 / plan.ep) * own / cluster.bus
    outside = to_other_nodes(nodes, model.k) * own / cluster.net
    return 2 * max(inside, outside)


def to_other_nodes(nodes: int, k: int) -> float:
    """How many nodes but its own a token goes to, whose k experts lie anywhere.

    >>> to_other_nodes(1, 8), round(to_other_nodes(8, 8), 2)
    (0.0, 4.59)
    """
    return nodes * (1 - (1 - 1 / nodes) ** k) * (1 - 1 / nodes)


def _head(model: Model, plan: Plan, cluster: Cluster) -> float:
    """The unembedding and its loss on one micro-batch, both passes."""
    table = Matrix(model.d_model, model.d_vocab)
    loss = 20 * plan.tokens * model.d_vocab / plan.tp / cluster.moved
    return sum(product(table, plan.tokens, cluster, replace(plan, fp8=False))) + loss


def _data(model: Model, plan: Plan, cluster: Cluster, micro: float) -> float:
    """Gradients reduced in float32, weights gathered in 16 bits, over all copies."""
    copies = plan.replicas
    if copies == 1:
        return 0.0
    plain, experts = weights_of_a_rank(model, plan)
    rate = _rate(cluster, plan.tp * copies)

    def moved(bytes_each: int) -> float:
        few = copies / plan.ep
        return bytes_each * (plain * (copies - 1) / copies + experts * max(few - 1, 0) / max(few, 1)) / rate

    if plan.zero == 3:
        both = 2 * moved(2) + moved(4)
        return plan.microbatches * (max(both - micro, 0.0) if plan.overlap else both)
    reduce, gather = moved(4), moved(2)
    if not plan.overlap:
        return reduce + gather
    return max(reduce - micro * 2 / 3, 0.0) + max(gather - micro / 3, 0.0)


def step(model: Model, plan: Plan, cluster: Cluster) -> Step:
    """All parts of one step."""
    m, per = plan.microbatches, model.layers / plan.pp
    if plan.dual:  # a part of the processors only sends
        cluster = replace(cluster, matmul=_less(cluster.matmul), fp8=_less(cluster.fp8), flash=_less(cluster.flash))
    kinds = [(block(model, plan, cluster, sparse=False), model.layers - model.sparse_layers)]
    if model.sparse_layers:
        kinds.append((block(model, plan, cluster, sparse=True), model.sparse_layers))
    head = _head(model, plan, cluster)
    parts = {
        name: m / plan.pp * sum(getattr(each, name) * count for each, count in kinds)
        for name in ("products", "attention", "moves", "tensor", "context", "experts")
    }
    average = sum(each.seconds * count for each, count in kinds) / model.layers
    first, full = blocks_of_a_rank(model, plan)
    last = average * (full - plan.ends / 2) + head
    stage = max(average * full, last)
    sent = 0.0 if plan.pp == 1 else 2 * plan.chunks * plan.tokens * model.d_model * 2 / plan.tp / cluster.net
    parts |= {
        "head": m * head / plan.pp,
        "uneven": m * max(stage - average * per - head / plan.pp, 0.0),
        "sends": 0.0 if plan.overlap else m * sent,
        "bubble": _bubble(plan, stage),
        "data": _data(model, plan, cluster, average * first),
    }
    plain, experts = weights_of_a_rank(model, plan)
    shares = (plan.replicas, plan.replicas / plan.ep) if plan.zero else (1, 1)
    parts["optimizer"] = ADAM * (plain / shares[0] + experts / max(shares[1], 1)) / cluster.moved
    seconds = sum(parts.values())
    useful = model.useful(plan.batch * plan.length, plan.length)
    return Step(
        seconds, {name: parts[name] for name in PARTS}, needed(model, plan),
        useful / (seconds * plan.cards * cluster.peak),
    )  # fmt: skip


@overload
def _less(rate: Quoted) -> Quoted: ...
@overload
def _less(rate: None) -> None: ...
def _less(rate: Quoted | None) -> Quoted | None:
    return rate and replace(rate, value=rate.value * DUAL)


def _bubble(plan: Plan, stage: float) -> float:
    """Of a rank, in a step. DualPipe's: a half of the stages, and B - 3W of F + B is what is left where F&B hides."""
    if plan.dual:
        return (plan.pp / 2 - 1) * stage * 2 / 3
    return (plan.pp - 1) / plan.chunks * stage
