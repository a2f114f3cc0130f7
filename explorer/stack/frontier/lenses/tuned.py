"""The tuned lens: for each block an affine map, trained so that the readout says what the model says in the end.

    lens_l(h) = readout(h + W_l h + b_l),   W_l and b_l zero before the first step,
    loss = mean over l of KL(softmax(logits) || softmax(lens_l(h_l)))

The last block has no map. In this residual form (that of the authors' code) weight decay pulls toward the logit lens;
Belrose et al. 2023 (arXiv 2303.08112) write A h + b. W_l = P Q may have a low rank: Q starts as the whitened principal
directions of the stream, P as zeros; or both as those of another lens, the least-squares lens say, which a short
training only has to improve. Of a large vocabulary a step reads the tokens that matter and a sample of the others, each
of these weighted by how many it stands for.

Beside it the least-squares lens: the affine map to the last stream with the smallest squared error, ridged.

Worked example: the last stream is the first turned by a quarter, and regression finds the turn:

>>> h = torch.randn(1, 200, 2, generator=torch.Generator().manual_seed(0))
>>> turned = torch.stack([-h[0, :, 1], h[0, :, 0]], -1)
>>> least_squares(torch.cat([h, turned[None]]), rank=2, ridge=1e-6).matrix(0).round().tolist()
[[0.0, -1.0], [1.0, 0.0]]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.frontier.lenses.lens import Kind, Lens, cut
from explorer.stack.transformer.decoder import Decoder

#: A vocabulary up to this size is read whole; of a larger one so many common tokens, the likeliest of each position,
#: and so many others.
WHOLE, COMMON, LIKELIEST, OTHERS = 8192, 768, 8, 768


@dataclass(frozen=True)
class Settings:
    """Of one training."""

    rank: int
    steps: int
    batch: int
    lr: float = 0.02
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Step:
    """What a step gave."""

    step: int
    kl: Float[Tensor, " layer"]
    """Of the batch, by block, before the step; the last block's is left out."""


def read_out(decoder: Decoder, stream: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
    """The last norm."""
    return decoder.read(stream.reshape(1, -1, stream.shape[-1])).view(stream.shape)


def whitened(
    stream: Float[Tensor, "layer token d_model"], rank: int
) -> tuple[Float[Tensor, "layer rank d_model"], Float[Tensor, "layer d_model"]]:
    """The principal directions of each block's stream, each divided by its standard deviation; and the means."""
    mean = stream.mean(1)
    rows, d_model = stream.shape[1], stream.shape[2]
    made = torch.empty(len(stream), rank, d_model)
    for layer, h in enumerate(stream):
        values, vectors = torch.linalg.eigh((h - mean[layer]).T @ (h - mean[layer]) / rows)
        keep = values.argsort(descending=True)[:rank]
        made[layer] = (vectors[:, keep] / values[keep].clamp_min(1e-8).sqrt()).T
    return made, mean


def trained(
    decoder: Decoder,
    stream: Float[Tensor, "layer token d_model"],
    settings: Settings,
    common: Int[Tensor, " common"],
    told: Callable[[Step], None],
    start: Lens | None = None,
) -> Lens:
    """`stream` is that behind every block, of tokens in any order; the last is what the model says in the end.
    `common`: tokens of the vocabulary that every step reads. `start`: of the same rank; None: the logit lens."""
    layers, tokens, d_model = stream.shape
    first, last = stream[:-1], stream[-1]
    generator = torch.Generator().manual_seed(settings.seed)
    Q0, mean = whitened(first, settings.rank)
    unit = (last - last.mean(0)).square().mean().sqrt()
    size = Q0.square().mean((1, 2), keepdim=True).sqrt()
    P, b = torch.zeros(layers - 1, d_model, settings.rank), torch.zeros(layers - 1, d_model)
    if start is not None:
        left, Q0 = _white(start.at(range(layers - 1)), first, mean)
        size = Q0.square().mean((1, 2), keepdim=True).sqrt()
        P, b = left / unit, (start.bias[:-1] + (left @ (Q0 @ mean[..., None]))[..., 0]) / unit
    P, Q, b = (each.requires_grad_() for each in (P, Q0 / size, b))
    optimiser = torch.optim.Adam([{"params": [P, b]}, {"params": [Q], "lr": settings.lr / 4}], lr=settings.lr)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / settings.steps)
    W_U = decoder.unembed.weight.detach().float()
    for step in range(settings.steps):
        at = torch.randint(tokens, (settings.batch,), generator=generator)
        p = decoder.unembed(read_out(decoder, last[at])).softmax(-1)
        some, stands_for = _looked_at(p, common, generator)
        with torch.enable_grad():
            h = first[:, at]
            centred = h - mean[:, None]
            out = h + unit * (centred @ (size * Q).mT @ P.mT + b[:, None])
            logits = read_out(decoder, out) @ W_U[some].T + stands_for.log()
            log_q = logits.log_softmax(-1) - stands_for.log()  # layer token some
            weighted = (p[:, some] * stands_for)[None]
            kl = (weighted * (p[:, some].clamp_min(1e-12).log()[None] - log_q)).sum(-1).mean(1)
            optimiser.zero_grad()
            kl.mean().backward()
        optimiser.step()
        rate.step()
        told(Step(step, kl.detach()))
    with torch.no_grad():
        left, right = unit * P, size * Q
        bias = unit * b - (left @ (right @ mean[..., None]))[..., 0]
        return _with_last("tuned", left, right, bias)


