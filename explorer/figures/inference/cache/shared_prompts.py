"""What the view of a visitor's prompts draws: the pool after each action, and how much of each prompt was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.inference.cache.shared_prompts import NEW, PoolSetting, SharedFilm
from explorer.figures.inference.cache.paged_cache import PoolFrame, pool_frame
from explorer.figures.payload import Payload
from explorer.stack.transformer.kv_cache import CacheShape


@dataclass(frozen=True)
class ServedPrompt:
    """A prompt, how much of it was found when it came, and its answer."""

    name: str
    ids: tuple[int, ...]
    cut: bool
    """Whether the visitor wrote more."""
    answer: tuple[int, ...] | None
    found: int | None
    """Tokens; None until it is admitted."""
    ever: int | None
    """Had no block been evicted."""
    preempted: int


@dataclass(frozen=True)
class PoolFound:
    """The same prompts on a pool of another size: tokens found, blocks evicted, requests preempted."""

    blocks: int
    found: int
    evicted: int
    preempted: int


@dataclass(frozen=True)
class SharedPrompts(Payload):
    """A visitor's prompts on one pool, frame by frame."""

    text: str
    """As it was written."""
    prompts: tuple[ServedPrompt, ...]
    block_size: int
    n_blocks: int
    least: int
    """Blocks that the largest request needs."""
    at_once: int
    block_bytes: int
    most: int
    """Tokens of the largest request."""
    frames: tuple[PoolFrame, ...]
    evicted: int
    preempted: int
    finds: tuple[PoolFound, ...]
    """At the end."""


def shared(
    made: SharedFilm,
    text: str,
    prompts: Sequence[tuple[Sequence[int], bool]],
    how: PoolSetting,
    least: int,
    config: CacheShape,
) -> SharedPrompts:
    per_token = 2 * config.n_layers * config.n_kv_heads * config.d_head * 4
    most = max((len(ids) for ids, _ in prompts), default=0) + NEW
    first = {each.name: each for each in made.lookups if not each.again}
    done = {str(each.request.name): each for each in made.done}
    served = []
    for i, (ids, cut) in enumerate(prompts):
        name = chr(ord("A") + i)
        lookup, answered = first.get(name), done.get(name)
        served.append(
            ServedPrompt(
                name,
                tuple(ids),
                cut,
                tuple(answered.new_ids) if answered else None,
                lookup.found if lookup else None,
                lookup.ever if lookup else None,
                answered.preempted if answered else 0,
            )
        )
    return SharedPrompts(
        text,
        tuple(served),
        how.block_size,
        how.n_blocks,
        least,
        how.at_once,
        per_token * how.block_size,
        most,
        tuple(pool_frame(frame, how.block_size, per_token, most) for frame in made.frames),
        made.evicted,
        made.preempted,
        tuple(PoolFound(each.n_blocks, each.found, each.evicted, each.preempted) for each in made.finds),
    )
