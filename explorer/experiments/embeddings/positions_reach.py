"""How far a model reads under each scheme of RoPE scaling: one passage read twice, the second time from far away."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.context.extrapolation import frozen, read_twice, token_losses
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.embeddings.rope_scaling import NTK, DynamicNTK, Linear, Llama3, Scaling, YaRN
from explorer.stack.transformer.decoder import Decoder

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: What is read unless another text is chosen: the first lines of Aesop's "The Fox and the Crow", retold.
PASSAGE = """\
A crow sat on the branch of a tall tree with a piece of cheese in her beak when a fox saw her and set his mind on the
cheese. He came and stood under the tree and looked up at her. What a noble bird I see above me, said the fox. Her
beauty is without equal and the colour of her feathers is lovely.
""".replace("\n", " ").strip()
#: The schemes that are read with; "own" is the model's rotation as it is.
READ = ("own", "linear", "ntk", "dynamic", "yarn")
#: Distances that are read at once: a second reading of 48 tokens takes some 0.1 s.
AT_ONCE = 4


def schemes(factor: float | int, n_ctx: int) -> dict[str, Scaling]:
    """Every scheme of the stack, asked to reach `factor` times a length."""
    return {
        "linear": Linear(factor),
        "ntk": NTK(factor),
        "dynamic": DynamicNTK(factor, n_ctx),
        "yarn": YaRN(factor, n_ctx),
        "llama3": Llama3(factor, 1.0, 4.0, n_ctx),
    }


@dataclass(frozen=True, eq=False)
class Reach:
    """Losses in nats of one passage, token by token (the first has none); NaN where it has not been read yet."""

    names: tuple[str, ...]
    distances: list[int]
    first: Float[Tensor, " token"]
    """Read for the first time, under the model's own rotation."""
    second: Float[Tensor, "scheme distance token"]
    checked: Checked | None = None
    """Once all is read."""

    @property
    def perplexity(self) -> Float[Tensor, "scheme distance"]:
        return self.second.mean(-1).exp()


@dataclass(frozen=True)
class Checked:
    """How far the first reading is from what it must equal."""

    model_error: float
    """Largest difference of a logit from those of the model's own forward pass."""
    moved_error: float
    """How far the mean loss moves when the whole passage is read from position n_ctx on."""
    stretched_error: float
    """How far it moves when positions stand `factor` apart and interpolation by `factor` takes that back; NaN for a
    model whose own rotation is not the plain one everywhere."""


def reading_distances(n_tokens: int, n_ctx: int, factor: int) -> list[int]:
    """Where second readings start: right behind the first, twice within the length, then on to `factor` times it.

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
    hf: PreTrainedModel,
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    n_ctx: int,
    factor: int,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Reach]:
    """Read the passage twice under every scheme and at every distance, up to `factor` times the length `n_ctx`.

    Yields what is known after each scheme. The decoder must have rotary positions; `hf` is the model that it is made
    of.
    """
    own, n = decoder.config.rope, len(ids)
    assert own is not None
    tell = progress or (lambda *_: None)
    distances = reading_distances(n, n_ctx, factor)
    # Schemes that turn alike at some distance (dynamic NTK within the length) are read once.
    turns = {(name, d): frozen(rope, d + n) for name, rope in ropes(own, factor, n_ctx).items() for d in distances}
    needed: dict[RopeConfig, list[int]] = {}
    for (_, distance), rope in turns.items():
        if distance not in needed.setdefault(rope, []):
            needed[rope].append(distance)
    done, total = 0, sum(len(far) for far in needed.values())
    read: dict[tuple[RopeConfig, int], Tensor] = {}
    unread = torch.full((n - 1,), torch.nan)
    first = logits = torch.empty(0)

    def second() -> Float[Tensor, "scheme distance token"]:
        return torch.stack([torch.stack([read.get((turns[x, d], d), unread) for d in distances]) for x in READ])

    tell(0, total)
    for rope, far in needed.items():
        for start in range(0, len(far), AT_ONCE):
            part = far[start : start + AT_ONCE]
            twice = read_twice(decoder.with_rope(rope), ids, part)
            read |= {(rope, d): losses for d, losses in zip(part, twice.second, strict=True)}
            done += len(part)
            tell(done, total)
            if rope == own:
                first, logits = twice.first, twice.logits
        if done < total:
            yield Reach(READ, distances, first, second())
    yield Reach(READ, distances, first, second(), _checked(hf, decoder, ids, n_ctx, factor, first, logits))


@torch.inference_mode()
def _checked(
    hf: PreTrainedModel, decoder: Decoder, ids: Tensor, n_ctx: int, factor: int, first: Tensor, logits: Tensor
) -> Checked:
    own, at = decoder.config.rope, torch.arange(len(ids))
    assert own is not None
    stretched = decoder.with_rope(replace(own, scaling=Linear(factor)))
    # A model whose own rotation is scaled already is not the plain one that interpolation brings back; layers with a
    # window, or a rotation of their own, are not stretched with the others.
    plain = own.scaling is None and decoder.config.rope_local is None and not any(decoder.config.windows)
    return Checked(
        model_error=float((logits - hf(ids[None], use_cache=False).logits[0]).abs().max()),
        moved_error=_apart(decoder, ids, at + n_ctx, first),
        stretched_error=_apart(stretched, ids, at * factor, first) if plain else math.nan,
    )


def _apart(decoder: Decoder, ids: Tensor, positions: Tensor, losses: Tensor) -> float:
    found = token_losses(decoder(ids[None], positions[None])[0], ids)
    return float((found.double().mean() - losses.double().mean()).abs())
