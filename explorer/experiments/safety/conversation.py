"""Conversations with a model, many at once: in its chat template as token ids, answered, and read.

What people say is text: no special token is read out of it. A model without a template is spoken to by a plain one
(`finetuning.spoken.PLAIN`), and the page says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.finetuning.spoken import Spoken
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.tokenization.chat_template import Turn, turn
from explorer.stack.worst import worst
from explorer.zoo.model import stop_ids

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.chat import Span
    from explorer.zoo.model import Model
    from explorer.zoo.vocabulary import Vocabulary

#: Rows that are written at once, and tokens that are read at once.
ROWS, TOKENS = 16, 1536


@dataclass(frozen=True)
class Conversation:
    """What a model reads, up to where its answer begins."""

    ids: tuple[int, ...]
    text: str
    said: tuple[tuple[int, int], ...]
    """Of each turn, in order, the tokens that hold what was said: from, up to."""

    def put(self, at: int, words: Sequence[int]) -> tuple[int, ...]:
        """The ids with other words in the place of a turn's."""
        start, end = self.said[at]
        return (*self.ids[:start], *words, *self.ids[end:])


@dataclass(frozen=True)
class Said:
    """An answer."""

    ids: tuple[int, ...]
    """The token that ends it among them."""
    logp: tuple[float, ...]
    text: str
    prompt: tuple[int, ...] = ()
    """What it was written behind."""


def talk(system: str | None, *said: str) -> list[Turn]:
    """User and assistant in turns, behind a system prompt; None: without a turn of its own.

    >>> [each["role"] for each in talk("Be short.", "Hi", "Hello.", "Why?")]
    ['system', 'user', 'assistant', 'user']
    """
    first = [] if system is None else [turn("system", system)]
    return [*first, *(turn(role, each) for role, each in zip(itertools.cycle(("user", "assistant")), said))]


def own_template(model: Model) -> bool:
    """Whether it is spoken to by a chat template of its own."""
    return Spoken.of(model).own


def conversations(model: Model, many: Sequence[Sequence[Turn]]) -> list[Conversation]:
    """Each as the model reads it. Raises NotApplicableError where the template refuses one, such as a system turn."""
    vocabulary, template = model.vocabulary, Spoken.of(model).template
    clean = [[turn(each["role"], vocabulary.writable(each["content"])) for each in turns] for turns in many]
    found: list[Conversation] = []
    for made in template.write_all(clean):
        if made.spans is None:
            raise NotApplicableError(
                "What this model’s chat template makes of a text cannot be followed.", "Choose another model."
            )
        ids = tuple(vocabulary.ids_of(made))
        if not ids:
            raise BadRequestError("Nothing is said.", "Write a message.")
        found.append(Conversation(ids, made.text, _tokens(vocabulary, ids, made.text, made.spans)))
    return found


def conversation(model: Model, turns: Sequence[Turn]) -> Conversation:
    return conversations(model, [turns])[0]


def _tokens(
    vocabulary: Vocabulary, ids: Sequence[int], text: str, spans: Sequence[Span]
) -> tuple[tuple[int, int], ...]:
    """The tokens of each span of characters, in the order of the turns: with nothing else but spaces."""
    spelled = [vocabulary.bytes(each) for each in ids]
    ends = list(itertools.accumulate(map(len, spelled)))
    if not ends or ends[-1] != len(text.encode()):
        raise NotApplicableError(
            "The tokens of this model do not spell what its chat template writes.", "Choose another model."
        )
    starts = [0, *ends[:-1]]
    found: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda each: each.turn):
        a, b = len(text[: span.start].encode()), len(text[: span.end].encode())
        inside = [
            at
            for at, (start, end, each) in enumerate(zip(starts, ends, spelled, strict=True))
            if start < b and end > a and not (each[: max(0, a - start)] + each[max(0, b - start) :]).strip()
        ]
        first = next(at for at, start in enumerate([*starts, ends[-1]]) if start >= a)
        found.append((inside[0], inside[-1] + 1) if inside else (first, first))
    return tuple(found)


