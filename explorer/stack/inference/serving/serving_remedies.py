"""What would make a model fit: one thing changed at a time, and each only as far as is needed.

>>> from explorer.stack.inference.serving.cards import CARDS
>>> from explorer.stack.inference.serving.known_models import REAL_MODELS
>>> asked = Serving(REAL_MODELS["Llama-3-70B"], "q4_k_m", 2.0, users=8, length=16384, cards=2, card=CARDS["rtx4090"])
>>> [(each.change, each.value) for each in remedies(asked)][:2]
[('users', 1), ('length', 2560)]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from explorer.stack.inference.serving.cards import CARDS
from explorer.stack.inference.serving.memory_calculator import FORMATS
from explorer.stack.inference.serving.serving_fit import Serving, divides, fits, largest, most_users
from explorer.stack.inference.serving.weight_schemes import SCHEMES, stored

#: Bytes of a number in the cache. FP8: one scale a tensor, which weighs nothing.
CACHES: Mapping[str, float] = {
    "fp32": FORMATS["fp32"].bytes_each,
    "bf16": FORMATS["bf16"].bytes_each,
    "fp8": 1.0,
    "int8": FORMATS["int8"].bytes_each,
    "int4": FORMATS["int4"].bytes_each,
}
MOST_CARDS, STEP = 64, 256
Change = Literal["users", "length", "cache", "cache and users", "cards", "weights", "card"]


@dataclass(frozen=True)
class Remedy:
    """A change after which it fits."""

    change: Change
    value: str | int
    """Users, tokens, cards, or the name of a format or a card; of two changes the users."""
    serving: Serving


def remedies(of: Serving) -> list[Remedy]:
    """In the order of what they cost: first what the same cards can do. Nothing where it fits, or cannot."""
    return [] if fits(of) else list(_found(of))


def _found(of: Serving) -> Iterator[Remedy]:
    users = most_users(of)
    if 0 < users < of.users:
        yield Remedy("users", users, replace(of, users=users))
    length = STEP * largest(lambda n: fits(replace(of, length=STEP * n)), of.length // STEP)
    if 0 < length < of.length:
        yield Remedy("length", length, replace(of, length=length))
    yield from _caches(of, users)
    lighter = sorted((sum(stored(of.sizes, name).values()), name) for name in SCHEMES)
    now = sum(stored(of.sizes, of.scheme).values())
    for nbytes, name in reversed(lighter):
        if nbytes < now and fits(made := replace(of, scheme=name)):
            yield Remedy("weights", name, made)
            break
    for cards in range(of.cards + 1, MOST_CARDS + 1):
        if divides(of.sizes, cards) and fits(made := replace(of, cards=cards)):
            yield Remedy("cards", cards, made)
            break
    for card in sorted(CARDS.values(), key=lambda each: each.memory):
        if card.memory > of.card.memory and fits(made := replace(of, card=card)):
            yield Remedy("card", card.name, made)
            break


def _caches(of: Serving, users: int) -> Iterator[Remedy]:
    """A cache of fewer bits, and where that alone does not do, fewer users as well."""
    smaller = [name for name in ("fp8", "int4") if CACHES[name] < of.cache_bytes]
    for name in smaller:
        if fits(made := replace(of, cache_bytes=CACHES[name])):
            yield Remedy("cache", name, made)
            return
    if smaller:
        made = replace(of, cache_bytes=CACHES[smaller[-1]])
        more = most_users(made)
        if more > users:
            yield Remedy("cache and users", more, replace(made, users=more))
