"""Tokens: the text as the model reads it, how byte-level BPE built each piece, and what the chat template adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch

from explorer.figures.overview import tokens as figure
from explorer.figures.overview.tokens_beside import beside as beside_of
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization import bpe
from explorer.stack.tokenization.text import well_formed

#: A longer pre-token is replayed for the selected token alone.
MAX_REPLAYED_BYTES = 96
#: The chat view shows this many tokens a side.
MAX_CHAT_TOKENS = 600


def prompt_bytes(scene: Scene, chat: bool) -> bytes:
    """The text that the prompt's tokens must spell: the prompt, or with the chat template what the template wrote."""
    text = well_formed(scene.trace.key.text)
    if chat:
        messages = [{"role": "user", "content": text}]
        text = scene.model.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return str(text).encode("utf-8")


def spelled(scene: Scene, ids: Sequence[int], chat: bool) -> bytes:
    """The bytes that the prompt's tokens spell together."""
    vocabulary = scene.model.vocabulary
    # A special token that stands in no text (a begin-of-text mark that the tokenizer adds) is not counted as text.
    text = b"".join(vocabulary.bytes(i) for i in ids if chat or not vocabulary.is_special(i))
    # SentencePiece puts a space before the text, and takes it off again when decoding.
    return text[1:] if vocabulary.kind == "sentencepiece" and text[:1] == b" " else text


def table(scene: Scene) -> Rendered[figure.TokensTable]:
    trace = scene.trace
    pieces, special = [t.bytes for t in trace.tokens], [t.special for t in trace.tokens]
    prompt = slice(0, trace.n_prompt)
    likeliest, probability = (each[:, 0] for each in trace.likeliest(1))
    named, before = likeliest.tolist(), None
    n, base = trace.n_prompt, scene.against
    if base is not None and base.n_prompt == n and base.ids[:n].equal(trace.ids[:n]):
        wrote = figure.continuation(base.ids.tolist(), trace.ids.tolist(), trace.n_prompt)
        before = figure.WrittenBefore(ids=wrote.ids, first=wrote.first, special=[t.special for t in base.tokens[n:]])
        named += wrote.ids
    beside = None if scene.other is None else beside_of(scene.other)
    if beside is not None:
        named += [i for i in (*beside.ids, *beside.next_id) if i >= 0]
    data = figure.TokensTable(
        bytes=[p.hex(" ") for p in pieces], special=special, start=[t.start for t in trace.tokens],
        norm=torch.linalg.vector_norm(trace.embed.double(), dim=-1),
        next_id=likeliest, next_p=probability.double(),
        shared=figure.shared_characters(pieces), prompt=figure.compression(pieces[prompt], special[prompt]),
        base=before, beside=beside,
    )  # fmt: skip
    chat, (wrong, n_bytes) = trace.key.chat, _misspelled(scene)
    what = "what the chat template wrote" if chat else "the prompt"
    told = f"The decoded tokens = {what}, {_bytes(n_bytes)}"
    if scene.other is not None:
        wrong += _misspelled(replace(scene, loaded=scene.against_model, run=scene.against, other=None))[0]
        told += ", and the same in the other run"
    check = Check(told, float(wrong), 0.0, "differences")
    return Rendered(data, (check,), token_ids=named)


def _bytes(count: int) -> str:
    """
    >>> _bytes(1), _bytes(1200)
    ('1 byte', 'all 1,200 bytes')
    """
    return "1 byte" if count == 1 else f"all {count:,} bytes"


def _misspelled(scene: Scene) -> tuple[int, int]:
    """Differences between the prompt's bytes and those of its tokens, and how many bytes these are."""
    trace, chat = scene.trace, scene.trace.key.chat
    found = spelled(scene, trace.ids[: trace.n_prompt].tolist(), chat)
    return figure.differences(found, prompt_bytes(scene, chat)), len(found)