def answers(
    model: Model, prompts: Sequence[Sequence[int]], new: int, tell: Ticks = unheard, decoder: Decoder | None = None
) -> Iterator[list[Said]]:
    """What the model says behind each, greedily; all so far, after each batch. decoder: another in its place."""
    ends, engine = stop_ids(model.hf, model.tokenizer), Engine(decoder or model.plain_decoder)
    done: list[Said] = []
    most = new * len(prompts)
    for begin in range(0, len(prompts), ROWS):
        rows = [list(each) for each in prompts[begin : begin + ROWS]]
        count = itertools.count(new * begin + 1)
        made = engine.generate(rows, new, stop_ids=ends, on_token=lambda _, count=count: tell(next(count), most))
        for each in made:
            text = str(model.tokenizer.decode(each.new_ids, skip_special_tokens=True)).strip()
            done.append(Said(tuple(each.new_ids), tuple(each.logprobs), text, tuple(each.prompt_ids)))
        yield list(done)
    tell(most, most)


def answered(
    model: Model, prompts: Sequence[Sequence[int]], new: int, tell: Ticks = unheard, decoder: Decoder | None = None
) -> list[Said]:
    """All of them."""
    made: list[Said] = []
    for made in answers(model, prompts, new, tell, decoder):  # noqa: B007
        pass
    return made


@torch.inference_mode()
def behind(decoder: Decoder, prompt: Sequence[int], answer: Sequence[int]) -> Float[Tensor, "token d_vocab"]:
    """Log-probabilities at the places that foretell each token of an answer, in one pass."""
    x = decoder.stream(torch.tensor([[*prompt, *answer[:-1]]]))
    return decoder.unembedded(x[:, -len(answer) :])[0].float().log_softmax(-1)


@torch.inference_mode()
def of_transformers(model: Model, prompt: Sequence[int], answer: Sequence[int]) -> Float[Tensor, "token d_vocab"]:
    """`behind` by the loaded model."""
    ids = torch.tensor([[*prompt, *answer[:-1]]])
    logits = model.hf(ids.to(model.device), use_cache=False).logits[0, -len(answer) :]
    return logits.float().cpu().log_softmax(-1)


def written_apart(model: Model, some: Sequence[Said]) -> float:
    """How far the log-probabilities of answers while they were written are from one pass of transformers, in nats."""
    off: list[float] = []
    for each in some:
        theirs = of_transformers(model, each.prompt, each.ids).gather(-1, torch.tensor(each.ids)[:, None])[:, 0]
        off.append(float((theirs - torch.tensor(each.logp)).abs().max()))
    return worst(off)


@torch.inference_mode()
def last_streams(decoder: Decoder, rows: Sequence[Sequence[int]], layer: int) -> Float[Tensor, "row d_model"]:
    """The residual stream before block `layer` (after the last one: their number) at each row's last token."""
    found = torch.zeros(len(rows), decoder.config.d_model)
    for batch, ids, ends in _padded(rows):
        x, at = decoder.entered(ids)
        for block in decoder.blocks[:layer]:
            x = block(x, at)
        found[batch] = x[torch.arange(len(batch)), ends].float().cpu()
    return found


@torch.inference_mode()
def next_logp(decoder: Decoder, rows: Sequence[Sequence[int]], tell: Ticks = unheard) -> Float[Tensor, "row d_vocab"]:
    """Log-probabilities of the token behind each row."""
    found, done = torch.zeros(len(rows), decoder.config.d_vocab), 0
    for batch, ids, ends in _padded(rows):
        x = decoder.stream(ids)
        found[batch] = decoder.unembedded(x[torch.arange(len(batch)), ends][:, None])[:, 0].float().log_softmax(-1)
        done += len(batch)
        tell(done, len(rows))
    return found


def _padded(rows: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Tensor, Tensor]]:
    """Rows of like length together: their places, ids with padding behind them that nothing before it sees, ends."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    while order:
        size = 1
        while size < len(order) and (size + 1) * len(rows[order[size]]) <= TOKENS:
            size += 1
        batch, order = order[:size], order[size:]
        longest = len(rows[batch[-1]])
        ids = torch.tensor([[*rows[at], *[0] * (longest - len(rows[at]))] for at in batch])
        yield batch, ids, torch.tensor([len(rows[at]) - 1 for at in batch])
