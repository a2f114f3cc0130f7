"""A visitor's prompts on one small pool: prefixes found by the hash of their blocks, evicted, and computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.experiments.inference.cache.paged_cache import Action, Camera, Film
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.cache.block_books import BlockBooks, SequenceCache
from explorer.stack.inference.cache.block_table import Event as BlockEvent
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.cache.prefix_trie import PrefixTrie
from explorer.stack.inference.serving.scheduler import EventKind, Finished, Request, Scheduler
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from collections.abc import Hashable

    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder

#: New tokens of each request.
NEW = 4


@dataclass(frozen=True)
class PoolSetting:
    block_size: int
    n_blocks: int
    at_once: int
    """Requests that may run together."""


@dataclass(frozen=True)
class Lookup:
    """A prompt that was looked up when its request was admitted."""

    name: str
    tokens: int
    found: int
    by_trie: int
    """What a trie over token ids says of the texts that the pool holds then, in whole blocks."""
    ever: int
    """The same had nothing been evicted."""
    again: bool
    """Whether it had been preempted."""


@dataclass
class SharedFilm(Film):
    """The film of one pool, and what was looked up in it."""

    lookups: list[Lookup] = field(default_factory=list)
    evicted: int = 0
    preempted: int = 0
    done: list[Finished] = field(default_factory=list)
    logits_gap: float = 0.0
    """Largest difference of a logit from those of a plain cache that reads the prompt alone."""
    finds: list[PoolFinds] = field(default_factory=list)


@dataclass(frozen=True)
class PoolFinds:
    """The same requests with a pool of another size."""

    n_blocks: int
    found: int
    evicted: int
    preempted: int


class Oracle:
    """Two tries over token ids: of what the pool holds now, and of all it ever held. It reads what was written and what
    was evicted, and knows of no hash."""

    def __init__(self, block_size: int) -> None:
        self.size = block_size
        self.now, self.ever = PrefixTrie(), PrefixTrie()
        self.content: dict[int, list[int]] = {}
        """The whole text up to the end of each block that a prefix can find."""

    def follow(self, events: Sequence[BlockEvent], texts: Mapping[Hashable, Sequence[int]]) -> None:
        """Events since the last call, and the texts of those who wrote. What a pass writes is found only after it."""
        for event in events:
            if event.kind == "evict" and (text := self.content.pop(event.block, None)):
                self.now.drop(text, len(text) - self.size)
        for event in events:
            if event.kind == "write" and event.end % self.size == 0:
                text = list(texts[event.sequence][: event.end])
                if text not in self.content.values():  # of two blocks with the same text the first is found
                    self.content[event.block] = text
                    self.now.hold(text, len(text) - self.size)
                self.ever.hold(text)

    def count(self, trie: PrefixTrie, prompt: Sequence[int]) -> int:
        """Tokens of whole blocks; the last token is always computed."""
        return trie.known(prompt[:-1]) // self.size * self.size


class FilmedScheduler(Scheduler):
    """Takes a frame whenever blocks have changed hands."""

    def __init__(self, decoder: Callable[..., Tensor], cache: SequenceCache, film: SharedFilm, at_once: int) -> None:
        super().__init__(decoder, cache, max_running=at_once, spare_blocks=0)
        assert isinstance(cache, BlockBooks | PagedCache)
        self.film, self.camera = film, Camera(cache, film)
        self.oracle, self.heard = Oracle(film.block_size), 0
        self.kept: dict[Hashable, list[Tensor]] = {}

    def _note(self, kind: EventKind, name: Hashable, tokens: int = 0, token: int | None = None) -> None:
        super()._note(kind, name, tokens, token)
        if kind == "admitted":
            ids = self.running[-1].ids
            counts = [self.oracle.count(trie, ids) for trie in (self.oracle.now, self.oracle.ever)]
            self.film.lookups.append(Lookup(str(name), len(ids), tokens, *counts, again=self.running[-1].preempted > 0))
            self._shoot(Action("add", (str(name),), {str(name): tuple(ids)}), tokens)
        elif kind in ("preempted", "finished"):
            self._shoot(Action("preempt" if kind == "preempted" else "release", (str(name),)))
        self.film.preempted += kind == "preempted"

    def _forward(self, feed: dict[Hashable, list[int]]) -> dict[Hashable, Tensor]:
        logits = super()._forward(feed)
        for name, row in logits.items():
            self.kept.setdefault(name, []).append(row)
            self.film.texts[str(name)] = list(self.cache.tables[name].ids or [])
        if feed:
            self._shoot(Action("step", (), {str(name): tuple(ids) for name, ids in feed.items()}))
        return logits

    def _shoot(self, action: Action, held: int = 0) -> None:
        record = self.camera.tables.record or []
        new, self.heard = record[self.heard :], len(record)
        self.film.evicted += sum(event.kind == "evict" for event in new)
        self.oracle.follow(new, {name: table.ids or [] for name, table in self.cache.tables.items()})
        self.camera.shoot(action, held=held)


def least_blocks(prompts: Sequence[Sequence[int]], block_size: int) -> int:
    """Blocks that the largest request needs: with fewer it could never run."""
    return max(-(-(len(ids) + NEW - 1) // block_size) for ids in prompts)


def requests(prompts: Sequence[Sequence[int]]) -> list[Request]:
    return [Request(chr(ord("A") + i), list(ids), NEW) for i, ids in enumerate(prompts)]


@torch.inference_mode()
def film(
    decoder: Decoder, prompts: Sequence[Sequence[int]], how: PoolSetting, progress: Ticks = unheard
) -> Iterator[SharedFilm]:
    """Serve the prompts in their order; yields after every pass, and at the end with what was proved."""
    made = SharedFilm(how.n_blocks, how.block_size)
    cache = PagedCache(decoder.config, how.n_blocks, how.block_size, record=[])
    scheduler = FilmedScheduler(decoder, cache, made, how.at_once)
    for request in requests(prompts):
        scheduler.submit(request)
    total = len(prompts) * (NEW + 1)
    while scheduler.can_step:
        made.done += scheduler.step()
        progress(min(total, sum(e.kind == "token" for e in scheduler.events)), total)
        yield made
    for at, done in enumerate(made.done):
        made.logits_gap = worst(made.logits_gap, plain_gap(decoder, done, scheduler.kept[done.request.name]))
        progress(NEW * len(prompts) + at + 1, total)
    answers = {done.request.name: done.new_ids for done in made.done}
    made.finds = finds(prompts, answers, how)
    made.whole = True
    yield made


def plain_gap(decoder: Decoder, done: Finished, kept: Sequence[Tensor]) -> float:
    """Logits that each new token was chosen from, against a contiguous cache that reads this prompt alone."""
    prompt, cache = list(done.request.prompt), ContiguousCache(decoder.config, 1, len(done.request.prompt) + NEW)
    feeds = [prompt, *([token] for token in done.new_ids[:-1])]
    plain = [decoder(torch.tensor([feed]), None, cache, last_only=True)[0, -1] for feed in feeds]
    return worst(float((ours - theirs).abs().max()) for ours, theirs in zip(kept, plain, strict=True))


class Scripted:
    """Stands for a decoder that has answered already: the books of another pool need no model."""

    config: DecoderConfig | None = None

    def __init__(self, cache: BlockBooks, coming: Sequence[Request], answers: Mapping[Hashable, list[int]]) -> None:
        self.cache, self.answers = cache, answers
        self.prompts = {request.name: len(request.prompt) for request in coming}
        self.vocabulary = 1 + max(token for said in answers.values() for token in said)

    def __call__(self, ids: Tensor, *_: object, **__: object) -> Tensor:
        logits = torch.zeros(len(ids), 1, self.vocabulary)
        for row, name in enumerate(self.cache.rows):
            logits[row, 0, self.answers[name][self.cache.tables[name].length - self.prompts[name]]] = 1
        return logits


def finds(prompts: Sequence[Sequence[int]], answers: Mapping[Hashable, list[int]], how: PoolSetting) -> list[PoolFinds]:
    """The same requests and answers with pools from the smallest possible to one in which all fit."""
    coming, size = requests(prompts), how.block_size
    least = least_blocks(prompts, size)
    most = sum(-(-request.most_held // size) for request in coming)
    sizes = {least + round((most - least) * i / 11) for i in range(12)} | {max(least, min(most, how.n_blocks))}
    made = []
    for n_blocks in sorted(sizes):
        books, film = BlockBooks(n_blocks, size, record=[]), SharedFilm(n_blocks, size)
        scripted = Scripted(books, coming, answers)
        scheduler = FilmedScheduler(scripted, books, film, how.at_once)
        for request in coming:
            scheduler.submit(request)
        scheduler.run()
        found = sum(each.found for each in film.lookups if not each.again)
        made.append(PoolFinds(n_blocks, found, film.evicted, film.preempted))
    return made
