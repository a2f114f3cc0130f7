"""Whether a model fits on some cards, and how fast memory and arithmetic let it write: what a card holds, and its roof.

Tensor parallelism (Shoeybi et al. 2019, arXiv 1909.08053) gives each of n cards 1/n of most matrices; whole heads only:

    weights       cut by heads ceil(h/n)/h, keys and values max(1, ceil(h_kv/n))/h_kv, features and vocabulary 1/n;
                  norms and routers are copied
    cache         users · tokens · (2 · max(1, ceil(h_kv/n)) · d_head) · bytes: with fewer key/value heads than cards
                  they are held more than once; a latent (DeepSeek-V2, arXiv 2405.04434) is copied whole
    activations   2 bytes · c · (2 d_model + max(attention, feed-forward) / n)  +  4 bytes · users · d_vocab / n
    overhead      0.75 GB a card

Activations and overhead are ESTIMATES: a prompt is read c = min(2,048, all tokens) at a time (vLLM's chunks), attention
holds queries, keys, values and its output, the feed-forward gate, up and their product; CUDA's context, its libraries'
workspaces and fragments take between 0.5 and 1 GB in practice.

A decoding step reads all weights (of a mixture: the experts that its tokens visit, `roofline.experts_read`) and all
caches:

    step >= max(bytes read a card / bandwidth, FLOPs / (n · peak))         no card can be faster

so that users / step bounds the tokens a second; a prompt of T tokens takes at least its FLOPs / (n · peak). Messages
between cards are left out.

Worked example: Llama-3-70B in Q4_K_M for 8 users of 16,384 tokens, on two RTX 4090.

>>> from explorer.stack.inference.serving.cards import CARDS
>>> from explorer.stack.inference.serving.known_models import REAL_MODELS
>>> asked = Serving(REAL_MODELS["Llama-3-70B"], "q4_k_m", 2.0, users=8, length=16384, cards=2, card=CARDS["rtx4090"])
>>> need = per_card(asked)
>>> [round(each / 1e9, 1) for each in (need.weights, need.cache, need.total, asked.card.memory)]
[21.3, 21.5, 43.7, 25.8]
>>> fits(asked), most_users(asked), fits(replace(asked, cards=4))
(False, 1, True)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from explorer.stack.inference.serving.cards import Card
from explorer.stack.inference.serving.memory_calculator import parameters
from explorer.stack.inference.serving.model_sizes import Sizes, Tensors, tensors
from explorer.stack.inference.serving.weight_schemes import SCHEMES, tensor_bytes
from explorer.stack.systems.roofline import experts_read

#: Bytes of a card that neither weights nor tokens take; tokens of a prompt that are read at once. Both are assumptions.
OVERHEAD, CHUNK = 0.75e9, 2048
MOST_USERS = 1 << 20


@dataclass(frozen=True)
class Serving:
    """What is asked: a model, how it is stored, who uses it, and on what."""

    sizes: Sizes
    scheme: str
    cache_bytes: float
    """Of a number in the cache."""
    users: int
    length: int
    cards: int
    card: Card


@dataclass(frozen=True)
class CardNeed:
    """Bytes on the fullest card."""

    parts: Mapping[str, float]
    """Of the weights, by the fields of `Parameters`."""
    copied: float
    """Of the weights: what every card has whole."""
    cache: float
    activations: float
    overhead: float = OVERHEAD

    @property
    def weights(self) -> float:
        return sum(self.parts.values())

    @property
    def total(self) -> float:
        return self.weights + self.cache + self.activations + self.overhead


def share(sizes: Sizes, each: Tensors, cards: int) -> float:
    """The part of a tensor that the fullest of so many cards has."""
    if each.cut == "heads":
        return math.ceil(sizes.n_heads / cards) / sizes.n_heads
    if each.cut == "kv":
        return kv_heads(sizes, cards) / sizes.n_kv_heads
    return 1.0 if each.cut == "none" else 1 / cards


def kv_heads(sizes: Sizes, cards: int) -> int:
    """Key/value heads on a card; of a latent, which has no heads to cut, all.

    >>> from explorer.stack.inference.serving.known_models import REAL_MODELS
    >>> [kv_heads(REAL_MODELS["Llama-3-70B"], cards) for cards in (1, 2, 8, 16)]  # the last: each of 8 twice
    [8, 4, 1, 1]
    """
    return sizes.n_kv_heads if sizes.latent else max(1, math.ceil(sizes.n_kv_heads / cards))


def held_tokens(sizes: Sizes, length: int) -> int:
    """Tokens that a user's cache holds, summed over layers."""
    return sum(layers * min(length, window or length) for layers, window in sizes.window_groups())


def card_cache(of: Serving) -> float:
    """Bytes of all users' keys and values on a card."""
    numbers = of.sizes.cached * kv_heads(of.sizes, of.cards) / of.sizes.n_kv_heads
    return of.users * held_tokens(of.sizes, of.length) * numbers * of.cache_bytes


def activations(sizes: Sizes, tokens: int, users: int, cards: int = 1, bytes_each: float = 2.0) -> float:
    """An estimate: see the module."""
    s = sizes
    attention = 2 * s.d_head * (s.n_heads + s.n_kv_heads)
    passes = s.experts_per_token + s.n_shared if s.n_experts else 1
    feed_forward = (3 if s.gated else 2) * max(passes * s.d_mlp, s.d_dense)
    rows = tokens * (2 * s.d_model + max(attention, feed_forward) / cards)
    return bytes_each * rows + 4 * users * s.d_vocab / cards


