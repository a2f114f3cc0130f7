"""How far a model reads under each scheme of RoPE scaling: one passage read twice, the second time from far away."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.embeddings.positions import schemes
from explorer.stack.context.extrapolation import frozen, read_twice, token_losses
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.embeddings.rope_scaling import Linear

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Read where the run itself has too few tokens: the first lines of Aesop's "The Fox and the Crow", retold.
PASSAGE = """\
A crow sat on the branch of a tall tree with a piece of cheese in her beak when a fox saw her and set his mind on the
cheese. He came and stood under the tree and looked up at her. What a noble bird I see above me, said the fox. Her
beauty is without equal and the colour of her feathers is lovely.
""".replace("\n", " ").strip()
#: The schemes that are read with; "own" is the model's rotation as it is.
READ = ("own", "linear", "ntk", "dynamic", "yarn")


@dataclass(frozen=True, eq=False)
class Reach:
    """Losses in nats of one passage, token by token (the first has none)."""

    names: tuple[str, ...]
    distances: list[int]
    first: Float[Tensor, " token"]
    """Read for the first time, under the model's own rotation."""
    second: Float[Tensor, "scheme distance token"]
    logits: Float[Tensor, "pos d_vocab"]
    """Of that first reading."""
    moved_error: float
    """How far the mean loss moves when the whole passage is read from position n_ctx on."""
    stretched_error: float
    """How far it moves when positions stand `factor` apart and interpolation by `factor` takes that back."""

    @property
    def perplexity(self) -> Float[Tensor, "scheme distance"]:
        return self.second.mean(-1).exp()


def reading_distances(n_tokens: int, n_ctx: int, factor: int) -> list[int]:
    """Where second readings start: right behind the first, twice within the trained length, then on to `factor` times
    it.

    >>> reading_distances(24, 8192, 4)
    [24, 4096, 6144, 14336, 20480, 26624, 32744]
    """
    within = [n_tokens, n_ctx // 2, 3 * n_ctx // 4]
    beyond = [round(n_ctx * (1 + (factor - 1) * k / 4)) for k in range(1, 5)]
    beyond[-1] -= n_tokens  # the last token stands at the end of what the scheme is asked to reach
    return sorted({d for d in (*within, *beyond) if d >= n_tokens})


def ropes(own: RopeConfig, factor: int, n_ctx: int) -> dict[str, RopeConfig]:
    """The model's rotation under each scheme."""
    known = schemes(factor, n_ctx)
    return {name: own if name == "own" else replace(own, scaling=known[name]) for name in READ}


def reach(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    factor: int,
    progress: Callable[[int, int], None] | None = None,
) -> Reach:
    """Read the passage twice under every scheme and at every distance. The decoder must have rotary positions."""
    own, n_ctx, n = decoder.config.rope, decoder.config.n_ctx, len(ids)
    assert own is not None
    distances = reading_distances(n, n_ctx, factor)
    # Schemes that turn alike at some distance (dynamic NTK within the trained length) are read once.
    turns = {(name, d): frozen(rope, d + n) for name, rope in ropes(own, factor, n_ctx).items() for d in distances}
    needed: dict[RopeConfig, list[int]] = {}
    for (_, distance), rope in turns.items():
        if distance not in needed.setdefault(rope, []):
            needed[rope].append(distance)
    done, total = 0, sum(1 + len(far) for far in needed.values()) + 2
    read: dict[tuple[RopeConfig, int], Tensor] = {}
    first = logits = torch.empty(0)
    for rope, far in needed.items():
        twice = read_twice(decoder.with_rope(rope), ids, far)
        read |= {(rope, d): losses for d, losses in zip(far, twice.second, strict=True)}
        if rope == own:
            first, logits = twice.first, twice.logits
        done += 1 + len(far)
        if progress is not None:
            progress(done, total)
    at = torch.arange(n)
    stretched = decoder.with_rope(replace(own, scaling=Linear(factor)))
    moved_error = _apart(decoder, ids, at + n_ctx, first)
    # A model whose own rotation is scaled already is not the plain one that interpolation brings back; layers with a
    # window, or a rotation of their own, are not stretched with the others.
    plain = own.scaling is None and decoder.config.rope_local is None and not any(decoder.config.windows)
    stretched_error = _apart(stretched, ids, at * factor, first) if plain else math.nan
    if progress is not None:
        progress(total, total)
    second = torch.stack([torch.stack([read[turns[name, d], d] for d in distances]) for name in READ])
    return Reach(READ, distances, first, second, logits, moved_error, stretched_error)


@torch.inference_mode()
def _apart(decoder: Decoder, ids: Tensor, positions: Tensor, losses: Tensor) -> float:
    found = token_losses(decoder(ids[None], positions[None])[0], ids)
    return float((found.double().mean() - losses.double().mean()).abs())
