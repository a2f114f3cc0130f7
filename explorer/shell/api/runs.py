"""A run in short, what it wrote, and a text cut into tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.fetching.progress import Progress
from explorer.shell.api.reading import checked, link, next_tokens, piece, places, ran, written
from explorer.shell.api.requests import GenerateRequest, Request, TokenizeRequest, TraceRequest
from explorer.shell.api.results import Drawn, Generated, Shelf, Shelved, Token, Tokenized, Traced

if TYPE_CHECKING:
    from explorer.tracing import TraceKey

#: tokens of a text that are listed
MOST_LISTED = 2_000


def trace(request: TraceRequest, progress: Progress) -> Traced:
    """Run a model on a text: its tokens, and the likeliest next tokens at the positions you name."""
    from explorer.panels.overview.tokens_views import table
    from explorer.panels.scene import Scene

    subject = ran(key := request.key(), progress)
    model, run, base = subject.traced
    at = places(run, request.positions)
    return Traced(
        key=key.query(),
        link=link(key, "walk", pos=at[0]),
        model=model.name,
        checks=checked(table(Scene(model, run, base)).checks),
        n_prompt=run.n_prompt,
        tokens=[
            Token(
                **vars(piece(model.vocabulary, each.id)),
                bytes=each.bytes.hex(), start=each.start, end=each.end, special=bool(each.special),
            )
            for each in run.tokens
        ],
        next=[next_tokens(model, run, position, request.top) for position in at],
        layers=run.dims.n_layers,
        heads=run.dims.n_heads,
        d_model=run.dims.d_model,
        d_vocab=run.dims.d_vocab,
        seconds=sum(run.seconds.values()),
    )  # fmt: skip


def generated_run(request: GenerateRequest) -> TraceKey:
    """The run in which it generates: a link that generates nothing is read on."""
    key = request.key()
    return key if key.max_new_tokens else replace(key, max_new_tokens=request.new_tokens)


def generate(request: GenerateRequest, progress: Progress) -> Generated:
    """Continue a text: each new token with its probability, its rank and the random number that drew it."""
    from explorer.panels.protocol import Check

    key = generated_run(request)
    model, run, _ = ran(key, progress).traced
    steps, wrong = [], 0
    for each in run.steps:
        stages = each.stages
        probabilities, ids = stages.ranked()
        drawable = min(request.top, int((probabilities > 0).sum()))
        wrong += not each.forced and stages.choose(each.u) != each.chosen
        steps.append(
            Drawn(
                position=each.position,
                chosen=piece(model.vocabulary, each.chosen),
                probability=float(stages.probabilities[each.chosen]),
                rank=int((each.logits > each.logits[each.chosen]).sum()) + 1,
                u=each.u,
                forced=each.forced,
                top=[piece(model.vocabulary, token) for token in ids[:drawable].tolist()],
            )
        )
    same = "Tokens drawn again from the run’s logits and random numbers = the run’s tokens"
    return Generated(
        key=key.query(),
        link=link(key, "sampling", pos=run.n_prompt - 1),
        model=model.name,
        checks=checked([Check(same, float(wrong), 0.0, "differences")]),
        text=written(model, run),
        steps=steps,
    )


def tokenize(request: TokenizeRequest, progress: Progress) -> Tokenized:
    """Cut a text into the tokens of a real tokenizer: ids, bytes and positions."""
    from explorer.figures.overview.tokens import differences
    from explorer.panels.protocol import Check
    from explorer.zoo import tokenizers

    tokenizer = tokenizers.load(request.tokenizer, progress)
    raw, found = request.text.encode(), tokenizer.encode(request.text)
    ids = found.ids.tolist()
    tokens = [
        Token(id=token, text=spelled.decode("utf-8", "replace"), bytes=spelled.hex(), start=start, end=end)
        for token, spelled, start, end in zip(
            ids[:MOST_LISTED],
            map(tokenizer.bytes_of, ids[:MOST_LISTED]),
            found.starts[:MOST_LISTED].tolist(),
            found.ends[:MOST_LISTED].tolist(),
            strict=True,
        )
    ]
    back = tokenizer.decode_bytes(ids)
    same = Check("The decoded tokens = the text, byte for byte", float(differences(back, raw)), 0.0, "differences")
    return Tokenized(
        tokenizer=request.tokenizer,
        n_bytes=len(raw),
        n_tokens=len(ids),
        tokens=tokens,
        left_out=max(0, len(ids) - MOST_LISTED),
        checks=checked([same]),
    )


def models(_request: Request, _progress: Progress) -> Shelf:
    """List the models of the shelf."""
    from explorer import zoo

    return Shelf(
        default=zoo.DEFAULT,
        models=[
            Shelved(
                name=name, title=card.title, summary=card.summary, kind=card.kind, parameters=card.parameters,
                licence=card.licence, chat=card.chat, ready=zoo.is_cached(card),
            )
            for name, card in zoo.shelf().items()
        ],
    )  # fmt: skip
