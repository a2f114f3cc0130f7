"""Drafts for speculative decoding: anything cheap that proposes tokens and says with what probability it did so.

- A **model** of its own (Leviathan et al. 2022, arXiv 2211.17192; Chen et al. 2023, arXiv 2302.01318): any decoder with
  the target's vocabulary. It keeps its own cache, and reads only what it has not read.
- **Early exit**: the target's first n blocks, its final norm and its unembedding (Elhoushi et al. 2024, LayerSkip,
  arXiv 2404.16710). No other weights, n / n_layers of the blocks' work.
- **Layer skipping**: the target without some blocks in its middle (Zhang et al. 2023, arXiv 2309.08168).
  The last blocks, which make the prediction ready for the unembedding, stay.
- **Quantized**: the target with its weights in fewer bits: as many products, fewer bytes to read.
- **Prompt look-up** has no model at all: `prompt_lookup.py`.

A draft passes through the same sampler as the target: the closer q is to p, the more is accepted, and a draft that
flattened what the target sharpens would be rejected for nothing.

Worked example: a table stands for a model, so that the token after 0 is 1 and the token after 1 is 2.

>>> from types import SimpleNamespace
>>> table = torch.eye(3).roll(1, 1) * 9
>>> class Table:
...     config = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, d_vocab=3)
...     def __call__(self, ids, positions=None, cache=None, *, last_only=False):
...         cache.update(0, torch.zeros(1, 1, ids.shape[1], 1), torch.zeros(1, 1, ids.shape[1], 1), positions)
...         return table[ids]
>>> draft = ModelDraft(Table())
>>> draft.begin([2, 0], capacity=8)
>>> drafted = draft.propose([2, 0], 3, GREEDY, torch.Generator())
>>> drafted.ids, draft.cache.seen
((1, 2, 0), 4)

The last of them was never read. When the target keeps one of the three, the draft forgets the other that it had read:

>>> draft.truncate(3)
>>> draft.cache.seen
3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import NotApplicableError
from explorer.stack.inference.decoding.engine import GREEDY
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.sampling_steps import check_finite
from explorer.stack.inference.fused.decoder import FusedDecoder, check, in_format
from explorer.stack.systems.quantization.matrices import quantized
from explorer.stack.transformer.kv_cache import CacheFactory, ContiguousCache, KVCache

if TYPE_CHECKING:
    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder


@runtime_checkable
class Reads(Protocol):
    """A model as decoding sees it; `Decoder` is one."""

    @property
    def config(self) -> DecoderConfig: ...

    def __call__(
        self,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        cache: KVCache | None = None,
        *,
        last_only: bool = False,
    ) -> Float[Tensor, "batch pos_out d_vocab"]: ...


@dataclass(frozen=True)
class Drafted:
    """What a draft proposes after the tokens so far. No ids: it had nothing to offer."""

    ids: tuple[int, ...]
    q: Float[Tensor, "drafted d_vocab"]
    """float64: the distribution that each id was drawn from. One-hot where nothing was drawn."""
    logits: Float[Tensor, "drafted d_vocab"] | None = None
    """The draft model's own, before the sampler; None without a model."""
    copied_from: int | None = None
    """Where in the tokens so far the first id was copied from."""
    matched: int = 0
    """How many of the last tokens stood just before it there as well."""


@runtime_checkable
class Draft(Protocol):
    """Proposes tokens for one sequence at a time."""

    def begin(self, prompt_ids: Sequence[int], capacity: int) -> None:
        """A new sequence of at most `capacity` tokens; reads the prompt but for its last token."""
        ...

    def propose(self, ids: Sequence[int], gamma: int, sampler: Sampler, generator: torch.Generator) -> Drafted:
        """At most `gamma` tokens to follow `ids`, which begin with all tokens that were kept so far."""
        ...

    def truncate(self, length: int) -> None:
        """Forget what was read at positions >= length: those tokens were rejected."""
        ...