def _white(
    lens: Lens, stream: Float[Tensor, "layer token d_model"], mean: Float[Tensor, "layer d_model"]
) -> tuple[Float[Tensor, "layer d_model rank"], Float[Tensor, "layer rank d_model"]]:
    """The same L R with an R that reads numbers of variance 1, and no two that vary together."""
    read = (stream - mean[:, None]) @ lens.right.mT  # layer token rank
    values, vectors = torch.linalg.eigh(read.mT @ read / read.shape[1])
    sizes = values.clamp_min(1e-8 * float(values.max())).sqrt()[:, None]  # layer 1 rank
    return lens.left @ vectors * sizes, (vectors / sizes).mT @ lens.right


def _looked_at(
    p: Float[Tensor, "token d_vocab"], common: Int[Tensor, " common"], generator: torch.Generator
) -> tuple[Int[Tensor, " some"], Float[Tensor, " some"]]:
    """The tokens of the vocabulary that a step reads, and how many each stands for."""
    size = p.shape[1]
    if size <= WHOLE:
        return torch.arange(size), torch.ones(size)
    sure = torch.zeros(size, dtype=torch.bool)
    sure[common] = True
    sure[p.topk(LIKELIEST).indices.flatten()] = True
    rest = (~sure).nonzero()[:, 0]
    drawn = rest[torch.randperm(len(rest), generator=generator)[:OTHERS]]
    known = sure.nonzero()[:, 0]
    weights = torch.cat([torch.ones(len(known)), torch.full((len(drawn),), len(rest) / len(drawn))])
    return torch.cat([known, drawn]), weights


def _with_last(kind: Kind, left: Tensor, right: Tensor, bias: Tensor) -> Lens:
    """The last block's map is none."""

    def and_zero(each: Tensor) -> Tensor:
        return torch.cat([each, torch.zeros_like(each[:1])])

    return Lens(kind, torch.ones(len(left) + 1), and_zero(left), and_zero(right), and_zero(bias))


@torch.no_grad()
def least_squares(stream: Float[Tensor, "layer token d_model"], rank: int, ridge: float = 1e-3) -> Lens:
    """The affine map of each block's stream to the last one's. `ridge` is a share of the stream's mean variance; it
    pulls toward the logit lens."""
    last = stream[-1]
    matrices, biases = [], []
    for h in stream[:-1]:
        mean, aim = h.mean(0), (last - h).mean(0)
        x, y = h - mean, (last - h) - aim
        gram = x.T @ x
        gram += ridge * gram.diagonal().mean() * torch.eye(len(gram))
        change = torch.linalg.solve(gram, x.T @ y).T  # what is added to I
        matrices.append(torch.eye(len(gram)) + change)
        biases.append(aim - change @ mean)
    made = cut("least_squares", torch.stack(matrices), torch.stack(biases), rank)
    if rank < stream.shape[2]:  # the bias of what is left of the matrix
        made = _recentred(made, stream)
    return _with_last("least_squares", made.left, made.right, made.bias)


def _recentred(lens: Lens, stream: Float[Tensor, "layer token d_model"]) -> Lens:
    mean = stream.mean(1)
    moved = lens.mapped(mean[:-1, None])[:, 0] - lens.bias
    return Lens(lens.kind, lens.scale, lens.left, lens.right, mean[-1] - moved)
