"""Edges: what one part of the model tells one later part, and no other.

The stream is a sum, so that what a head or an MLP writes reaches each later part as a term of what that part reads. A
*reader* is a head's query, key or value, an MLP, or the unembedding. Path patching (Goldowsky-Dill et al. 2023, arXiv
2304.05969; Wang et al. 2022, arXiv 2211.00593) gives one reader the stream with the writer's term from the source run::

    reader's input = norm(stream + w' - w)        w: what the writer writes in the target run, w': in the source run

recomputes that reader alone, exactly, norm and softmax with it, puts what it then gives into the target run, and lets
the run go on. Edge attribution (EAP, Syed et al. 2023, arXiv 2310.10348) estimates the same from one gradient::

    score(w -> r) = sum over positions of (w' - w) . d score / d (what r reads of the stream)

With grouped queries several heads read one key and one value. Here each query head has its own copy of both
(`repeat_interleave`), so that an edge leads into one head; over a group they add up to the edge into the shared one.
All edges out of a writer add up to its node's estimate, (z' - z) . d score / dz: the gradient goes no other way.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> writer = Writer(0, 1)
>>> readers, change = reader_gradients(decoder, corrupt, Contrast(5, 6)), written(decoder, corrupt, clean, writer)
>>> scores = edge_scores(readers, writer, change)
>>> node = gradients(decoder, corrupt, clean, Contrast(5, 6)).heads(corrupt, clean)[0, 1]
>>> bool((sum(float(each.sum()) for each in (scores.heads, scores.mlp, scores.logits)) - node).abs() < 1e-6)
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.frontier.attribution_patching import gradients
from explorer.stack.frontier.carried import Contrast, Metric, Recorded, blocks_of, recorded, say
from explorer.stack.frontier.patching import Put, patched
from explorer.stack.frontier.shared_prefix import first_change
from explorer.stack.transformer.attention import Attended, Bias, Hook, Visibility, kernel_of, sdpa, unchanged
from explorer.stack.transformer.block import Block, Pass
from explorer.stack.transformer.decoder import Decoder

__all__ = ["Contrast", "EdgeScores", "Writer", "edge_scores", "exact_edges", "gradients", "recorded", "written"]
#: What a head reads the stream for, in this order everywhere.
READS = ("q", "k", "v")


@dataclass(frozen=True)
class Writer:
    """A head, or the MLP of a block."""

    layer: int
    head: int | None = None


@dataclass(frozen=True, eq=False)
class EdgeScores:
    """Of one writer, the score of each edge; zero where the reader comes before it."""

    heads: Float[Tensor, "read layer head"]
    """Into each head's query, key and value."""
    mlp: Float[Tensor, " layer"]
    logits: Float[Tensor, ""]

    @property
    def total(self) -> float:
        return float(self.heads.double().sum() + self.mlp.double().sum() + self.logits.double())


def check_adds(decoder: Decoder) -> None:
    """Raises NotApplicableError where what a head writes is no term of the stream."""
    if decoder.config.placement != "pre" or not decoder.config.residual:
        raise NotApplicableError(
            "This model has a norm between what a head writes and the stream, so that no edge is one head’s alone.",
            "Choose a model with norms before its sublayers only, such as Llama, Qwen or GPT-2.",
        )


@torch.no_grad()
def written(decoder: Decoder, target: Recorded, source: Recorded, writer: Writer) -> Float[Tensor, "pos d_model"]:
    """How what it writes differs: the source's less the target's. Raises NotApplicableError (`check_adds`)."""
    check_adds(decoder)
    if writer.head is None:
        return source.mlp[writer.layer] - target.mlp[writer.layer]
    z = torch.zeros(2, *target.z.shape[1:])
    z[0, :, writer.head], z[1, :, writer.head] = (run.z[writer.layer, :, writer.head] for run in (source, target))
    both = blocks_of(decoder)[writer.layer].attn.W_O(z.flatten(2))
    return both[0] - both[1]


