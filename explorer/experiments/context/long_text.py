"""A long text that no model trained here has read: the held-out excerpts, one behind the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.corpora import passages
from explorer.experiments.context.grounded_prompt import plain

if TYPE_CHECKING:
    from explorer.zoo.model import Model


def first_ids(model: Model) -> tuple[int, ...]:
    """What the tokenizer puts before every text."""
    return tuple(model.vocabulary.encode(""))


def long_text(model: Model, length: int) -> tuple[int, ...]:
    """The first `length` tokens, or as many as there are: one kind of text behind the other, the novel first."""
    found: list[int] = []
    for kind in passages.read():
        for excerpt in kind.excerpts:
            if len(found) < length:
                found += plain(model.vocabulary, model.vocabulary.writable(f"{excerpt.text}\n"))
    return tuple(found[:length])


def sentence_ends(model: Model, ids: tuple[int, ...]) -> tuple[int, ...]:
    """How many tokens there are up to each sentence's end, and none."""
    ends = (b".", b"!", b"?", b".\n", b"\n")
    return (0, *(at for at, token in enumerate(ids, 1) if model.vocabulary.bytes(token).endswith(ends)))