class ModelDraft:
    """A decoder that drafts, token by token, over a cache of its own."""

    def __init__(self, decoder: Reads, cache: CacheFactory = ContiguousCache) -> None:
        self.decoder = decoder
        self.make_cache = cache
        self.cache: KVCache | None = None
        self.n_prompt = 0

    def begin(self, prompt_ids: Sequence[int], capacity: int) -> None:
        self.cache, self.n_prompt = self.make_cache(self.decoder.config, 1, capacity), len(prompt_ids)
        if len(prompt_ids) > 1:
            read(self.decoder, prompt_ids[:-1], self.cache, last_only=True)

    def propose(self, ids: Sequence[int], gamma: int, sampler: Sampler, generator: torch.Generator) -> Drafted:
        if self.cache is None:
            self.begin(ids, len(ids) + gamma)
        assert self.cache is not None
        so_far, logits, q = list(ids), [], []
        for _ in range(gamma):
            row = read(self.decoder, so_far[self.cache.seen :], self.cache, last_only=True)[-1]
            logits.append(row)
            q.append(distribution(sampler, row, so_far, self.n_prompt))
            so_far.append(draw(q[-1], uniform(generator)))
        d_vocab = self.decoder.config.d_vocab
        return Drafted(
            tuple(so_far[len(ids) :]),
            torch.stack(q) if q else torch.zeros(0, d_vocab, dtype=torch.double),
            torch.stack(logits) if logits else torch.zeros(0, d_vocab),
        )

    def truncate(self, length: int) -> None:
        if self.cache is not None and self.cache.seen > length:
            self.cache.truncate(length)


def early_exit(decoder: Decoder, n_layers: int) -> ModelDraft:
    """The target's own first `n_layers` blocks as its draft. Its cache holds those layers only."""
    return ModelDraft(decoder.shallow(n_layers))


def layer_skipping(decoder: Decoder, n_layers: int) -> ModelDraft:
    """The target with `n_layers` of its blocks: those in the middle are left out."""
    total = decoder.config.n_layers
    skipped = middle(total, total - n_layers)
    made = decoder.shallow(total)  # a decoder with its own list of the same blocks, each still under its layer's number
    made.blocks = nn.ModuleList(block for layer, block in enumerate(decoder.blocks) if layer not in skipped)
    return ModelDraft(made)


def middle(n_layers: int, n_skipped: int) -> range:
    """Layers around the middle.

    >>> middle(30, 4), middle(5, 2)
    (range(13, 17), range(1, 3))
    """
    first = (n_layers - n_skipped) // 2
    return range(first, first + n_skipped)


def fewer_bits(decoder: Decoder, weights: str) -> ModelDraft:
    """The target with its matrices in another format, by name; by fused steps where the model is of their type.

    Raises NotApplicableError where the format does not suit the matrices.
    """
    packed = in_format(decoder, weights)
    try:
        check(decoder.config)
    except NotApplicableError:
        return ModelDraft(quantized(decoder, packed))
    return ModelDraft(FusedDecoder(decoder, packed))


def read(
    decoder: Reads, ids: Sequence[int], cache: KVCache, *, last_only: bool = False
) -> Float[Tensor, "row d_vocab"]:
    """The logits after each of `ids` (or the last alone), which follow what the cache has seen."""
    start = cache.seen
    positions = torch.arange(start, start + len(ids))[None]
    return decoder(torch.tensor([list(ids)]), positions, cache, last_only=last_only)[0]


def distribution(
    sampler: Sampler, logits: Float[Tensor, " d_vocab"], previous_ids: Sequence[int], n_prompt: int
) -> Float[Tensor, " d_vocab"]:
    """float64 probabilities that the sampler draws from. One-hot at temperature 0.

    The penalties look at `previous_ids`, of which the first `n_prompt` were not written by the model.

    >>> distribution(GREEDY, torch.tensor([1.0, 3.0, 3.0]), [], 0).tolist()
    [0.0, 1.0, 0.0]
    """
    if sampler != GREEDY:
        return sampler.stages(logits, previous_ids, n_prompt).probabilities
    one_hot = torch.zeros(len(logits), dtype=torch.double)  # the plain case needs no stages
    best = logits.max()
    check_finite(float(best))
    one_hot[int((logits == best).nonzero()[0])] = 1.0
    return one_hot


def draw(probabilities: Float[Tensor, " d_vocab"], u: float) -> int:
    """The id whose share of [0, 1) holds u, ids in their order: inverse-CDF sampling without a sort.

    >>> draw(torch.tensor([0.25, 0.0, 0.75]), 0.2), draw(torch.tensor([0.25, 0.0, 0.75]), 0.25)
    (0, 2)
    """
    cumulative = probabilities.cumsum(0)
    at = int(torch.searchsorted(cumulative, u * float(cumulative[-1]), right=True))
    if at < len(probabilities):
        return at
    return int(probabilities.nonzero()[-1])  # u * total rounded up to the total


def uniform(generator: torch.Generator) -> float:
    """A number in [0, 1) with all of float64's digits."""
    return float(torch.rand((), generator=generator, dtype=torch.double))