def spread(heads: int, k: Float[Tensor, "row kv pos d"]) -> Float[Tensor, "row heads pos d"]:
    """Each query head's own copy of the key or value that its group shares.

    >>> spread(4, torch.tensor([[[[1.0]], [[2.0]]]])).flatten().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    return k.repeat_interleave(heads // k.shape[1], 1)


# ---- exactly --------------------------------------------------------------------------------------------------------


@torch.no_grad()
def reader_outputs(
    block: Block, run: Recorded, layer: int, change: Float[Tensor, "pos d_model"]
) -> Float[Tensor, "read pos head d_head"]:
    """What each head gives if its query, its key or its value alone reads the changed stream."""
    x = run.resid[layer]
    q, k, v = block.attn.projected(block.ln1(torch.stack([x, x + change])), run.at)  # row head pos d_head
    heads = q.shape[1]
    k, v = spread(heads, k), spread(heads, v)
    one = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]])  # a row changes its own read alone
    config, visible = block.attn.config, run.at.visible(run.at.positions, block.attn.config.windows[layer], True)
    made = kernel_of("sdpa")(
        q[one[:, 0]], k[one[:, 1]], v[one[:, 2]], visible, config.attention_scale, run.at.bias(run.at.positions),
        config.score_cap,
    )  # fmt: skip
    return made.z.transpose(1, 2)


@torch.no_grad()
def exact_edges(
    decoder: Decoder,
    target: Recorded,
    source: Recorded,
    writer: Writer,
    metric: Metric,
    told: Callable[[int, int], None] | None = None,
) -> EdgeScores:
    """Every edge out of a writer, each by a run of its own. Raises NotApplicableError (`check_adds`)."""
    change, blocks = written(decoder, target, source, writer), blocks_of(decoder)
    layers, n_heads = target.z.shape[0], target.z.shape[2]
    puts: list[Put] = []
    where: list[tuple[int, int, int] | int] = []
    for layer in range(writer.layer, layers):
        if layer > writer.layer:
            outputs = reader_outputs(blocks[layer], target, layer, change)
            for read in range(len(READS)):
                for head in range(n_heads):
                    puts.append(Put("z", layer, outputs[read, :, head], head=head))
                    where.append((read, layer, head))
        if layer > writer.layer or writer.head is not None:
            middle = target.resid[layer] + target.attn[layer] + change
            puts.append(Put("mlp", layer, blocks[layer].mlp(blocks[layer].ln2(middle[None]))[0]))
            where.append(layer)
    base = float(metric(target.logits[None])[0])
    heads, mlp = torch.zeros(len(READS), layers, n_heads), torch.zeros(layers)
    for some, logits in patched(decoder, target, puts, told, first_change(decoder, target, source)):
        for at, value in zip(some, (metric(logits) - base).tolist(), strict=True):
            place = where[at]
            if isinstance(place, int):
                mlp[place] = value
            else:
                heads[place] = value
    last = metric(say(decoder, (target.last + change)[None]))[0] - base
    return EdgeScores(heads, mlp, last)


# ---- by one gradient ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ReaderGradients:
    """The gradient of the score with respect to the stream, as each reader alone reads it."""

    heads: Float[Tensor, "layer read head pos d_model"]
    mlp: Float[Tensor, "layer pos d_model"]
    logits: Float[Tensor, "pos d_model"]


def reader_gradients(decoder: Decoder, run: Recorded, metric: Metric) -> ReaderGradients:
    """By one backward pass to what each head and MLP gives, and one within each block."""
    check_adds(decoder)
    outputs, at = _Outputs(), replace(run.at)
    at.kernel = outputs
    with torch.enable_grad():
        x = run.resid[0].detach().clone()[None].requires_grad_()
        written_by_mlp: list[Tensor] = []
        names = [(f"blocks.{layer}.hook_mlp_out", lambda tensor, **_: written_by_mlp.append(tensor))
                 for layer in range(decoder.config.n_layers)]  # fmt: skip
        with decoder.hooks(names):
            for block in blocks_of(decoder):
                x = block(x, at)
        last = x
        value = metric(say(decoder, last))[0]
        reads = [tensor for three in outputs.seen for tensor in three]
        found = torch.autograd.grad(value, [last, *written_by_mlp, *reads])
    n = decoder.config.n_layers
    by_read = [found[1 + n + 3 * layer :][:3] for layer in range(n)]
    per_head = [_through_attention(b, run, layer, by_read[layer]) for layer, b in enumerate(blocks_of(decoder))]
    per_mlp = [_through_mlp(block, run, layer, found[1 + layer]) for layer, block in enumerate(blocks_of(decoder))]
    return ReaderGradients(torch.stack(per_head), torch.stack(per_mlp), found[0][0])


class _Outputs:
    """A kernel that gives each query head its own key and value, and keeps all three."""

    def __init__(self) -> None:
        self.seen: list[tuple[Tensor, Tensor, Tensor]] = []

    def __call__(
        self, q: Tensor, k: Tensor, v: Tensor, visible: Visibility, scale: float, bias: Bias | None = None,
        cap: float | None = None, on_scores: Hook = unchanged, on_pattern: Hook = unchanged,
    ) -> Attended:  # fmt: skip
        k, v = spread(q.shape[1], k), spread(q.shape[1], v)
        self.seen.append((q, k, v))
        return sdpa(q, k, v, visible, scale, bias, cap, on_scores, on_pattern)


def _through_attention(
    block: Block, run: Recorded, layer: int, slopes: tuple[Tensor, ...]
) -> Float[Tensor, "read head pos d_model"]:
    """From what queries, keys and values are worth to what the stream is worth to each head's: a row for each."""
    heads = slopes[0].shape[1]
    at: Pass = replace(run.at)
    with torch.enable_grad():
        x = run.resid[layer].detach().expand(3 * heads, -1, -1).clone().requires_grad_()
        parts = block.attn.projected(block.ln1(x), at)
        own = torch.arange(heads)
        worth = torch.zeros(())
        for read, (part, slope) in enumerate(zip(parts, slopes, strict=True)):
            mine = spread(heads, part[read * heads : (read + 1) * heads])[own, own]  # head pos d_head
            worth = worth + (mine * slope[0]).sum()
        (found,) = torch.autograd.grad(worth, x)
    return found.unflatten(0, (3, heads))


def _through_mlp(
    block: Block, run: Recorded, layer: int, slope: Float[Tensor, "1 pos d_model"]
) -> Float[Tensor, "pos d_model"]:
    with torch.enable_grad():
        x = (run.resid[layer] + run.attn[layer]).detach().clone()[None].requires_grad_()
        (found,) = torch.autograd.grad((block.mlp(block.ln2(x)) * slope).sum(), x)
    return found[0]


@torch.no_grad()
def edge_scores(slopes: ReaderGradients, writer: Writer, change: Float[Tensor, "pos d_model"]) -> EdgeScores:
    """The estimate of every edge out of a writer, whose output changes so."""
    heads = torch.einsum("lrhpd,pd->rlh", slopes.heads, change)
    mlp = torch.einsum("lpd,pd->l", slopes.mlp, change)
    heads[:, : writer.layer + 1] = 0
    mlp[: writer.layer + (writer.head is None)] = 0
    return EdgeScores(heads, mlp, (slopes.logits * change).sum())
