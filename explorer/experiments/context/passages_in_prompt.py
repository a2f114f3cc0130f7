"""Passages moved, joined from kept keys and values, and cut: what each does to the answer's probability."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.article_questions import Asked, asked
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.context.dropped_tokens import WAYS, Way, kept, surprisals
from explorer.stack.context.grounded import Parts
from explorer.stack.context.moved_passage import by_place, continued
from explorer.stack.context.reused_passages import alone, joined
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Shares of the passages' tokens that are kept.
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
#: How passages are put into the prompt, by name: whether keys are turned, and tokens of each that are read again.
JOINS: dict[str, tuple[bool, int]] = {"unturned": (False, 0), "turned": (True, 0), "again": (True, 8)}


@dataclass(frozen=True, eq=False)
class Moved:
    """Answers' log-probabilities, in nats."""

    asked: tuple[Asked, ...]
    places: Float[Tensor, "question place"]
    without: Float[Tensor, " question"]
    """With the other passages alone."""


def moved(model: Model, count: int, among: int, tokens: int, progress: Ticks = unheard) -> Iterator[Moved]:
    """All questions so far."""
    decoder, found, rows, bare = model.plain_decoder, [], [], []
    for each in asked(model, count, among, tokens):
        rows.append(by_place(decoder, each.parts, 0, each.answer).sum(1))
        bare.append(whole(decoder, each.parts, each.answer, kept=-2).sum())
        found.append(each)
        progress(len(found), count)
        yield Moved(tuple(found), torch.stack(rows), torch.stack(bare))


@dataclass(frozen=True, eq=False)
class Reused:
    """The runs with kept keys and values, against the whole run."""

    asked: tuple[Asked, ...]
    kl: Float[Tensor, "question order join"]
    """Mean over the answer's tokens of KL(whole run || joined), in nats. Orders: as computed, and turned round."""
    same: Float[Tensor, "question order join"]
    """The share of the answer's tokens at which the likeliest token is the same."""
    logp: Float[Tensor, "question order join"]
    whole: Float[Tensor, "question order"]
    """Log-probability of the answer in the whole run."""
    first_keys: float
    """The largest difference of keys in block 0 from the whole run's, turned."""
    tokens: int
    nbytes: int


def reused(model: Model, count: int, among: int, tokens: int, progress: Ticks = unheard) -> Iterator[Reused]:
    """All questions so far."""
    decoder, found, rows, apart = model.plain_decoder, [], [], 0.0
    saved = [0, 0]
    for each in asked(model, count, among, tokens):
        held = [alone(decoder, ids) for ids in each.parts.passages]
        orders = []
        for order in (list(range(among)), list(reversed(range(among)))):
            right = _logits(decoder, _room(decoder, each), each, order, decoder_reads=True)
            made = []
            for turn, again in JOINS.values():
                room = len(each.parts.after) + len(each.answer)
                cache = joined(decoder, each.parts.before, [held[at] for at in order], again, turn, room)
                if turn and not again:
                    apart = worst(apart, _first_keys(decoder, cache, each, order))
                made.append(_logits(decoder, cache, each, order, decoder_reads=False))
            orders.append(torch.stack([right, *made]))  # run token d_vocab
        rows.append(torch.stack(orders))
        found.append(each)
        saved = [saved[0] + sum(map(len, each.parts.passages)), saved[1] + sum(one.nbytes for one in held)]
        progress(len(found), count)
        yield _compared(found, rows, apart, saved)


def _compared(found: list[Asked], rows: list[Tensor], apart: float, saved: list[int]) -> Reused:
    kl, same, logp, right = [], [], [], []
    for each, logits in zip(found, rows, strict=True):
        p, q = logits[:, :1].log_softmax(-1), logits[:, 1:].log_softmax(-1)  # order run token d_vocab
        kl.append((p.exp() * (p - q)).sum(-1).mean(-1))
        same.append((p.argmax(-1) == q.argmax(-1)).float().mean(-1))
        wanted = torch.tensor(each.answer)[None, None, :, None]
        logp.append(q.gather(-1, wanted.expand(*q.shape[:3], 1))[..., 0].sum(-1))
        right.append(p.gather(-1, wanted.expand(*p.shape[:3], 1))[..., 0].sum(-1)[:, 0])
    tokens, nbytes = saved
    return Reused(
        tuple(found), torch.stack(kl), torch.stack(same), torch.stack(logp), torch.stack(right), apart, tokens, nbytes
    )


