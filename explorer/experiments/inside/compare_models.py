"""Two models on the same texts: their streams block by block, their heads matched, and what heads write into.

Tokenizers differ, so that positions are matched by characters: a pair of places is compared where both models have
read exactly the same characters of the same text. Beside the other model stands a placebo, the own model with weights
drawn anew; and every number has its chance level, with the places of one model put in another order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.carried import blocks_of, recorded
from explorer.stack.frontier.similarity import (
    centred,
    cka,
    cka_by_features,
    expected_kernel,
    gram,
    projection_kernel,
    u_centred,
)
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing.bridge.hooking import RUNNING

if TYPE_CHECKING:
    from explorer.zoo.vocabulary import Vocabulary

#: Excerpts of each kind that are read, characters of each, and places that are compared at most.
EXCERPTS, CHARACTERS, PLACES = 1, 480, 256
#: Places below which nothing is said.
FEWEST = 16


@dataclass(frozen=True, eq=False)
class Reader:
    """A model as this needs it."""

    name: str
    decoder: Decoder
    vocabulary: Vocabulary


@dataclass(frozen=True, eq=False)
class Places:
    """Where both have read the same characters: of each text, its tokens and the positions that are compared."""

    own: list[Int[Tensor, " _pos"]]
    other: list[Int[Tensor, " _pos"]]
    pairs: list[tuple[int, int, int]]
    """(text, position, position in the other)."""
    matched: int
    """All that there are, of which `pairs` are evenly drawn."""


@dataclass(frozen=True, eq=False)
class States:
    """What one model has at the places."""

    stream: Float[Tensor, "depth place d_model"]
    """Into each block, and after the last."""
    z: Float[Tensor, "layer head place d_head"]


@dataclass(frozen=True, eq=False)
class Alike:
    """The comparison so far; the placebo and the heads come last."""

    own: str
    other: str
    itself: bool
    """The other is the model itself: none was chosen."""
    places: Places
    blocks: Float[Tensor, "own other"]
    """Debiased CKA of the streams."""
    biased: Float[Tensor, "own other"]
    chance: float
    """The largest of the debiased ones with one model's places in another order."""
    placebo: Float[Tensor, "own fresh"] | None = None
    heads: Float[Tensor, "own_head other_head"] | None = None
    """Debiased CKA of every pair of heads, block by block."""
    heads_chance: float = 0.0
    """The mean over own heads of the best match by chance."""
    kernel: Float[Tensor, "layer head head_there"] | None = None
    """Of each head's write subspace with each of the same block in the other model; None: not in one space."""
    expected: float = 0.0
    error: float | None = None
    """By features against by Gram matrices, the largest difference over a few pairs of blocks."""


def ends(ids: Sequence[int], vocabulary: Vocabulary) -> dict[int, int]:
    """By the byte behind a token, its position; tokens of no width and the first position are left out."""
    at, found = 0, {}
    for position, token in enumerate(ids):
        width = 0 if vocabulary.is_special(token) else len(vocabulary.bytes(token))
        at += width
        if width and position:
            found[at] = position
    return found