@lru_cache(maxsize=4)
def _merge_table(tokenizer: object) -> bpe.MergeTable | None:
    """Parsing a 49,000-entry vocabulary takes a tenth of a second: once a model."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return bpe.merge_table(backend.to_str()) if backend is not None else None


def merges(scene: Scene) -> Rendered[figure.TokensMerges]:
    trace, at = scene.trace, scene.position
    rules, token = _merge_table(scene.model.tokenizer), trace.tokens[at]
    if rules is None:
        reason = "This model’s tokenizer is not byte-level BPE: it has no list of byte merges."
        return Rendered(figure.TokensMerges(position=at, applies=False, reason=reason))
    if token.special:
        reason = "This is a special token: the vocabulary holds it as a whole, and no merge builds it."
        return Rendered(figure.TokensMerges(position=at, applies=False, reason=reason))

    # The text around the token, as far as no special token interrupts it and the prompt does not end.
    first, last = at, at
    side = at < trace.n_prompt
    while first > 0 and _joined(scene, first - 1, side):
        first -= 1
    while last + 1 < len(trace.tokens) and _joined(scene, last + 1, side):
        last += 1
    pieces = [t.bytes for t in trace.tokens[first : last + 1]]
    backend = scene.model.tokenizer.backend_tokenizer
    found = bpe.pretoken_of(pieces, at - first, backend)
    alone = found is None or len(found.symbols) > MAX_REPLAYED_BYTES or not found.canonical
    back = {b: c for c, b in bpe.byte_alphabet().items()}
    symbols = "".join(back[b] for b in token.bytes) if alone or found is None else found.symbols
    if found is not None and not alone:
        span = range(first + found.first, first + found.last + 1)
    else:
        span = range(at, at + 1)
    path = bpe.merge_path(symbols, rules)
    run_ids = [trace.tokens[i].id for i in span]
    data = figure.TokensMerges(
        position=at,
        applies=True,
        reason="",
        alone=alone,
        start=[bpe.symbol_bytes(s).hex() for s in path.start],
        steps=[
            figure.MergeStep(
                rank=step.rank,
                index=step.index,
                bytes=[bpe.symbol_bytes(s).hex() for s in step.symbols],
                id=rules.ids.get(step.symbols[step.index], -1),
            )
            for step in path.steps
        ],
        n_merges=len(rules.ranks),
        ids=list(path.ids),
        run_ids=run_ids,
        selected=at - span.start,
    )
    # What the tokenizer itself makes of the same pre-token; generated tokens need not be cut like that.
    expected = run_ids if at < trace.n_prompt or alone else _own_ids(backend, symbols)
    wrong = figure.differences(path.ids, expected)
    whose = "the run’s ids" if at < trace.n_prompt or alone else "the tokenizer’s ids"
    merged = f"{len(path.steps)} merge{'' if len(path.steps) == 1 else 's'} replayed"
    check = Check(f"{merged} give {whose}", float(wrong), 0.0, "differences")
    return Rendered(data, (check,), token_ids=[*path.ids, *run_ids])


def _joined(scene: Scene, i: int, in_prompt: bool) -> bool:
    """Whether token i belongs to the same stretch of text: prompt and generated text were tokenized apart."""
    return (i < scene.trace.n_prompt) == in_prompt and not scene.trace.tokens[i].special


def _own_ids(backend: Any, symbols: str) -> list[int]:
    text = bpe.symbol_bytes(symbols).decode("utf-8")
    return backend.encode(text, add_special_tokens=False).ids


def chat(scene: Scene) -> Rendered[figure.TokensChat]:
    vocabulary, text = scene.model.vocabulary, scene.trace.key.text
    plain = vocabulary.encode(text, chat=False)
    wrapped = vocabulary.encode(text, chat=True) if vocabulary.has_chat else []

    def side(ids: list[int]) -> figure.TemplateSide:
        shown = ids[:MAX_CHAT_TOKENS]
        return figure.TemplateSide(ids=shown, special=[vocabulary.is_special(i) for i in shown], count=len(ids))

    n_special = sum(map(vocabulary.is_special, wrapped)) - sum(map(vocabulary.is_special, plain)) if wrapped else 0
    data = figure.TokensChat(
        has_template=vocabulary.has_chat, plain=side(plain), chat=side(wrapped), at=_inside(plain, wrapped),
        n_special=n_special, used="chat" if scene.trace.key.chat else "plain",
    )  # fmt: skip
    about = "This model’s tokenizer has no chat template, so the model reads the text as it is."
    checks = [_spells(scene, plain, False)]
    if vocabulary.has_chat:
        added = len(wrapped) - len(plain)
        about = (
            "An instruct model was trained on text with marks around each turn. Here the chat template adds "
            f"{added} {'token' if added == 1 else 'tokens'}, {n_special or 'none'} of them special."
        )
        checks.append(_spells(scene, wrapped, True))
    return Rendered(data, tuple(checks), token_ids=[*plain, *wrapped], about=about)


def _inside(plain: list[int], wrapped: list[int]) -> int:
    """Where the plain tokens stand inside the templated ones, if they stand there unbroken; else -1.

    >>> _inside([5, 6], [1, 5, 6, 2]), _inside([5, 6], [1, 56, 2])
    (1, -1)
    """
    found = (i for i in range(len(wrapped) - len(plain) + 1) if wrapped[i : i + len(plain)] == plain)
    return next(found, -1) if plain else -1


def _spells(scene: Scene, ids: list[int], chat: bool) -> Check:
    """The tokens' own bytes against the text that was tokenized."""
    found = spelled(scene, ids, chat)
    whose = "Template on: the tokens = the template’s text" if chat else "Template off: the tokens = the prompt"
    wrong = figure.differences(found, prompt_bytes(scene, chat))
    return Check(f"{whose}, {_bytes(len(found))}", float(wrong), 0.0, "differences")
