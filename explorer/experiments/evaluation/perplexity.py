"""One text, scored in every way that tools score it: in one pass, in windows, with and without a token before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from jaxtyping import Float, Int

from explorer.corpora import passages
from explorer.errors import BadRequestError
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.task_run import encoder
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation.perplexity import Perplexity, Surprise, perplexity
from explorer.stack.evaluation.scoring import Request
from explorer.stack.evaluation.windows import Window, rolling, strided

if TYPE_CHECKING:
    from explorer.zoo.model import Model

WayName = Literal["whole", "whole_eos", "whole_bare", "disjoint", "cut", "context", "strided"]


@dataclass(frozen=True)
class Way:
    """How a text is cut, and what stands before it."""

    name: WayName
    prefix: int | None
    """The token before the text; None: the first token is not scored."""
    length: int
    """Tokens of a window; 0: the whole text."""
    step: int
    """Tokens that a later window scores."""

    def windows(self, ids: Sequence[int]) -> list[Window]:
        length = self.length or len(ids) + 1
        if self.prefix is None:
            return list(strided(ids, length, self.step or length))
        return list(rolling(ids, self.prefix, length, length - (self.step or length) + 1))


@dataclass(frozen=True)
class Read:
    """One way over all documents, as far as they are read."""

    way: Way
    windows: tuple[tuple[Window, ...], ...]
    """Of each document."""
    nats: tuple[Float[np.ndarray, " _"], ...]
    """-log p of each document's tokens; NaN where none was scored."""

    @property
    def passes(self) -> int:
        return sum(map(len, self.windows))

    @property
    def tokens(self) -> int:
        """That the model reads, again and again where windows overlap."""
        return sum(len(window.ids) for each in self.windows for window in each)


@dataclass(frozen=True)
class Opened:
    """What was measured so far."""

    texts: tuple[str, ...]
    ids: tuple[tuple[int, ...], ...]
    read: tuple[Read, ...]
    total: int
    """Ways in all."""

    @cached_property
    def numbers(self) -> tuple[Perplexity, ...]:
        """Of each way that is complete."""
        return tuple(
            perplexity(
                [Surprise(tuple(nats[~np.isnan(nats)]), text) for nats, text in zip(each.nats, self.texts, strict=True)]
            )
            for each in self.read
        )

    def context(self, read: Read) -> Int[np.ndarray, " pos"]:
        """Tokens that were read before each of the first document's; -1 where it was not scored."""
        found = np.full(len(self.ids[0]), -1)
        for window in read.windows[0]:
            found[window.start : window.start + len(window.targets)] = window.context + np.arange(len(window.targets))
        return found


def ways(model: Model, length: int, step: int) -> list[Way]:
    """Those of this model's tokens: BOS, EOS where it is another token, and none before the text."""
    _, first = encoder(model)
    end = model.tokenizer.eos_token_id
    made = [Way("whole", first, 0, 0)]
    if isinstance(end, int) and end != first:
        made.append(Way("whole_eos", end, 0, 0))
    return [
        *made,
        Way("whole_bare", None, 0, 0),
        Way("context", first, length, step),
        Way("strided", None, length, step),
        Way("disjoint", first, length, length),
        Way("cut", None, length, length),
    ]


def opened(model: Model, texts: Sequence[str], length: int, step: int, progress: Progress = silent) -> Iterator[Opened]:
    """Way after way over all texts; yields what there is after each. Raises BadRequestError for a text of one token."""
    encode, _ = encoder(model)
    # no tokenizer's own first token: what stands before the text is the way's
    ids = [tuple(encode(text, False)) for text in texts]
    if min(map(len, ids)) < 2:
        raise BadRequestError("A text of one token has nothing to predict from.", "Take a longer text.")
    known = ways(model, length, step)
    reader = Shared(model)
    made = Opened(tuple(texts), tuple(ids), (), len(known))
    work = [(way, [way.windows(each) for each in ids]) for way in known]
    total = sum(len(window.ids) for _, cut in work for each in cut for window in each)
    done = 0
    for way, cut in work:
        nats = [np.full(len(each), np.nan) for each in ids]
        asked = [(at, window) for at, each in enumerate(cut) for window in each]
        requests = [Request(window.ids[: window.context], window.targets) for _, window in asked]
        progress("Tokens", done, total)
        for place, scored in reader.score(requests):
            at, window = asked[place]
            nats[at][window.start : window.start + len(window.targets)] = np.negative(scored.logprobs)
            done += len(window.ids)
            progress("Tokens", done, total)
        read = Read(way, tuple(map(tuple, cut)), tuple(nats))
        made = replace(made, read=(*made.read, read))
        yield made


def documents(kind: str, count: int) -> tuple[str, ...]:
    """The first excerpts of a kind of text."""
    (found,) = [each for each in passages.read() if each.kind.lower() == kind]
    return tuple(each.text for each in found.excerpts[:count])


@torch.inference_mode()
def of_transformers(model: Model, made: Opened) -> tuple[float, float]:
    """The first document's nats a token in one pass behind the prefix, and in the guide's strided windows, as
    transformers' own loss gives them: largest difference of either."""
    ids = made.ids[0]
    by_name = {each.way.name: each for each in made.read}
    whole, guide = by_name["whole"], by_name["strided"]
    assert whole.way.prefix is not None
    tokens = torch.tensor([[whole.way.prefix, *ids]])
    one = float(model.hf(tokens, labels=tokens, use_cache=False).loss)
    nats, scored, before = 0.0, 0, 0
    for begin in range(0, len(ids), guide.way.step):
        end = min(begin + guide.way.length, len(ids))
        labels = torch.tensor([ids[begin:end]])
        read = labels.clone()
        labels[:, : -(end - before)] = -100
        counted = int((labels[:, 1:] != -100).sum())
        if counted:
            nats += float(model.hf(read, labels=labels, use_cache=False).loss) * counted
        scored, before = scored + counted, end
        if end == len(ids):
            break
    ours = [float(np.nanmean(each.nats[0])) for each in (whole, guide)]
    return abs(one - ours[0]), abs(nats / scored - ours[1])