def _room(decoder: Decoder, each: Asked) -> ContiguousCache:
    return ContiguousCache(decoder.config, 1, len(each.parts.ids()) + len(each.answer))


@torch.inference_mode()
def _logits(
    decoder: Decoder, cache: ContiguousCache, each: Asked, order: list[int], decoder_reads: bool
) -> Float[Tensor, "token d_vocab"]:
    """Over the answer's tokens, behind the passages that the cache holds, or that are read."""
    parts = each.parts.in_order(order)
    ids = parts.ids() if decoder_reads else parts.after
    stream = decoder.stream(torch.tensor((*ids, *each.answer[:-1]))[None], cache=cache)
    return decoder.unembedded(stream[:, -len(each.answer) :])[0]


@torch.inference_mode()
def _first_keys(decoder: Decoder, cache: ContiguousCache, each: Asked, order: list[int]) -> float:
    """Block 0's keys of the passages against those of one pass over the whole prompt."""
    ids = each.parts.in_order(order).ids()
    whole_run = ContiguousCache(decoder.config, 1, len(ids))
    decoder.stream(torch.tensor(ids)[None], cache=whole_run)
    end = len(ids) - len(each.parts.after)
    return float((whole_run.k[0][:, :, :end] - cache.k[0][:, :, :end]).abs().max())


@dataclass(frozen=True, eq=False)
class Cut:
    """Answers' log-probabilities with some of the passages' tokens."""

    asked: tuple[Asked, ...]
    logp: Float[Tensor, "question way share"]
    without: Float[Tensor, " question"]
    """With no passage at all."""
    surprisal: tuple[Float[Tensor, " token"], ...]
    """Of the first question's passages."""
    tokens: int
    """Of passages, in all."""


def cut(model: Model, count: int, among: int, tokens: int, progress: Ticks = unheard) -> Iterator[Cut]:
    """All questions so far."""
    decoder, found, rows, bare, first, total = model.plain_decoder, [], [], [], (), 0
    for at, each in enumerate(asked(model, count, among, tokens)):
        lead = each.parts.before or each.parts.after[-1:]
        known = tuple(surprisals(decoder, lead, ids) for ids in each.parts.passages)
        row = [
            [float(whole(decoder, shorter(each.parts, known, share, way, at), each.answer).sum()) for share in SHARES]
            for way in WAYS
        ]  # fmt: skip
        rows.append(torch.tensor(row))
        bare.append(whole(decoder, each.parts, each.answer, kept=0).sum())
        first, total = first or known, total + sum(map(len, each.parts.passages))
        found.append(each)
        progress(len(found), count)
        yield Cut(tuple(found), torch.stack(rows), torch.stack(bare), first, total)


def shorter(parts: Parts, known: tuple[Tensor, ...], share: float, way: Way, seed: int) -> Parts:
    """Each passage with that share of its tokens."""
    passages = (tuple(ids[i] for i in kept(s, share, way, seed)) for ids, s in zip(parts.passages, known, strict=True))
    return Parts(parts.before, tuple(passages), parts.after)


@torch.inference_mode()
def whole(decoder: Decoder, parts: Parts, answer: tuple[int, ...], kept: int = -1) -> Float[Tensor, " token"]:
    """The answer's log-probabilities in one pass over the prompt with those passages (`grounded.Parts.ids`)."""
    ids = parts.ids(kept)
    return continued(decoder, ContiguousCache(decoder.config, 1, len(ids) + len(answer)), ids, answer)


@torch.inference_mode()
def of_transformers(model: Model, ids: tuple[int, ...], answer: tuple[int, ...]) -> Float[Tensor, " token"]:
    """The same from one pass of the loaded model."""
    text = torch.tensor((*ids, *answer[:-1]))
    logits = model.hf(text[None].to(model.device), use_cache=False).logits[0, -len(answer) :].float().cpu()
    return logits.log_softmax(-1).gather(-1, torch.tensor(answer)[:, None])[:, 0]
