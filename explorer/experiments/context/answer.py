"""An answer out of passages, and what caused it: read with every subset of them, beside what it cites and looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.grounded_prompt import UNKNOWN, Prompt, plain, prompt
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.context.altered_passages import Altered, Change, altered
from explorer.stack.context.attribution import Estimate, ablations, contextcite
from explorer.stack.context.grounded import Parts, ablated, tokens_alone
from explorer.stack.context.passage_attention import ToPassages, attended
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo.model import stop_ids

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Tokens of an answer.
NEW = 24
#: Subsets between two results.
EVERY = 4


@dataclass(frozen=True, eq=False)
class Said:
    """An answer as the model writes it, greedily."""

    ids: tuple[int, ...]
    """The token that ends it among them."""
    logp: Float[Tensor, " token"]
    ended: bool

    @property
    def text_ids(self) -> tuple[int, ...]:
        """Without the token that ends it."""
        return self.ids[:-1] if self.ended and len(self.ids) > 1 else self.ids


@dataclass(frozen=True, eq=False)
class Answered:
    """All that is known so far; a part that is None is not measured yet."""

    prompt: Prompt
    places: tuple[int, ...]
    """Which of the unchanged passages each one is, from 0."""
    what: str
    """What was put in or taken out."""
    grounded: Said
    bare: Said
    """Without any passage, and without a word about them."""
    first: Said | None = None
    """The answer before the change; None where nothing is changed."""
    first_now: Float[Tensor, " before"] | None = None
    """That answer's log-probabilities behind the changed passages."""
    unknown: tuple[float, float] | None = None
    """Mean log-probability of a token of "I do not know.", with the passages and without."""
    cited: Float[Tensor, " source"] | None = None
    attention: ToPassages | None = None
    values: dict[int, Float[Tensor, " token"]] = field(default_factory=dict)
    """Of the answer's tokens, by the subset of passages that stood in the prompt."""
    read: int = 0
    alone: int = 0
    """Tokens read for that, and those that were without shared beginnings."""
    estimate: Estimate | None = None

    @property
    def n(self) -> int:
        return len(self.prompt.passages)

    @property
    def table(self) -> Float[Tensor, "subset token"] | None:
        """All values, once they are there."""
        return torch.stack([self.values[i] for i in range(2**self.n)]) if self.whole else None

    @property
    def whole(self) -> bool:
        return len(self.values) == 2**self.n


def answers(
    model: Model,
    question: str,
    passages: Sequence[tuple[str, str]],
    change: Change = "none",
    target: int = 0,
    progress: Ticks = unheard,
) -> Iterator[Answered]:
    """Answer, and measure what caused it. `target`: the passage that a change is made to."""
    decoder = model.plain_decoder
    made = prompt(model, question, passages)
    places, what, first = tuple(range(len(made.passages))), "", None
    if change != "none" and made.passages:
        first = written(model, made.parts.ids())
        shown = [each.text for each in made.passages]
        said = str(model.tokenizer.decode(list(first.text_ids)))
        new: Altered = altered(change, shown, said, min(target, len(shown) - 1))
        titles = [made.passages[i].title for i in new.places]
        made = prompt(model, question, list(zip(titles, new.texts, strict=True)))
        places, what = new.places, new.what
    now = Answered(made, places, what, written(model, made.parts.ids()), written(model, made.bare), first)
    yield now
    now = _beside(model, now)
    yield now
    if not made.passages:
        return
    answer, total = now.grounded.ids, 2**now.n
    alone = tokens_alone(made.parts, answer)
    for at, each in enumerate(ablated(decoder, made.parts, answer), 1):
        now = replace(now, values={**now.values, each.kept: each.logp}, read=each.read, alone=alone)
        progress(at, total)
        if at % EVERY == 0 and at < total:
            yield now
    yield replace(now, estimate=estimated(now.values, now.n))


def _beside(model: Model, now: Answered) -> Answered:
    """What does not need the passages one without the other."""
    decoder, parts = model.plain_decoder, now.prompt.parts
    again = None if now.first is None else continued(decoder, parts.ids(), [now.first.ids])[0]
    refusal = plain(model.vocabulary, UNKNOWN if now.prompt.chat else f" {UNKNOWN}")
    unknown = tuple(float(continued(decoder, ids, [refusal])[0].mean()) for ids in (parts.ids(), parts.ids(0)))
    if not now.prompt.passages:
        return replace(now, first_now=again, unknown=unknown)
    marks = [plain(model.vocabulary, f" [{at + 1}]") for at in range(now.n)]
    said = continued(decoder, (*parts.ids(), *now.grounded.text_ids), marks)
    cited = torch.tensor([float(each.sum()) for each in said]).softmax(0)
    seen = attended(decoder, parts, now.grounded.ids)
    return replace(now, first_now=again, unknown=unknown, cited=cited, attention=seen)


def estimated(values: dict[int, Float[Tensor, " token"]], n: int) -> Estimate:
    """ContextCite's scores: its random subsets are all among those that have been read."""
    masks = ablations(n)
    rows = (masks.long() << torch.arange(n)).sum(1).tolist()
    return contextcite(masks, torch.stack([values[row] for row in rows]))


def written(model: Model, ids: Sequence[int]) -> Said:
    """The answer of a prompt, up to its first line's end."""
    decoder, ends = model.plain_decoder, stop_ids(model.hf, model.tokenizer)
    made = Engine(decoder, model.vocabulary.bytes).generate([list(ids)], NEW, stop_ids=ends, stop_strings=["\n"])[0]
    return Said(tuple(made.new_ids), torch.tensor(made.logprobs), made.stopped in ("token", "string"))


@torch.inference_mode()
def continued(decoder: Decoder, prompt: Sequence[int], texts: Sequence[Sequence[int]]) -> list[Float[Tensor, " token"]]:
    """Log-probabilities of the tokens of each text behind one prompt, which is read once."""
    longest = max(map(len, texts))
    cache = ContiguousCache(decoder.config, 1, len(prompt) + longest)
    if len(prompt) > 1:
        decoder.stream(torch.tensor(prompt[:-1])[None], cache=cache)
    held, found = cache.seen, []
    for text in texts:
        logits = decoder(torch.tensor((prompt[-1], *text[:-1]))[None], cache=cache)[0]  # token d_vocab
        found.append(logits.log_softmax(-1).gather(-1, torch.tensor(text)[:, None])[:, 0])
        cache.truncate(held)
    return found


@torch.inference_mode()
def of_transformers(model: Model, parts: Parts, kept: int, answer: Sequence[int]) -> Float[Tensor, " token"]:
    """The same from one pass of the loaded model over the whole prompt."""
    ids = torch.tensor((*parts.ids(kept), *answer[:-1]))
    logits = model.hf(ids[None].to(model.device), use_cache=False).logits[0, -len(answer) :].float().cpu()
    return logits.log_softmax(-1).gather(-1, torch.tensor(answer)[:, None])[:, 0]
