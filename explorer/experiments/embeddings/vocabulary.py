"""A model's two tables, W_E and W_U; which of its tokens may be under-trained, and whether it can repeat them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.embeddings.similarity import lengths
from explorer.stack.embeddings.under_trained import closeness, repeat_prompt, shortest, unused_direction
from explorer.stack.worst import worst
from explorer.tracing.bridge.anatomy_parts import layer_of
from explorer.tracing.bridge.border import here

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: tokens that are suspected, as many that are drawn, and prompts that are read at once
SUSPECTS, BATCH = 48, 12
#: examples before the token that is to be repeated
EXAMPLES = 4
#: bytes that UTF-8 never holds
IMPOSSIBLE = frozenset({0xC0, 0xC1, *range(0xF5, 0x100)})


@dataclass(frozen=True, eq=False)
class Tables:
    """References to a model's tables, [d_vocab d_model], and what is derived from them once."""

    W_E: Float[Tensor, "d_vocab d_model"]
    W_U: Float[Tensor, "d_vocab d_model"]
    says_tied: bool
    """What the config says."""

    @cached_property
    def one(self) -> bool:
        """Both are the same memory."""
        return self.W_E.data_ptr() == self.W_U.data_ptr()

    @cached_property
    def apart(self) -> float:
        """Largest difference of an entry; NaN where they have not one shape."""
        if self.W_E.shape != self.W_U.shape:
            return float("nan")
        return worst(
            float((a - b).abs().max()) for a, b in zip(self.W_E.split(8192), self.W_U.split(8192), strict=True)
        )

    @cached_property
    def norms_E(self) -> Float[Tensor, " d_vocab"]:
        return lengths(self.W_E)

    @cached_property
    def norms_U(self) -> Float[Tensor, " d_vocab"]:
        return self.norms_E if self.one else lengths(self.W_U)


_TABLES: WeakKeyDictionary[Model, Tables] = WeakKeyDictionary()


def tables(model: Model) -> Tables:
    """Those of a model, as its run uses them."""
    if model not in _TABLES:
        embedding: Any = model.hf.get_input_embeddings()
        unembedding: Any = layer_of(model.bridge.unembed)
        config = model.hf.config.get_text_config()
        _TABLES[model] = Tables(
            here(embedding.weight.detach()),
            here(unembedding.weight.detach()),
            bool(getattr(config, "tie_word_embeddings", False)),
        )
    return _TABLES[model]


def known_unused(model: Model) -> list[int]:
    """Rows that no training text can have touched, as far as the files tell: of no token at all, of bytes that UTF-8
    never holds, of special tokens without role that the chat template does not name."""
    vocabulary, tokenizer = model.vocabulary, model.tokenizer
    source = vocabulary.template.source if vocabulary.template else ""
    roles = set(getattr(tokenizer, "all_special_ids", ())) & {
        getattr(tokenizer, f"{role}_token_id", None) for role in ("bos", "eos", "pad", "unk", "sep", "cls", "mask")
    }
    found: list[int] = []
    for i in range(model.dims.d_vocab):
        raw = vocabulary.bytes(i)
        if vocabulary.is_special(i):
            if i not in roles and raw.decode("utf-8", "replace") not in source:
                found.append(i)
        elif not raw or (len(raw) == 1 and raw[0] in IMPOSSIBLE):
            found.append(i)
    return found


@dataclass(frozen=True)
class Suspects:
    """Tokens that look under-trained, and as many drawn from the others: one of either begins with a space if the other
    does, since a model repeats those more readily."""

    by: Literal["unused", "length"]
    """Close to rows known to be unused; or, where none are known, the shortest."""
    unused: list[int]
    scores: Float[Tensor, " d_vocab"]
    suspected: list[int]
    control: list[int]
    examples: dict[bool, list[int]]
    """For tokens with a space, and without."""


def suspects(model: Model, count: int = SUSPECTS, seed: int = 0) -> Suspects:
    """The `count` ordinary tokens that look least trained, a control group, and examples."""
    table, vocabulary = tables(model).W_U, model.vocabulary
    unused = known_unused(model)
    direction = unused_direction(table, unused[:4096])
    scores = shortest(table) if direction is None else closeness(table, direction)
    aside = set(unused)
    usual = [i for i in range(len(table)) if i not in aside and vocabulary.bytes(i) and not vocabulary.is_special(i)]
    count = min(count, len(usual) // 8)
    ranked = sorted(usual, key=lambda i: -float(scores[i]))
    suspected, others = ranked[:count], ranked[count:]
    order = torch.randperm(len(others), generator=torch.Generator().manual_seed(seed)).tolist()
    drawn = {
        spaced: [others[i] for i in order if begins_with_space(model, others[i]) == spaced] for spaced in (True, False)
    }
    examples = {spaced: (drawn[spaced] or drawn[not spaced])[:EXAMPLES] for spaced in (True, False)}
    left = {spaced: iter(drawn[spaced][EXAMPLES:]) for spaced in (True, False)}
    control: list[int] = []
    for i in suspected:
        spaced = begins_with_space(model, i)
        found = next(left[spaced], None)
        control.append(next(left[not spaced]) if found is None else found)
    return Suspects("length" if direction is None else "unused", unused, scores, suspected, control, examples)


def begins_with_space(model: Model, token: int) -> bool:
    return model.vocabulary.bytes(token)[:1] == b" "


@dataclass(frozen=True)
class Repeated:
    """What the model says where a token should come again."""

    id: int
    p: float
    """The token's own probability there."""
    said: int
    """The likeliest one."""


@torch.inference_mode()
def repeats(
    model: Model, decoder: Decoder, found: Suspects, progress: Callable[[int, int], None]
) -> Iterator[dict[int, Repeated]]:
    """Ask for each token, suspected and control in turns, after examples of repeating; yields all so far."""
    pairs = [i for pair in zip(found.suspected, found.control, strict=True) for i in pair]
    made: dict[int, Repeated] = {}
    for spaced in (True, False):  # their prompts differ in length
        order = [i for i in pairs if begins_with_space(model, i) == spaced]
        for at in range(0, len(order), BATCH):
            progress(len(made), len(pairs))
            ids = order[at : at + BATCH]
            prompts = torch.tensor([prompt(model, found, i) for i in ids])
            p = decoder(prompts, last_only=True)[:, -1].double().softmax(-1)
            for i, each in zip(ids, p, strict=True):
                made[i] = Repeated(i, float(each[i]), int(each.argmax()))
            yield dict(made)


def prompt(model: Model, found: Suspects, token: int) -> list[int]:
    """Four lines that repeat a token, and the beginning of a fifth; a token without a space stands in quotes."""
    spaced = begins_with_space(model, token)
    before, between, after = ("", " =", "\n") if spaced else ('"', '" = "', '"\n')
    ids = [_ids(model, each) for each in (before, between, after)]
    return [*lead(model), *repeat_prompt(found.examples[spaced], token, *ids)]


def lead(model: Model) -> list[int]:
    """What the tokenizer puts before every text."""
    return model.vocabulary.encode("")


def _ids(model: Model, text: str) -> Sequence[int]:
    return model.vocabulary.encode(text)[len(lead(model)) :] if text else []
