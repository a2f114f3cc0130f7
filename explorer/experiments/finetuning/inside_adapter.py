"""A trained adapter from within: one matrix's update and its directions, where in depth the updates lie, what each
direction is worth on held-out items, and which heads' outputs moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning.worn import Worn, losses
from explorer.fetching.progress import Progress
from explorer.stack.finetuning import spectrum
from explorer.stack.finetuning.adapter import adapted, with_delta
from explorer.stack.finetuning.change import bias_of, weight_of
from explorer.stack.finetuning.conversations import Example
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

#: Of W's directions, and of those of W + s B A, so many are compared.
TOP = 16


@dataclass(frozen=True, eq=False)
class Matrix:
    """One matrix under the adapter."""

    W: Float[Tensor, "out in"]
    A: Float[Tensor, "r in"]
    B: Float[Tensor, "out r"]
    delta: Float[Tensor, "out in"]
    """s B A."""
    values: Float[Tensor, " r"]
    """Singular values of s B A, from its factors."""
    dense: Float[Tensor, " r"]
    """The same from the product."""
    base: Float[Tensor, " all"]
    """Of W."""
    tuned: Float[Tensor, " top"]
    """Of W + s B A, the first."""
    cosines: Float[Tensor, "r top"]
    """Of the update's left singular vectors to W's first ones, without sign."""
    nearest: Float[Tensor, " top"]
    """Of each of the first of W + s B A, the largest cosine to any of W's."""


@torch.no_grad()
def matrix(decoder: Decoder, worn: Worn, layer: str) -> Matrix:
    pair, W = worn.pair(layer), weight_of(decoder.get_submodule(layer)).float()
    A, B = (each.detach().float() for each in (pair.plain.A, pair.plain.B))
    (delta, _), of = pair.delta(decoder.get_submodule(layer)), spectrum.directions(pair)
    assert delta is not None
    U, S, _ = torch.linalg.svd(W, full_matrices=False)
    after, values, _ = torch.linalg.svd(W + delta, full_matrices=False)
    return Matrix(
        W, A, B, delta, of.S, torch.linalg.svdvals(delta)[: len(of.S)], S,
        values[:TOP], (of.U.T @ U[:, :TOP]).abs(), spectrum.nearest(after[:, :TOP], U),
    )  # fmt: skip


@dataclass(frozen=True)
class Size:
    """One matrix's update."""

    layer: str
    block: int
    role: str
    base: float
    """Frobenius' norm of W."""
    update: float
    """Of s B A, from its factors."""
    merged: float
    """Of the merged matrix less W."""
    effective_rank: float


@torch.no_grad()
def depth(decoder: Decoder, worn: Worn, progress: Progress) -> list[Size]:
    """Every matrix that the adapter changes, within the blocks."""
    found = list[Size]()
    names = [name for name in worn.adapter.names if name.startswith("blocks.")]
    for at, name in enumerate(names):
        progress("Measuring the updates", at, len(names))
        layer, pair = decoder.get_submodule(name), worn.pair(name)
        W = weight_of(layer)
        merged = float((weight_of(with_delta(layer, [(pair, 1.0)])).double() - W.double()).norm())
        _, block, *_, role = name.split(".")
        rank = spectrum.effective_rank(spectrum.directions(pair).S)
        found.append(Size(name, int(block), role, float(W.double().norm()), spectrum.norm(pair), merged, rank))
    return found


@dataclass(frozen=True)
class Kept:
    """Which directions of every matrix's update are left, and the losses of the held-out items under them."""

    kept: tuple[int, ...]
    losses: tuple[float, ...]


@dataclass(frozen=True)
class Ranks:
    """From none to all, and all but one."""

    first: tuple[Kept, ...]
    without: tuple[Kept, ...]
    whole: tuple[float, ...]
    """Losses under the adapter as it is."""


