"""How long each patch's stream is, block by block, and what changes where long ones are taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.fetching.progress import Progress, silent
from explorer.stack.architectures.vision_transformer import VisionTransformer


def norms(hidden: Float[Tensor, "depth batch pos d_model"]) -> Float[Tensor, "depth pos"]:
    """Of the first picture; place 0 is CLS."""
    return hidden[:, 0].norm(dim=-1)


def outliers(lengths: Float[Tensor, " patch"], times: float) -> list[int]:
    """Patches that are longer than `times` the median, the longest first.

    >>> outliers(torch.tensor([1.0, 9.0, 1.1, 4.0, 0.9]), 3.0)
    [1, 3]
    """
    limit = times * lengths.median()
    order = lengths.argsort(descending=True).tolist()
    return [each for each in order if lengths[each] > limit]


@dataclass(frozen=True)
class Effect:
    """What taking some patches away at one depth changes at the end: 1 - cosine of the final states."""

    cls: float
    others: float
    """The mean over the patches that were left as they were."""


@dataclass(frozen=True)
class Removal:
    """The longest patches, and as many of the others drawn again and again."""

    chosen: list[int]
    longest: Effect
    placebo: list[Effect]
    placebos: list[list[int]]


def replaced(stream: Float[Tensor, "batch pos d_model"], chosen: Sequence[int]) -> Float[Tensor, "batch pos d_model"]:
    """Each chosen patch is the mean of those not chosen. Patches are counted without CLS."""
    places = torch.tensor(list(chosen), dtype=torch.long) + 1
    kept = torch.ones(stream.shape[1], dtype=torch.bool)
    kept[0] = False
    kept[places] = False
    changed = stream.clone()
    changed[:, places] = stream[:, kept].mean(1, keepdim=True)
    return changed


def final_states(
    model: VisionTransformer, pixels: Tensor, depth: int | None = None, chosen: Sequence[int] = ()
) -> Float[Tensor, "pos d_model"]:
    """Behind the last norm, with the chosen patches replaced at one depth."""

    def change(at: int, stream: Tensor) -> Tensor:
        return replaced(stream, chosen) if at == depth else stream

    with torch.inference_mode():
        return model.ln_final(model.streams(pixels, change=change)[-1])[0]


def removal(
    model: VisionTransformer, pixels: Tensor, lengths: Float[Tensor, " patch"], depth: int, count: int, draws: int,
    seed: int = 0, progress: Progress = silent,
) -> Removal:  # fmt: skip
    """Take the `count` longest patches away at that depth; then, `draws` times, as many of the others."""
    order = lengths.argsort(descending=True).tolist()
    chosen, rest = order[:count], torch.tensor(order[count:])
    generator = torch.Generator().manual_seed(seed)
    plain = final_states(model, pixels)
    placebos = [rest[torch.randperm(len(rest), generator=generator)[:count]].tolist() for _ in range(draws)]
    found = []
    for at, each in enumerate([chosen, *placebos]):
        progress("Taking patches away", at, draws + 1)
        found.append(_effect(plain, final_states(model, pixels, depth, each), [*chosen, *each]))
    return Removal(chosen, found[0], found[1:], placebos)


def _effect(plain: Float[Tensor, "pos d_model"], changed: Float[Tensor, "pos d_model"], taken: list[int]) -> Effect:
    apart = 1 - F.cosine_similarity(plain, changed, dim=-1)  # pos
    kept = torch.ones(len(apart), dtype=torch.bool)
    kept[[0, *(each + 1 for each in taken)]] = False
    return Effect(float(apart[0]), float(apart[kept].mean()))
