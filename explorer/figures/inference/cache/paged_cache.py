"""What the paged-cache panel draws: tables and pool after each action, bytes, and the story in other block sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.experiments.inference.cache.paged_cache import NEW, Film, Frame
from explorer.figures.payload import Payload

if TYPE_CHECKING:
    from explorer.stack.transformer.kv_cache import CacheShape


@dataclass(frozen=True, kw_only=True)
class BlockEvent:
    """One thing that happened to a block."""

    kind: str
    sequence: str
    block: int
    source: int | None
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class PoolFrame:
    """Tables and pool after one action."""

    kind: str
    names: tuple[str, ...]
    feed: Mapping[str, tuple[int, ...]]
    events: tuple[BlockEvent, ...]
    tables: Mapping[str, list[int]]
    lengths: Mapping[str, int]
    references: list[int]
    slots: list[list[int]]
    findable: list[int]
    bytes: int
    held: int
    used: int
    empty: int
    unshared: int
    """Bytes of the same requests with blocks of their own."""
    reserved: int
    """Bytes of room for the longest of them each."""


@dataclass(frozen=True, kw_only=True)
class BlockSizeTotals:
    """One block size in numbers: when most blocks were in use; found and copied over all frames."""

    block_size: int
    blocks: int
    slots: int
    empty: int
    entries: int
    found: int
    copies: int


@dataclass(frozen=True, kw_only=True)
class PagedStory(Payload):
    """The story, frame by frame."""

    block_size: int
    n_blocks: int
    n_prompt: int
    cut: bool
    """Whether the requests begin with a part of the prompt."""
    per_token: int
    block_bytes: int
    most: int
    """Tokens that a request may hold, so what must be reserved for it."""
    frames: tuple[PoolFrame, ...]
    sizes: tuple[BlockSizeTotals, ...]
    """Once the story is told."""


def story(
    made: Film,
    config: CacheShape,
    n_prompt: int,
    cut: bool,
    allowed: int,
    others: Sequence[Film] = (),
) -> PagedStory:
    """`allowed`: new tokens that the run's request may have; `others`: the story in all block sizes."""
    per_token = 2 * config.n_layers * config.n_kv_heads * config.d_head * 4
    most = n_prompt + max(NEW, allowed)
    return PagedStory(
        block_size=made.block_size,
        n_blocks=made.n_blocks,
        n_prompt=n_prompt,
        cut=cut,
        per_token=per_token,
        block_bytes=per_token * made.block_size,
        most=most,
        frames=tuple(pool_frame(frame, made.block_size, per_token, most) for frame in made.frames),
        sizes=tuple(map(totals, others)),
    )


def pool_frame(frame: Frame, size: int, per_token: int, most: int) -> PoolFrame:
    """`most`: tokens that must be reserved for a request, where nothing is shared."""
    alone = [math.ceil(n / size) for n in frame.lengths.values()]
    events = (
        BlockEvent(kind=e.kind, sequence=str(e.sequence), block=e.block, source=e.source, start=e.start, end=e.end)
        for e in frame.events
    )
    return PoolFrame(
        kind=frame.action.kind,
        names=frame.action.names,
        feed=frame.action.feed,
        events=tuple(events),
        tables=frame.tables,
        lengths=frame.lengths,
        references=frame.references,
        slots=frame.slots,
        findable=frame.findable,
        bytes=frame.nbytes,
        held=frame.held,
        used=frame.used,
        empty=frame.empty_slots(size),
        unshared=sum(alone) * (size * per_token + 8),
        reserved=len(frame.lengths) * most * per_token,
    )


def totals(film: Film) -> BlockSizeTotals:
    """One block size in numbers."""
    busiest = max(film.frames, key=lambda frame: frame.used)
    return BlockSizeTotals(
        block_size=film.block_size,
        blocks=busiest.used,
        slots=busiest.used * film.block_size,
        empty=busiest.empty_slots(film.block_size),
        entries=sum(map(len, busiest.tables.values())),
        found=sum(frame.held for frame in film.frames if frame.action.kind == "add"),
        copies=sum(event.kind == "copy" for frame in film.frames for event in frame.events),
    )