def ranks(decoder: Decoder, worn: Worn, items: list[Example], progress: Progress) -> Iterator[Ranks]:
    """The directions of every update, the largest first: 0 to r of them kept, then each one taken out."""
    r = max(worn.pair(name).plain.r for name in worn.adapter.names)
    whole = tuple(losses(adapted(decoder, (worn.adapter, 1.0)), items))
    first = [tuple(range(count)) for count in range(r + 1)]
    without = [tuple(at for at in range(r) if at != out) for out in range(r)]
    measured = dict[tuple[int, ...], Kept]()
    for at, kept in enumerate(dict.fromkeys([*first, *without])):
        progress("Losses with some directions taken out", at, 2 * r)
        some = spectrum.only(worn.adapter, kept)
        measured[kept] = Kept(kept, tuple(losses(adapted(decoder, (some, 1.0)) if kept else decoder, items)))
        done = [[measured[each] for each in group if each in measured] for group in (first, without)]
        yield Ranks(tuple(done[0]), tuple(done[1]), whole)


@dataclass(frozen=True, eq=False)
class Heads:
    """By how much heads' outputs moved, by the norm of what they wrote before."""

    moved: Float[Tensor, "layer head"]
    apart: float
    """The largest difference of the sum of heads' changes from the change of what attention writes, by its largest."""


@torch.no_grad()
def heads(decoder: Decoder, worn: Worn, item: Example) -> Heads:
    """On one conversation."""
    ids = torch.tensor(item.ids)[None]
    before, after = (_written(each, ids) for each in (decoder, adapted(decoder, (worn.adapter, 1.0))))
    moved, apart = list[Tensor](), 0.0
    for (one, whole), (other, changed) in zip(before, after, strict=True):
        change = other - one  # pos head d_model
        moved.append(change.square().sum((0, 2)).sqrt() / one.square().sum((0, 2)).sqrt().clamp_min(1e-12))
        rest = (change.sum(1) - (changed - whole)).abs().max() / (changed - whole).abs().max().clamp_min(1e-6)
        apart = worst(float(rest), apart)
    return Heads(torch.stack(moved), apart)


def _written(decoder: Decoder, ids: Tensor) -> list[tuple[Tensor, Tensor]]:
    """By block: what each head adds to the stream (`pos head d_model`), and attention in all (`pos d_model`)."""
    n, seen = decoder.config.n_layers, dict[str, Tensor]()

    def keep(tensor: Tensor, hook) -> None:
        seen[str(hook.name)] = tensor[0].detach()

    points = [f"blocks.{at}.{name}" for at in range(n) for name in ("attn.hook_z", "hook_attn_out")]
    with decoder.hooks([(name, keep) for name in points]):
        decoder.stream(ids)
    found = list[tuple[Tensor, Tensor]]()
    for at in range(n):
        z = seen[f"blocks.{at}.attn.hook_z"]
        layer = decoder.get_submodule(f"blocks.{at}.attn.W_O")
        W_O = _whole(layer).view(-1, *z.shape[1:])  # d_model head d_head
        out = seen[f"blocks.{at}.hook_attn_out"]
        bias = bias_of(getattr(layer, "layer", layer))
        found.append((torch.einsum("phd,mhd->phm", z, W_O), out if bias is None else out - bias))
    return found


def _whole(layer: torch.nn.Module) -> Tensor:
    """A layer's matrix, with what stands beside it."""
    from explorer.stack.finetuning.change import Change, Changed

    if not isinstance(layer, Changed):
        return weight_of(layer)
    W = weight_of(layer.layer)
    for change, by in zip(layer.changes, layer.by, strict=True):
        assert isinstance(change, Change)
        delta = change.delta(layer.layer)[0]
        W = W if delta is None else W + by * delta
    return W


def named(worn: Worn, block: int, role: str) -> str:
    """The layer of that role in that block. Raises NotApplicableError where the adapter leaves it as it is."""
    found = next((e for e in worn.adapter.names if e.startswith(f"blocks.{block}.") and e.endswith(f".{role}")), None)
    if found is None:
        raise NotApplicableError(
            f"The adapter “{worn.name[:60]}” leaves {role} of block {block} as it is.", "Choose another matrix."
        )
    return found
