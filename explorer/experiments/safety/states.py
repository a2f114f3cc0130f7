"""The residual stream of many short texts, at several depths: what a probe or a guard on a model's own states reads.

A request stands in the model's chat template, as it does when the model answers it, so that reading it costs nothing
beside the answer. What the template puts before every request is read once and its keys and values are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.context.grounded_prompt import plain
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.tokenization.chat_template import Chunk, Rendering, turn
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo.chat import Span, Written

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Depths that are kept at most, and texts that are read at a time.
DEPTHS, ROWS = 12, 16
_HERE = "xkREQUESTxk"


class Framed(NamedTuple):
    """A text as the model reads it."""

    ids: tuple[int, ...]
    start: int
    """The first token that is judged: what stands before it is the same for every text, or is no part of it."""


@dataclass(frozen=True, eq=False)
class States:
    """Of each text, after some blocks."""

    depths: tuple[int, ...]
    """After how many blocks."""
    mean: Float[Tensor, "text depth d_model"]
    """Over the judged tokens."""
    last: Float[Tensor, "text depth d_model"]
    """Of the last token."""

    def at(self, depth: int, pool: str) -> Float[Tensor, "text d_model"]:
        return (self.mean if pool == "mean" else self.last)[:, self.depths.index(depth)]


def depths_of(n_layers: int) -> tuple[int, ...]:
    """Evenly spaced, the last block among them.

    >>> depths_of(4), depths_of(30)
    ((1, 2, 3, 4), (2, 5, 8, 10, 12, 15, 18, 20, 22, 25, 28, 30))
    """
    count = min(n_layers, DEPTHS)
    return tuple(round((at + 1) * n_layers / count) for at in range(count))


@dataclass(frozen=True)
class Frame:
    """What a chat template writes around a request: rendered once, since that takes a process of its own."""

    before: str
    after: str
    told: tuple[Span, ...]
    """What was said before the request."""

    def ids(self, model: Model, request: str) -> tuple[int, ...]:
        """A request in it, as text whatever it says."""
        if not model.vocabulary.has_chat:
            return tuple(model.vocabulary.encode(f"{self.before}{request}{self.after}"))
        at = len(self.before)
        spans = (*self.told, Span(at, at + len(request), len(self.told)))
        text = f"{self.before}{request}{self.after}"
        return tuple(model.vocabulary.ids_of(Written(Rendering((), (Chunk(text, 0, None),)), spans)))


_frames: WeakKeyDictionary[Model, dict[str, Frame]] = WeakKeyDictionary()


def frame_of(model: Model, system: str) -> Frame:
    """With `system` in the template's system turn, or before the request where it has none."""
    kept = _frames.setdefault(model, {})
    if system not in kept:
        kept[system] = _framed(model, system)
    return kept[system]


def _framed(model: Model, system: str) -> Frame:
    vocabulary, lead = model.vocabulary, f"{system}\n\n" if system else ""
    if not vocabulary.has_chat:
        return Frame(lead, "\nAnswer:", ())
    try:
        turns = [turn("system", system)] if system else []
        made = vocabulary.written([*turns, turn("user", _HERE)])
    except NotApplicableError:
        made = vocabulary.written([turn("user", f"{lead}{_HERE}")])
    at = made.text.rindex(_HERE)
    spans = tuple(Span(each.start, min(each.end, at), each.turn) for each in made.spans or ())
    return Frame(made.text[:at], made.text[at + len(_HERE) :], tuple(each for each in spans if each.start < each.end))


def asked(model: Model, request: str, system: str = "") -> Framed:
    """A request in the model's chat template, or plainly where it has none."""
    frame = frame_of(model, system)
    ids, empty = (frame.ids(model, text) for text in (model.vocabulary.writable(request).strip(), ""))
    start = next((at for at, (one, other) in enumerate(zip(ids, empty, strict=False)) if one != other), len(empty))
    return Framed(ids, min(start, len(ids) - 1))


def answered(model: Model, request: str, answer: str) -> Framed:
    """An answer behind its request: the answer's tokens are judged."""
    ids = asked(model, request).ids
    own = plain(model.vocabulary, answer if model.vocabulary.has_chat else f" {answer}")
    return Framed((*ids, *own), len(ids))


