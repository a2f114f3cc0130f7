"""Spans are cut out of a text, and an encoder-decoder that was trained by span corruption writes what stood there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.pretraining.span_corruption import Corrupted, corrupted, lengths_for, noise_mask

if TYPE_CHECKING:
    from explorer.stack.transformer.writing import Writing
    from explorer.zoo.sequence_model import SequenceModel

#: Tokens of a source that the shelf's recipe trains with, and of the text that makes it.
SOURCE = 64
LONGEST = lengths_for(SOURCE).tokens
#: Tokens that it may write beyond those of the target.
MORE = 12


@dataclass(frozen=True, eq=False)
class Filling:
    """A text, what was cut out of it, and what the model makes of the rest."""

    ids: Int[Tensor, " token"]
    left_out: int
    """Tokens of the text behind those that are read."""
    cut: Corrupted
    source: Int[Tensor, " source"]
    """With the end token, as is the target."""
    target: Int[Tensor, " target"]
    logits: Float[Tensor, "target d_vocab"]
    """For each token of the target, the ones before it given as they should be."""
    writing: Writing
    """What it writes by itself."""

    @property
    def chances(self) -> Float[Tensor, " target"]:
        """The probability that each token of the target is given."""
        return self.logits.softmax(-1).gather(1, self.target[:, None])[:, 0]


def filling(writer: SequenceModel, text: str, density: float, mean_span: float | int, seed: int) -> Filling:
    """Raises NotApplicableError for a text of fewer than two tokens."""
    whole = [each for each in writer.ids_of(text) if each not in writer.sentinels]
    if len(whole) < 2:
        raise NotApplicableError("This text is too short to cut a span out of it.", "Write a sentence.")
    ids = torch.tensor(whole[:LONGEST])
    mask = noise_mask(len(ids), density, mean_span, torch.Generator().manual_seed(seed))
    cut = corrupted(ids, mask, writer.sentinels)
    source, target = (torch.tensor([*part.tolist(), writer.end]) for part in (cut.source, cut.target))
    read = torch.cat([torch.tensor([writer.start]), target[:-1]])
    with torch.inference_mode():
        logits = writer.model(source[None], read[None])[0]
    made = writer.write_ids(source.tolist(), len(target) + MORE)
    return Filling(ids, len(whole) - len(ids), cut, source, target, logits, made)


def spans_of(written: list[int], sentinels: tuple[int, ...]) -> dict[int, list[int]]:
    """What stands behind each sentinel; behind one that comes twice, what came first.

    >>> spans_of([99, 5, 6, 98, 7], (99, 98, 97))
    {99: [5, 6], 98: [7]}
    """
    spans: dict[int, list[int]] = {}
    last: list[int] = []
    for token in written:
        if token in sentinels:
            last = []
            spans.setdefault(token, last)
        else:
            last.append(token)
    return spans


@dataclass(frozen=True)
class Trained:
    """What the model's folder says of its training."""

    pairs: int
    """Pairs with spans."""
    all_pairs: int
    loss: float
    """Nats a token of the target, on spans of texts held out."""


def trained(writer: SequenceModel) -> Trained:
    """Read from the folder of a model that was trained here."""
    folder = writer.card.folder
    assert folder is not None
    said = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    name = "span-corruption"
    return Trained(said["pairs_each"][name], said["pairs"], said["held_out_loss"][name])
