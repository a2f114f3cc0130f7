"""One text under each pre-training objective, and what the model on screen loses on it in the orders it can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.fetching.progress import Progress
from explorer.stack.evaluation.scoring import surprises
from explorer.stack.pretraining.objectives import causal, infilling, masked, multi_token, prefix, spans
from explorer.stack.pretraining.objectives.example import IGNORED, Example
from explorer.stack.pretraining.objectives.marks import MarkIds
from explorer.stack.pretraining.span_corruption import lengths_of, noise_mask

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Tokens of a text that are taken.
LONGEST = 48
FEW = "One token cannot be cut into a part that stays and a part that goes."


@dataclass(frozen=True)
class Settings:
    """What is drawn, and how much of it."""

    seed: int = 58
    rate: float = masked.RATE
    """Of tokens that are chosen, by MLM and by span corruption."""
    mean_span: int = 3
    order: infilling.Order = "psm"
    heads: int = 4

    def generator(self) -> torch.Generator:
        """Each objective draws anew, so that no setting of one moves another."""
        return torch.Generator().manual_seed(self.seed)

    def cut(self, tokens: int) -> infilling.Cut:
        return infilling.drawn_cut(tokens, self.generator())

    def prefix(self, tokens: int) -> int:
        return prefix.drawn_prefix(tokens, self.generator())


@dataclass(frozen=True, eq=False)
class Text:
    """The tokens that all objectives are given."""

    lead: tuple[int, ...]
    """Special tokens that the tokenizer puts first: no objective moves them."""
    ids: Int[Tensor, " token"]
    left_out: int
    """Tokens behind the longest text."""


@dataclass(frozen=True, eq=False)
class Made:
    """A text under each objective that can be made of it."""

    text: Text
    new: MarkIds
    examples: dict[str, Example]
    missing: dict[str, str]
    """Why an objective is not there."""


def taken(model: Model, typed: str, run: Int[Tensor, " pos"]) -> Text:
    """The typed text in tokens, or where none is typed the run's; its beginning, where it is long."""
    ids = model.vocabulary.encode(typed) if typed.strip() else run.tolist()
    n = next((at for at, each in enumerate(ids) if not model.vocabulary.is_special(each)), 0)
    rest = ids[n:]
    return Text(tuple(ids[:n]), torch.tensor(rest[:LONGEST], dtype=torch.long), max(len(rest) - LONGEST, 0))


def examples(text: Text, d_vocab: int, settings: Settings) -> Made:
    ids, n = text.ids, len(text.ids)
    cuts = n > 1
    count = lengths_of(n, settings.rate, settings.mean_span).spans if cuts else 0
    new = MarkIds(d_vocab, count)
    made = {
        "clm": causal.causal(ids),
        "mlm": masked.masked(ids, new.id("[MASK]"), d_vocab, settings.rate, settings.generator()),
        "prefix": prefix.prefix_lm(ids, settings.prefix(n)),
        "fim": infilling.infill(ids, settings.cut(n), new.fim, settings.order),
        "mtp": multi_token.multi_token(ids, settings.heads),
    }
    if cuts:
        noise = noise_mask(n, settings.rate, settings.mean_span, settings.generator())
        made["spans"] = spans.spans(ids, noise, new.extra, new.id("<start>"), new.id("<end>"))
    return Made(text, new, made, {} if cuts else {"spans": FEW})


@dataclass(frozen=True, eq=False)
class Lost:
    """What a causal model loses, token by token of the text; NaN where nothing stands before a token."""

    text: Text
    causal: Float[Tensor, " token"]
    middle_last: Float[Tensor, " token"]
    """By the token's place in the text, whatever the order in which it was read."""
    order: Int[Tensor, " token"]
    """Places in the order read: prefix, suffix, middle."""
    cut: infilling.Cut
    prefix: int
    shifted_twice: float
    """The mean loss by labels that are shifted twice; NaN for fewer than three tokens."""


def lost(decoder: Decoder, text: Text, settings: Settings) -> Lost:
    """Raises NotApplicableError where no token has another before it."""
    n = len(text.ids)
    if n + len(text.lead) < 2:
        raise NotApplicableError("A text of one token gives no loss: nothing stands before it.", "Write a longer text.")
    cut = settings.cut(n)
    order = infilling.middle_last(n, cut)
    last = torch.empty(n)
    last[order] = _nats(decoder, text, text.ids[order])
    row = torch.tensor([*text.lead, *text.ids.tolist()])
    targets = causal.shifted_twice(row)
    kept = targets[targets != IGNORED].tolist()
    twice = float(surprises(decoder, row[: len(kept)].tolist(), kept).mean()) if kept else float("nan")
    return Lost(text, _nats(decoder, text, text.ids), last, order, cut, settings.prefix(n), twice)


def _nats(decoder: Decoder, text: Text, ids: Int[Tensor, " token"]) -> Float[Tensor, " token"]:
    """-ln p of each token, read in this order behind the lead."""
    row = [*text.lead, *ids.tolist()]
    wanted = ids.tolist() if text.lead else ids[1:].tolist()
    found = surprises(decoder, row[:-1], wanted)
    return torch.cat([torch.full((len(ids) - len(wanted),), torch.nan), found])


@dataclass(frozen=True)
class Peer:
    """A mean loss, ours and transformers' own."""

    name: str
    ours: float
    theirs: float


def of_transformers(model: Model, made: Lost, progress: Progress) -> Iterator[Peer]:
    """The same means by transformers' loss, which shifts its labels itself."""
    ids, n = made.text.ids, len(made.text.lead)
    row, moved = (torch.tensor([*made.text.lead, *each.tolist()]) for each in (ids, ids[made.order]))
    labels = {
        "causal": (row, _without(row, n), float(made.causal.nanmean())),
        "prefix": (row, _without(row, n + made.prefix), float(made.causal[made.prefix :].nanmean())),
        "middle last": (moved, _without(moved, n), float(made.middle_last.nanmean())),
        "shifted twice": (row, causal.causal(row).targets[0], made.shifted_twice),
    }
    for at, (name, (read, wanted, ours)) in enumerate(labels.items()):
        progress("Losses of transformers", at, len(labels))
        if bool((wanted[1:] != IGNORED).any()):
            with torch.inference_mode():
                said = model.hf(read[None], labels=wanted[None], use_cache=False).loss
            yield Peer(name, ours, float(said))


def _without(row: Int[Tensor, " pos"], first: int) -> Int[Tensor, " pos"]:
    """Labels that leave out the first so many."""
    return row.where(torch.arange(len(row)) >= first, IGNORED)