def states(model: Model, texts: Sequence[Framed], depths: Sequence[int], tell: Ticks = unheard) -> States:
    """By the explorer's own decoder, as far up as is asked for."""
    d_model, shape = model.dims.d_model, (len(texts), len(depths))
    mean, last = torch.zeros(*shape, d_model), torch.zeros(*shape, d_model)  # text depth d_model
    order = sorted(range(len(texts)), key=lambda at: len(texts[at].ids))
    done = 0
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        mean[rows], last[rows] = _read(model, [texts[at] for at in rows], depths)
        done += len(rows)
        tell(done, len(texts))
    return States(tuple(depths), mean, last)


@torch.inference_mode()
def _read(model: Model, texts: Sequence[Framed], depths: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Means and last states of one batch: [text depth d_model] each."""
    decoder = model.plain_decoder.shallow(max(depths))
    batch = begun(decoder, texts)
    found = [(batch.mean(x), batch.last(x)) for x in _depths(decoder, batch, depths)]
    mean, last = (torch.stack(part, 1) for part in zip(*found, strict=True))
    return mean, last


@dataclass(frozen=True, eq=False)
class Batch:
    """Texts whose shared beginning has been read: what is left of each, padded behind."""

    ids: Int[Tensor, "text pos"]
    positions: Int[Tensor, "text pos"]
    judged: Bool[Tensor, "text pos"]
    ends: Int[Tensor, " text"]
    """Where the last token of each stands."""
    cache: ContiguousCache

    def mean(self, x: Float[Tensor, "text pos d_model"]) -> Float[Tensor, "text d_model"]:
        """Over the judged tokens."""
        weight = self.judged / self.judged.sum(1, keepdim=True)  # text pos
        return torch.einsum("bpd,bp->bd", x, weight)

    def last(self, x: Float[Tensor, "text pos d_model"]) -> Float[Tensor, "text d_model"]:
        return x[torch.arange(len(x)), self.ends]


def begun(decoder: Decoder, texts: Sequence[Framed], room: int = 0) -> Batch:
    """The texts, with what all of them begin with in the cache. `room`: tokens that will be written behind them."""
    shared = _shared(texts)
    longest = max(len(each.ids) for each in texts) - shared
    cache = ContiguousCache(decoder.config, 1, shared + longest + room)
    if shared:
        decoder.stream(torch.tensor(texts[0].ids[:shared])[None], cache=cache)
    cache.reorder(torch.zeros(len(texts), dtype=torch.long))
    ids = torch.zeros(len(texts), longest, dtype=torch.long)  # text pos
    positions, judged = torch.full_like(ids, -1), torch.zeros(ids.shape, dtype=torch.bool)
    for row, each in enumerate(texts):
        n = len(each.ids) - shared
        ids[row, :n] = torch.tensor(each.ids[shared:])
        positions[row, :n] = torch.arange(shared, shared + n)
        judged[row, each.start - shared : n] = True
    return Batch(ids, positions, judged, torch.tensor([len(each.ids) - shared - 1 for each in texts]), cache)


def _depths(decoder: Decoder, batch: Batch, depths: Sequence[int]) -> Iterator[Float[Tensor, "text pos d_model"]]:
    x, at = decoder.entered(batch.ids, batch.positions, batch.cache)
    for depth, block in enumerate(decoder.blocks, 1):
        x = block(x, at)
        if depth in depths:
            yield x


def _shared(texts: Sequence[Framed]) -> int:
    """Tokens that all begin with; at least one of each is left to read."""
    most = min(min(each.start, len(each.ids) - 1) for each in texts)
    first = texts[0].ids
    return next((at for at in range(most) if any(each.ids[at] != first[at] for each in texts)), most)


@torch.inference_mode()
def of_transformers(model: Model, text: Framed, depth: int) -> Float[Tensor, " d_model"]:
    """The last token's state after so many blocks, from the loaded model's own pass over the whole text."""
    made = model.hf(torch.tensor([text.ids], device=model.device), output_hidden_states=True, use_cache=False)
    return made.hidden_states[depth][0, -1].float().cpu()
