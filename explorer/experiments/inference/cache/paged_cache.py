"""A paged cache at work: requests that arrive, fork, write, end and come again, and what that does to the blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.cache.block_table import BlockTables, Event, Row
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: tokens that each request writes after its prompt, and after how many of them B ends and D arrives
NEW, EARLY = 6, 3


@dataclass(frozen=True)
class Action:
    """One thing that a scheduler asks of the cache."""

    kind: str
    """add, fork, step, release"""
    names: tuple[str, ...]
    """add, release: the sequence; fork: parent and children; step: unused."""
    feed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """add: the request's whole prompt; step: the new tokens of each sequence."""


@dataclass(frozen=True)
class Frame:
    """The pool after one action."""

    action: Action
    events: tuple[Event, ...]
    tables: dict[str, list[int]]
    lengths: dict[str, int]
    references: list[int]
    slots: list[list[int]]
    """The token in each written slot of each block, as it lies there, used or not."""
    findable: list[int]
    """Blocks that a prefix can find."""
    nbytes: int
    held: int
    """add: tokens that were found and need not be computed."""

    @property
    def used(self) -> int:
        return sum(n > 0 for n in self.references)

    def empty_slots(self, block_size: int) -> int:
        """Slots of used blocks that hold nothing: the last block of a sequence is seldom full."""
        return sum(block_size - self.filled(block, block_size) for block, n in enumerate(self.references) if n)

    def filled(self, block: int, block_size: int) -> int:
        """How much of a block somebody reads: the most among its users."""
        readers = [
            min(block_size, self.lengths[name] - table.index(block) * block_size)
            for name, table in self.tables.items()
            if block in table
        ]
        return max(readers, default=0)


@dataclass
class Film:
    """All frames, and what was checked on the way."""

    n_blocks: int
    block_size: int
    frames: list[Frame] = field(default_factory=list)
    gap: float = 0.0
    """Largest difference of a gathered key or value from a contiguous cache's."""
    lost: int = 0
    """Blocks whose references differ from the entries of the tables, over all frames."""
    texts: dict[str, list[int]] = field(default_factory=dict)
    whole: bool = False
    """Whether the story has ended."""


class Camera:
    """Takes a frame after each action."""

    def __init__(self, tables: BlockTables, film: Film) -> None:
        self.tables = tables
        self.film = film
        self.seen = 0
        self.slots: list[list[int]] = [[] for _ in range(film.n_blocks)]

    def shoot(self, action: Action, nbytes: int = 0, held: int = 0) -> None:
        record, tables, size = self.tables.record, self.tables.tables, self.film.block_size
        assert record is not None
        events, self.seen = tuple(record[self.seen :]), len(record)
        for event in events:
            if event.kind == "allocate":
                self.slots[event.block] = []
            elif event.kind == "copy" and event.source is not None:
                self.slots[event.block] = list(self.slots[event.source])
            elif event.kind == "write":
                first = event.start // size * size
                kept = self.slots[event.block][: event.start - first]
                self.slots[event.block] = kept + (tables[event.sequence].ids or [])[event.start : event.end]
        pool = self.tables.pool
        counts = [0] * pool.n_blocks
        for table in tables.values():
            for block in table.blocks:
                counts[block] += 1
        self.film.lost += sum(a != b for a, b in zip(counts, pool.references, strict=True))
        self.film.lost += abs(counts.count(0) - pool.n_free)
        self.film.frames.append(
            Frame(
                action,
                events,
                {str(name): list(table.blocks) for name, table in tables.items()},
                {str(name): table.length for name, table in tables.items()},
                list(pool.references),
                [list(s) for s in self.slots],
                [block for block in range(pool.n_blocks) if pool.findable(block)],
                nbytes,
                held,
            )
        )


def pool_size(n_prompt: int, block_size: int) -> int:
    """Blocks enough for the story: the prompt's, and each request's own tail with a block to spare."""
    return math.ceil(n_prompt / block_size) + 3 * (math.ceil(NEW / block_size) + 1)