def matched(own: Vocabulary, other: Vocabulary, texts: Sequence[str], most: int = PLACES) -> Places:
    """Raises NotApplicableError where too few places end alike."""
    ours, theirs, pairs = [], [], list[tuple[int, int, int]]()
    for number, text in enumerate(texts):
        one, two = own.encode(text), other.encode(text)
        ours.append(torch.tensor(one))
        theirs.append(torch.tensor(two))
        a, b = ends(one, own), ends(two, other)
        pairs += [(number, a[at], b[at]) for at in sorted(a.keys() & b.keys())]
    if len(pairs) < FEWEST:
        raise NotApplicableError(
            f"Only {len(pairs)} places of the texts end alike in both tokenizers.", "Compare with another model."
        )
    some = [pairs[at * len(pairs) // most] for at in range(most)] if len(pairs) > most else pairs
    return Places(ours, theirs, some, len(pairs))


def texts() -> list[str]:
    """Of every kind of passage, a beginning that ends with a word."""
    found = [excerpt.text[:CHARACTERS] for each in passages.read() for excerpt in each.excerpts[:EXCERPTS]]
    return [each[: each.rfind(" ")] for each in found]


@torch.no_grad()
def states(decoder: Decoder, ids: list[Int[Tensor, " _pos"]], at: Sequence[tuple[int, int]], tell: Progress) -> States:
    """At (text, position)."""
    streams, z = [], []
    for number, each in enumerate(ids):
        tell("Texts read", number, len(ids))
        mine = [position for text, position in at if text == number]
        if mine:
            with RUNNING:
                run = recorded(decoder, each)
            streams.append(torch.cat([run.resid, run.last[None]])[:, mine])
            z.append(run.z[:, mine])
    return States(torch.cat(streams, 1), torch.cat(z, 1).transpose(1, 2))


def fresh(decoder: Decoder, seed: int = 0) -> Decoder:
    """The same parts with weights drawn anew."""
    made = Decoder(decoder.config).eval().requires_grad_(False)
    return made.initialise(torch.Generator().manual_seed(seed))


@torch.no_grad()
def compared(own: Reader, other: Reader | None, tell: Progress = silent) -> Iterator[Alike]:
    """The streams, then heads and the placebo. None: the model with itself."""
    them, itself = other or own, other is None
    places = matched(own.vocabulary, them.vocabulary, texts())
    at = [(text, position) for text, position, _ in places.pairs]
    mine = states(own.decoder, places.own, at, tell)
    theirs = mine if itself else states(them.decoder, places.other, [(t, p) for t, _, p in places.pairs], tell)
    ours, others = gram(mine.stream), gram(theirs.stream)
    mixed = torch.randperm(len(at), generator=torch.Generator().manual_seed(0))
    u = u_centred(ours)
    made = Alike(
        own.name, them.name, itself, places, cka(u, u_centred(others)), cka(centred(ours), centred(others)),
        float(cka(u, u_centred(others[:, mixed][:, :, mixed])).max()),
    )  # fmt: skip
    yield made
    made = _with_heads(made, mine, theirs, mixed)
    made = replace(made, kernel=kernels(own.decoder, them.decoder), error=feature_error(made, mine, theirs),
                   expected=expected_kernel(own.decoder.config.d_head, own.decoder.config.d_model))  # fmt: skip
    yield made
    placebo = states(fresh(own.decoder), places.own, at, tell)
    yield replace(made, placebo=cka(u, u_centred(gram(placebo.stream))))


def _with_heads(made: Alike, mine: States, theirs: States, mixed: Int[Tensor, " place"]) -> Alike:
    own, other = (u_centred(gram(each.z.flatten(0, 1))) for each in (mine, theirs))
    chance = cka(own, other[:, mixed][:, :, mixed]).amax(1).mean()
    return replace(made, heads=cka(own, other), heads_chance=float(chance))


def kernels(own: Decoder, other: Decoder) -> Float[Tensor, "layer head other"] | None:
    """Of what every head writes into, with that of every head of the same block; None where the streams are no one
    space: another width, other blocks or other heads."""
    a, b = own.config, other.config
    if (a.d_model, a.n_layers, a.n_heads, a.d_head) != (b.d_model, b.n_layers, b.n_heads, b.d_head):
        return None
    found = []
    for one, two in zip(blocks_of(own), blocks_of(other), strict=True):
        u, v = written_into(one.attn.W_O.weight, a.n_heads), written_into(two.attn.W_O.weight, a.n_heads)
        found.append(projection_kernel(u[:, None], v[None]))
    return torch.stack(found)


def written_into(w: Float[Tensor, "d_model heads_d_head"], heads: int) -> Float[Tensor, "head d_model d_head"]:
    """An orthonormal basis of what each head writes into."""
    q, _ = torch.linalg.qr(w.float().unflatten(1, (heads, -1)).transpose(0, 1))
    return q


def feature_error(made: Alike, mine: States, theirs: States) -> float:
    """At three pairs of unequal depths: of a model with itself equal ones are 1 in any case."""
    (first, middle, last), (one, two, three) = ((0, len(each.stream) // 2, -1) for each in (mine, theirs))
    depths = [(first, three), (middle, one), (last, two)]
    by_features = [cka_by_features(mine.stream[a].double(), theirs.stream[b].double()) for a, b in depths]
    differences = [abs(float(x) - float(made.biased[place])) for x, place in zip(by_features, depths, strict=True)]
    return float(torch.tensor(differences).max())