def per_card(of: Serving) -> CardNeed:
    """What the fullest card holds."""
    scheme, whole = SCHEMES[of.scheme], tensors(of.sizes)
    sized = [(tensor_bytes(of.sizes, scheme, each), each) for each in whole]
    parts: dict[str, float] = {}
    for nbytes, each in sized:
        parts[each.part] = parts.get(each.part, 0.0) + nbytes * share(of.sizes, each, of.cards)
    return CardNeed(
        parts,
        copied=sum((nbytes for nbytes, each in sized if each.cut == "none"), 0.0) if of.cards > 1 else 0.0,
        cache=card_cache(of),
        activations=activations(of.sizes, min(CHUNK, of.users * of.length), of.users, of.cards),
    )


def fits(of: Serving) -> bool:
    return per_card(of).total <= of.card.memory


def divides(sizes: Sizes, cards: int) -> bool:
    """Whether heads are shared evenly: engines refuse to cut a head."""
    return sizes.n_heads % cards == 0


def most_users(of: Serving) -> int:
    """Users of this length that fit at most; 0 when not even one does."""
    return largest(lambda users: fits(replace(of, users=users)), MOST_USERS)


def largest(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that holds, of what holds up to some number; 0 if 1 does not.

    >>> largest(lambda n: n <= 37, 100), largest(lambda n: False, 100)
    (37, 0)
    """
    low, high = 0, 1
    while high <= most and holds(high):
        low, high = high, 2 * high
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


# ---- how fast


@dataclass(frozen=True)
class Pace:
    """What no serving of this kind can exceed."""

    weights_read: float
    """Bytes of a step, on a card."""
    cache_read: float
    step: float
    """Seconds at least."""
    memory_bound: bool
    prefill_flops: float
    prefill: float | None
    """Seconds at least until a prompt of this length is read; None where the card's arithmetic is not stated."""

    def tokens(self, users: int) -> float:
        """A second, all users together."""
        return users / self.step


def read_weights(of: Serving) -> float:
    """Bytes of weights that a step reads on a card: of a table that is only looked up, nothing."""
    s, scheme = of.sizes, SCHEMES[of.scheme]
    visited = experts_read(s.n_experts, s.experts_per_token, of.users) / s.n_experts if s.n_experts else 1.0
    total = 0.0
    for each in tensors(s):
        part = visited if each.copies > 1 else 1.0
        total += 0.0 if _is_table(s, each) else part * share(s, each, of.cards) * tensor_bytes(s, scheme, each)
    return total


def tables(of: Serving) -> float:
    """Bytes of weights on a card of which a step looks up a row a token: they are held, and not read.

    >>> from explorer.stack.inference.serving.cards import CARDS
    >>> from explorer.stack.inference.serving.known_models import REAL_MODELS
    >>> llama = Serving(REAL_MODELS["Llama-3.1-8B"], "q4_k_m", 2.0, 1, 8192, 1, CARDS["rtx4090"])
    >>> [round(each / 1e9, 2) for each in (per_card(llama).weights, read_weights(llama), tables(llama))]
    [4.91, 4.62, 0.3]
    """
    s, scheme = of.sizes, SCHEMES[of.scheme]
    held = [each for each in tensors(s) if _is_table(s, each)]
    return sum((share(s, each, of.cards) * tensor_bytes(s, scheme, each) for each in held), 0.0)


def _is_table(sizes: Sizes, each: Tensors) -> bool:
    return each.kind == "position_embd" or (each.kind == "token_embd" and not sizes.tied)


def token_flops(sizes: Sizes, read: float | int) -> float | int:
    """Operations of one token that reads so many cached ones, summed over layers."""
    active = parameters(sizes, active=True)
    looked_up = 0 if sizes.tied else active.embedding.count
    m = sizes.latent
    pair = 4 * m.kv_rank + 2 * m.d_rope if m else 4 * sizes.d_head
    return 2 * (active.total - looked_up - active.positions.count) + sizes.n_heads * pair * read


def pace(of: Serving) -> Pace:
    """The bounds of decoding and of reading a prompt."""
    s, card = of.sizes, of.card
    weights, cache = read_weights(of), card_cache(of)
    by_memory = (weights + cache) / card.bandwidth
    peak = of.cards * card.flops if card.flops else math.inf
    by_arithmetic = of.users * token_flops(s, held_tokens(s, of.length)) / peak
    unembedding = 2 * s.d_vocab * s.d_model  # for the prompt's last token alone
    prompt = of.length * (token_flops(s, mean_read(s, of.length)) - unembedding) + unembedding
    return Pace(
        weights, cache, max(by_memory, by_arithmetic), by_memory >= by_arithmetic, float(prompt),
        prompt / peak if card.flops else None,
    )  # fmt: skip


def mean_read(sizes: Sizes, length: int) -> float:
    """Tokens that a token of a prompt reads on average, summed over layers: half of them, or its window."""
    total = 0.0
    for layers, window in sizes.window_groups():
        w = min(length, window or length)
        total += layers * w * (length - (w - 1) / 2) / length
    return total