class Director:
    """Plays the story on a real cache and keeps what the model says of each sequence."""

    def __init__(self, decoder: Decoder, cache: PagedCache, film: Film, seed: int) -> None:
        self.decoder, self.cache, self.film = decoder, cache, film
        self.camera = Camera(cache, film)
        self.random = torch.Generator().manual_seed(seed)
        self.logits: dict[str, Float[Tensor, " d_vocab"]] = {}

    def shoot(self, action: Action, held: int = 0) -> None:
        self.camera.shoot(action, self.cache.nbytes, held)

    def add(self, name: str, prompt: Sequence[int]) -> list[int]:
        """Returns the tokens that must still be computed."""
        held = self.cache.add(name, prompt)
        self.film.texts[name] = list(prompt)
        self.shoot(Action("add", (name,), {name: tuple(prompt)}), held)
        return list(prompt[held:])

    def fork(self, parent: str, *children: str) -> None:
        for child in children:
            self.cache.fork(parent, child)
            self.logits[child] = self.logits[parent]
            self.film.texts[child] = list(self.film.texts[parent])
        self.shoot(Action("fork", (parent, *children)))

    def step(self, feed: Mapping[Row, Sequence[int]]) -> None:
        ids, positions = self.cache.prepare(feed)
        logits = self.decoder(ids, positions, self.cache, last_only=True)[:, -1]
        for i, (name, new) in enumerate((str(name), new) for name, new in feed.items()):
            self.logits[name] = logits[i]
            if self.cache.tables[name].length > len(self.film.texts[name]):
                self.film.texts[name] += new
        self.shoot(Action("step", (), {str(name): tuple(new) for name, new in feed.items()}))

    def draw(self, name: str) -> int:
        """The next token of a sequence, drawn from the model's own distribution."""
        return int(torch.multinomial(self.logits[name].softmax(-1), 1, generator=self.random))

    def release(self, *names: str) -> None:
        for name in names:
            self.film.gap = worst(self.film.gap, self.difference(name))
            self.cache.release(name)
        self.shoot(Action("release", names))

    def difference(self, name: str) -> float:
        """The sequence's keys and values against those of a contiguous cache that read the whole text at once."""
        text = torch.tensor([self.film.texts[name]])
        whole = ContiguousCache(self.decoder.config, 1, text.shape[1])
        self.decoder(text, None, whole, last_only=True)
        gap = 0.0
        for layer in range(self.decoder.config.n_layers):
            k, v = self.cache.gather(layer, name)
            gap = worst(gap, float((k - whole.k[layer][0]).abs().max()), float((v - whole.v[layer][0]).abs().max()))
        return gap


@torch.inference_mode()
def film(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    n_prompt: int,
    block_size: int,
    seed: int = 0,
    progress: Ticks = unheard,
) -> Iterator[Film]:
    """The story: A is this run; B and C are forked from its prompt; D asks the same prompt while it is in use, E after.

    B and C go on with tokens drawn from the model, A with the run's own. Yields after each of its steps.
    """
    prompt, own = ids[:n_prompt].tolist(), ids[n_prompt : n_prompt + NEW].tolist()
    made = Film(pool_size(n_prompt, block_size), block_size)
    cache = PagedCache(decoder.config, made.n_blocks, block_size, record=[])
    director = Director(decoder, cache, made, seed)
    director.step({"A": director.add("A", prompt)})
    director.fork("A", "B", "C")
    late: list[int] = []
    for i in range(NEW + 1):
        feed: dict[Row, list[int]] = {}
        if i < NEW:
            feed = {"A": [own[i] if i < len(own) else director.draw("A")], "C": [director.draw("C")]}
        if i < EARLY:
            feed["B"] = [director.draw("B")]
        if i == EARLY:  # B's place is free; the same prompt comes in beside the running ones
            director.release("B")
            late = director.add("D", prompt)
        if i >= EARLY:
            feed["D"] = late if i == EARLY else [director.draw("D")]
        if i == NEW:
            director.release("A", "C")
        director.step(feed)
        progress(i + 1, NEW + 2)
        yield made
    director.release("D")
    director.step({"E": director.add("E", prompt)})
    director.release("E")
    made.whole = True
    progress(NEW + 2, NEW + 2)
    yield made


def replay(frames: Sequence[Frame], n_prompt: int, block_size: int) -> Film:
    """The same actions with blocks of another size: the books only, no model."""
    made = Film(pool_size(n_prompt, block_size), block_size)
    tables = BlockTables(made.n_blocks, block_size, record=[])
    camera, rest = Camera(tables, made), dict[str, tuple[int, ...]]()
    for action in (frame.action for frame in frames):
        held = 0
        if action.kind == "add":
            (name,) = action.names
            held = tables.add(name, action.feed[name])
            rest[name] = action.feed[name][held:]
        elif action.kind == "fork":
            for child in action.names[1:]:
                tables.fork(action.names[0], child)
        elif action.kind == "step":
            tables.reserve({name: rest.pop(name, new) for name, new in action.feed.items()})
            tables.register(list(action.feed))
        else:
            for name in action.names:
                tables.release(name)
        camera.shoot(action, held=held)
    return made
