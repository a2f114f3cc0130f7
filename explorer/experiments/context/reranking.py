"""A list's first passages ranked again: by SPLADE's words, a cross-encoder, and how likely each makes the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.grounded_prompt import plain
from explorer.experiments.context.retrieving import Found, Library, best
from explorer.stack.context.query_likelihood import likelihoods
from explorer.stack.context.splade import shared, word_weights
from explorer.zoo.pair_reader import PairReader
from explorer.zoo.text_encoder import TextEncoder

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Word pieces that SPLADE is given of a text, and tokens that the language model is.
READ, TOKENS = 256, 160
BEFORE, AFTER = "Passage: ", "\nA question that this passage answers: "
#: Passages that are ranked again.
AGAIN = 16
#: Words of a score that are told.
TOLD = 8


@dataclass(frozen=True, eq=False)
class Reranked:
    """The passages, in the first list's order."""

    places: tuple[int, ...]
    """In the library."""
    splade: Float[Tensor, " passage"]
    cross: Float[Tensor, " passage"]
    """The cross-encoder's logits."""
    asked: tuple[tuple[str, float], ...]
    """The question's heaviest words."""
    words: tuple[tuple[tuple[str, float], ...], ...]
    """What each word adds to each passage's score."""
    ids: tuple[int, ...]
    """The question's, as the language model has it."""
    prompts: tuple[tuple[int, ...], ...]
    logp: Float[Tensor, "passage token"]
    bare: Float[Tensor, " token"]
    """Without a passage."""

    @property
    def likelihood(self) -> Float[Tensor, " passage"]:
        return self.logp.sum(1)


def reranked(
    model: Model,
    sparse: TextEncoder,
    reader: PairReader,
    held: Library,
    found: Found,
    question: str,
    name: str,
    most: int,
    tell: Callable[[int, int], None],
) -> Reranked:
    """The first `most` of the list of that name."""
    places = tuple(best(found, name, most))
    weights = weighed(sparse, [question, *(held.texts[at] for at in places)])
    words = [_named(sparse, shared(weights[0], each, TOLD)) for each in weights[1:]]
    heaviest = _named(sparse, [(int(i), float(w)) for w, i in zip(*weights[0].topk(TOLD), strict=True) if w > 0])
    texts = [held.texts[at] for at in places]
    crossed = reader.scores(question, texts) if texts else torch.zeros(0)
    ids, prompts = prompted(model, question, texts)
    rows = likelihoods(model.decoder, prompts, ids, tell)
    return Reranked(
        places, weights[1:] @ weights[0], crossed, heaviest, tuple(words), ids, prompts[:-1], rows[:-1], rows[-1]
    )  # fmt: skip


def weighed(sparse: TextEncoder, texts: Sequence[str]) -> Float[Tensor, "text d_vocab"]:
    """SPLADE's weights of each text's first pieces."""
    made = []
    for text in texts:
        ids = sparse.tokenizer.encode(text).ids
        kept = torch.tensor([[*ids[: READ - 1], ids[-1]] if len(ids) > READ else ids])  # 1 pos
        seen = torch.ones_like(kept, dtype=torch.bool)
        with torch.inference_mode():
            made.append(word_weights(sparse.model.fill(sparse.model(kept, seen)), seen)[0])
    return torch.stack(made).clone()


def prompted(model: Model, question: str, texts: Sequence[str]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """The question's ids, and a prompt for each passage; behind them the one without a passage."""
    vocabulary = model.vocabulary
    before, after = tuple(vocabulary.encode(BEFORE)), plain(vocabulary, AFTER)
    writable = [vocabulary.writable(" ".join(text.split())) for text in texts]
    inner = [plain(vocabulary, text)[:TOKENS] for text in [*writable, ""]]
    ids = plain(vocabulary, vocabulary.writable(question))
    return ids, tuple((*before, *each, *after) for each in inner)


def _named(sparse: TextEncoder, words: Sequence[tuple[int, float]]) -> tuple[tuple[str, float], ...]:
    return tuple((sparse.tokenizer.id_to_token(word) or "", value) for word, value in words)


@torch.inference_mode()
def of_transformers(model: Model, made: Reranked, at: int) -> Float[Tensor, " token"]:
    """The question's log-probabilities behind one passage, from the loaded model's own pass."""
    ids = torch.tensor((*made.prompts[at], *made.ids[:-1]))
    logits = model.hf(ids[None].to(model.device), use_cache=False).logits[0, -len(made.ids) :].float().cpu()
    return logits.log_softmax(-1).gather(-1, torch.tensor(made.ids)[:, None])[:, 0]


def splade_of_transformers(sparse: TextEncoder, text: str) -> Float[Tensor, " d_vocab"]:
    """The same weights by transformers' BERT on the same file."""
    from transformers import AutoModelForMaskedLM

    from explorer.zoo.loading import shelf_model_folder

    folder = shelf_model_folder(sparse.card)
    theirs = AutoModelForMaskedLM.from_pretrained(folder, local_files_only=True).eval()
    ids = torch.tensor([sparse.tokenizer.encode(text).ids[:READ]])
    with torch.inference_mode():
        return torch.log1p(torch.relu(theirs(input_ids=ids).logits)).amax(1)[0]
