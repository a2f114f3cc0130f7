"""What the view of a visitor's prompts draws: the pool after each action, and how much of each prompt was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.inference.cache.shared_prompts import NEW, PoolSetting, SharedFilm
from explorer.figures.inference.cache.paged_cache import PoolFrame, pool_frame
from explorer.figures.payload import Payload
from explorer.stack.transformer.kv_cache import CacheShape


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class PoolFound:
    """The same prompts on a pool of another size: tokens found, blocks evicted, requests preempted."""

    blocks: int
    found: int
    evicted: int
    preempted: int


@dataclass(frozen=True, kw_only=True)
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
                name=name,
                ids=tuple(ids),
                cut=cut,
                answer=tuple(answered.new_ids) if answered else None,
                found=lookup.found if lookup else None,
                ever=lookup.ever if lookup else None,
                preempted=answered.preempted if answered else 0,
            )
        )
    return SharedPrompts(
        text=text,
        prompts=tuple(served),
        block_size=how.block_size,
        n_blocks=how.n_blocks,
        least=least,
        at_once=how.at_once,
        block_bytes=per_token * how.block_size,
        most=most,
        frames=tuple(pool_frame(frame, how.block_size, per_token, most) for frame in made.frames),
        evicted=made.evicted,
        preempted=made.preempted,
        finds=tuple(
            PoolFound(blocks=each.n_blocks, found=each.found, evicted=each.evicted, preempted=each.preempted)
            for each in made.finds
        ),
    )
