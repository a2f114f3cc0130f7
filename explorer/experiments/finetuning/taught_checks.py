"""What a lesson is held against: transformers' own loss, and the file, merged into the matrices."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.experiments.finetuning.teaching import Taught
from explorer.stack.finetuning.adapter import Adapter, merged
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.adapters import adapter
from explorer.zoo.model import Model


def conversations(rows: Rows) -> Iterator[tuple[Tensor, Tensor]]:
    """The tokens and marks of each that the rows hold; what is filled up is none."""
    assert rows.document is not None
    for ids, learnt, document in zip(rows.ids, rows.learnt, rows.document, strict=True):
        for which in document.unique().tolist():
            inside = document == which
            if bool(learnt[inside].any()):
                yield ids[inside], learnt[inside]


@torch.no_grad()
def loss_of_transformers(model: Model, rows: Rows) -> float:
    """The mean over the learnt tokens by transformers alone: the base model, each conversation by itself."""
    total, count = 0.0, 0
    for ids, learnt in conversations(rows):
        labels = ids.masked_fill(~learnt, -100)[None].to(model.device)
        n = int(learnt[1:].sum())
        total += n * float(model.hf(input_ids=ids[None].to(model.device), labels=labels).loss)
        count += n
    return total / count


@torch.no_grad()
def merged_beside(made: Taught, name: str, ids: Tensor) -> float:
    """The greatest difference of a log-probability: the file merged into matrices, and what was trained beside them."""
    stored = adapter(name).on(made.decoder)
    assert isinstance(stored, Adapter)
    whole = _logp(merged(made.decoder, (stored, 1.0)), ids)
    return float((whole - _logp(made.tuned.decoder, ids)).abs().max())


def _logp(decoder: Decoder, ids: Tensor) -> Tensor:
    return torch.log_softmax(decoder(ids[None])[0].float(), -1)
